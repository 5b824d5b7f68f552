"""`python -m frontend.demo`: the demo of a running studio. `dramatis demo` starts it with this machine's studio."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from frontend.demo.page import CSS, THEME, build_page


def main() -> None:
    """Serve the page until Ctrl-C."""
    asked = argparse.ArgumentParser(prog="python -m frontend.demo", description=__doc__)
    asked.add_argument("--url", default="http://127.0.0.1:8420", help="the studio's address")
    asked.add_argument("--host", default="127.0.0.1", help="where the demo listens")
    asked.add_argument("--port", type=int, default=7860, help="the demo's own port; 0: any free one")
    asked.add_argument("--example-photo", type=Path, help="the photo that the page's examples use")
    given = asked.parse_args()
    api_key = os.environ.get("DRAMATIS_API_KEY", "")  # from the environment: a command line can be read by others
    page = build_page(given.url, api_key, given.example_photo)
    page.queue(default_concurrency_limit=4).launch(
        server_name=given.host,
        server_port=given.port or None,
        theme=THEME,
        css=CSS,
        footer_links=[],
        ssr_mode=False,
        allowed_paths=[] if given.example_photo is None else [str(given.example_photo.parent)],
    )


if __name__ == "__main__":
    main()
