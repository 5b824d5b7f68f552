"""`python -m inference.worker`: the engine as a child process. See serve.py for what it is told."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from inference.worker.serve import Settings, parse_settings, serve

if TYPE_CHECKING:
    from inference.engine.render import Engine


def load_worker_engine(settings: Settings) -> Engine:
    """The engine that the command line asks for."""
    from inference.engine.load import load_engine
    from inference.parallel.mesh import parse_layout

    return load_engine(
        settings.cache_dir,
        settings.signer_dir,
        settings.scratch_dir,
        settings.files_roots,
        settings.face_pack,
        parse_layout(settings.ranks),
        settings.placement,
        settings.serves,
    )


if __name__ == "__main__":
    sys.exit(serve(parse_settings(sys.argv[1:]), load_worker_engine))
