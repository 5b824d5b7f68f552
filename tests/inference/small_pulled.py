"""The real worker, for which a pulled model may draw pictures small enough for tests."""

from __future__ import annotations

import sys
from dataclasses import replace

from inference.catalogue import PULLED
from inference.worker.__main__ import load_worker_engine
from inference.worker.serve import parse_settings, serve
from tests.inference.pipelines.tiny import CARD

NAME = "wan-vace-1.3b"

if __name__ == "__main__":
    PULLED[NAME] = replace(CARD, name=NAME, shape=PULLED[NAME].shape)  # its memory is planned as the real one's
    sys.exit(serve(parse_settings(sys.argv[1:]), load_worker_engine))
