"""The worker with the tiny models of all three families beside the previs: the real classes, drawing noise.

With --ranks the first of them is shared by a group of ranks. Words in its prompts make it misbehave, as in `ranked.py`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from inference.worker.serve import Settings, parse_settings, serve

if TYPE_CHECKING:
    from inference.engine.render import Engine
    from inference.pipelines.contract import Pipeline


def load_tiny_engine(settings: Settings) -> Engine:
    from inference.engine.load import load_tools
    from inference.engine.render import Engine
    from inference.parallel.mesh import parse_layout
    from inference.pipelines.checkpoints import Checkpoints
    from inference.pipelines.driven_parts import DrivenParts
    from inference.pipelines.previs import PrevisPipeline
    from inference.pipelines.ranked import RankedPipeline
    from inference.pipelines.wan_animate import WanAnimatePipeline
    from inference.pipelines.wan_animate_2 import WanAnimate2Pipeline
    from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_animate_2, build_tiny_wan_vace
    from tests.inference.pipelines.tiny import ANIMATE, ANIMATE_2, CARD
    from tests.inference.ranked import WEIGHTS, Misbehaving, start_group

    previs = PrevisPipeline(settings.cache_dir)
    tools = replace(load_tools(settings.cache_dir, settings.signer_dir, settings.files_roots), previs=previs)
    checkpoints = Checkpoints(settings.scratch_dir / "checkpoints")
    vace: Pipeline = Misbehaving(CARD, build_tiny_wan_vace(), WEIGHTS, checkpoints=checkpoints)
    if settings.ranks != "1x1":
        group = start_group(parse_layout(settings.ranks), settings.scratch_dir / "checkpoints")
        vace = RankedPipeline(CARD, group, settings.scratch_dir / "ranked")
    animate = WanAnimatePipeline(ANIMATE, build_tiny_wan_animate(), WEIGHTS)
    animate_2 = WanAnimate2Pipeline(ANIMATE_2, DrivenParts.of(build_tiny_wan_animate_2()), WEIGHTS)
    pipelines = (vace, animate, animate_2, previs)
    return Engine({pipeline.card.name: pipeline for pipeline in pipelines}, tools, settings.scratch_dir)


if __name__ == "__main__":
    sys.exit(serve(parse_settings(sys.argv[1:]), load_tiny_engine))
