"""The worker with tiny-wan-vace and tiny-wan-animate beside the previs: the real classes, drawing noise."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from inference.worker.serve import Settings, parse_settings, serve

if TYPE_CHECKING:
    from inference.engine.render import Engine


def load_tiny_engine(settings: Settings) -> Engine:
    from inference.engine.load import load_tools
    from inference.engine.render import Engine
    from inference.pipelines.previs import PrevisPipeline
    from inference.pipelines.wan_animate import WanAnimatePipeline
    from inference.pipelines.wan_vace import WanVacePipeline
    from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_vace
    from tests.inference.pipelines.tiny import ANIMATE, CARD

    previs = PrevisPipeline(settings.cache_dir)
    tools = replace(load_tools(settings.cache_dir, settings.signer_dir, settings.files_roots), previs=previs)
    made = {"made from configuration": "0" * 64}
    vace = WanVacePipeline(CARD, build_tiny_wan_vace(), made)
    animate = WanAnimatePipeline(ANIMATE, build_tiny_wan_animate(), made)
    return Engine({CARD.name: vace, ANIMATE.name: animate, previs.card.name: previs}, tools, settings.scratch_dir)


if __name__ == "__main__":
    sys.exit(serve(parse_settings(sys.argv[1:]), load_tiny_engine))
