"""The worker with tiny-wan-vace in place of the previs: the real classes behind the real engine, drawing noise."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from inference.worker.serve import Settings, parse_settings, serve

if TYPE_CHECKING:
    from inference.engine.render import Engine


def load_tiny_engine(settings: Settings) -> Engine:
    from inference.engine.load import load_tools
    from inference.engine.render import Engine
    from inference.pipelines.driving import PrevisDriver
    from inference.pipelines.previs import PrevisPipeline
    from inference.pipelines.wan_vace import WanVacePipeline
    from inference.registry.tiny import FACE_SIDE, build_tiny_wan_vace
    from tests.inference.pipelines.tiny import CARD

    tools = load_tools(settings.cache_dir, settings.signer_dir, settings.files_roots)
    drive = PrevisDriver(PrevisPipeline(settings.cache_dir), FACE_SIDE)
    pipeline = WanVacePipeline(CARD, build_tiny_wan_vace(), {"made from configuration": "0" * 64}, drive=drive)
    return Engine({CARD.name: pipeline}, tools, settings.scratch_dir)


if __name__ == "__main__":
    sys.exit(serve(parse_settings(sys.argv[1:]), load_tiny_engine))
