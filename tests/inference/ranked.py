"""What the ranks of the tests load: the tiny models, which words in the prompt make misbehave on rank 1."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from inference.cost import WanShape
from inference.exact.threads import THREADS
from inference.parallel.group import RankGroup
from inference.parallel.mesh import Layout, Mesh
from inference.pipelines.checkpoints import Checkpoints
from inference.pipelines.contract import CancelToken, Picture, Pipeline, Prepared
from inference.pipelines.driven_parts import DrivenParts
from inference.pipelines.wan_animate_2 import WanAnimate2Pipeline
from inference.pipelines.wan_shot import WanShot
from inference.pipelines.wan_vace import WanVacePipeline
from inference.pipelines.weight_offload import free_bytes
from inference.protocol import RenderRequest
from inference.registry.tiny import build_tiny_wan_animate_2, build_tiny_wan_vace
from tests.inference.pipelines.tiny import ANIMATE_2, CARD

WEIGHTS = {"transformer": "1" * 64}
SHAPED = replace(CARD, shape=WanShape(width=96, feed_forward=96, blocks=3, vace_blocks=2, vae_width=3))
CRAMPED = 14_800_000  # bytes: enough for 9 frames of 80 × 48 px, and not for 64 × 64

LINGERS_S = 2.0


class Misbehaving(WanVacePipeline):
    """`break`, `exhaust` and `hang` happen on rank 1 in the middle of the first step; `slowly` takes a while.

    `cramped`: rank 1 has CRAMPED bytes for a step. `lingers`: the decode takes LINGERS_S longer.
    """

    def _encode_texts(self, request: RenderRequest) -> tuple[torch.Tensor, torch.Tensor | None]:
        cramped = self._mesh.rank == 1 and "cramped" in request.prompt
        self._weight_offload.room_beside = lambda _: CRAMPED if cramped else free_bytes(self._device)
        return super()._encode_texts(request)

    def _predict(self, shot: WanShot, *told: object) -> torch.Tensor:
        words = shot.request.prompt
        if self._mesh.rank == 1 and "break" in words:
            raise ZeroDivisionError("a rank broke")
        if self._mesh.rank == 1 and "exhaust" in words:
            raise torch.OutOfMemoryError("out of memory: tried to allocate 80 GiB")
        if self._mesh.rank == 1 and "hang" in words:
            time.sleep(3600)
        prediction = super()._predict(shot, *told)
        if "slowly" in words:
            time.sleep(0.2)
        return prediction

    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        assert isinstance(prepared, WanShot)
        if "lingers" in prepared.request.prompt:
            time.sleep(LINGERS_S)
        return super().decode(prepared, latents, cancel)


def load(mesh: Mesh, checkpoints: Checkpoints) -> dict[str, Pipeline]:
    assert torch.get_num_threads() == THREADS, "a rank computes with as many threads as a single process"
    torch.set_num_threads(1)
    return {SHAPED.name: Misbehaving(SHAPED, build_tiny_wan_vace(), WEIGHTS, mesh, checkpoints)}


def load_driven(mesh: Mesh, checkpoints: Checkpoints) -> dict[str, Pipeline]:
    """Wan-Animate-2 alone."""
    torch.set_num_threads(1)
    parts = DrivenParts.of(build_tiny_wan_animate_2())
    return {ANIMATE_2.name: WanAnimate2Pipeline(ANIMATE_2, parts, WEIGHTS, mesh, checkpoints)}


def start_group(layout: Layout, folder: Path, silence_s: float = 120.0, load: str = "load") -> RankGroup:
    """A group of ranks that keep their checkpoints below `folder`; `load`: which function here loads them."""
    shape = f"{layout.guidance}x{layout.sequence}"
    command = [sys.executable, "-m", "inference.worker.rank", f"tests.inference.ranked:{load}", shape, str(folder)]
    return RankGroup(layout, command, silence_s=silence_s)
