"""`dramatis demo`: the Gradio page, in front of a studio of its own or of one that runs already."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from studio.commands.console import err, meter, refuse
from studio.commands.server_process import ServerDidNotStart, running_server
from studio.commands.setting_options import settings_for
from studio.examples import example_path

NEEDS_GRADIO = "the demo needs Gradio, which is not installed: run ./scripts/demo, or `pip install 'dramatis[demo]'`"


def run_demo(url: str | None, data: Path | None, port: int) -> None:
    """Serve the page until Ctrl-C. Without a URL a studio is started on the data folder, and stopped with the page."""
    if importlib.util.find_spec("gradio") is None:
        raise refuse(NEEDS_GRADIO)
    if url is not None:
        _serve_page(url, None, port)
        return
    try:
        with meter() as shown, running_server(settings_for(data).data_dir, shown) as server:
            shown.stage("the studio runs; Ctrl-C stops it with the demo")
            _serve_page(server.url, server.api_key, port)
    except ServerDidNotStart as error:
        words = f"{error}\nif a studio runs already, name it: dramatis demo --url http://127.0.0.1:8420"
        raise refuse(words) from error


def _serve_page(url: str, api_key: str | None, port: int) -> None:
    """The page as a process of its own: it is a client like any other. The key goes by the environment."""
    command = [sys.executable, "-m", "frontend.demo", "--url", url, "--port", str(port)]
    command += ["--example-photo", str(example_path())]
    key = {} if api_key is None else {"DRAMATIS_API_KEY": api_key}
    try:
        subprocess.run(command, env={**os.environ, **key}, check=False)
    except KeyboardInterrupt:
        err.print("stopped")
