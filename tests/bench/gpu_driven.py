"""Wan-Animate-2's two passes over a segment, as the fast tier computes them: compiled on a card, which it has to be."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from inference.cost import WAN_ANIMATE_2_14B, count_tokens
from inference.memory import Job, step_bytes
from inference.parallel.driven_sequence import share_driven_sequence
from inference.parallel.mesh import Mesh
from inference.pipelines.tiers import choose_policies
from tests.bench.gpu_policies import applied
from tests.inference.driven_passes import Passes, without_mask

if TYPE_CHECKING:
    from tests.bench.gpu import Bench


def driven_part(bench: Bench) -> Callable[[], None]:
    """With a few layers at 480p: seconds of reading the driving video and of a step, and the peak against the plan."""

    def driven() -> None:
        shapes, device = bench.shapes, bench.device
        shared = share_driven_sequence(bench.models.build_driven(shapes.exact_layers), Mesh().sequence)
        job = Job(*shapes.small)
        passes = Passes(shared, job)
        shape = replace(
            WAN_ANIMATE_2_14B, width=shapes.heads * shapes.head_width, feed_forward=shapes.feed_forward,
            blocks=shapes.exact_layers, head_width=shapes.head_width, text_width=shapes.text_width,
        )  # fmt: skip
        with applied(choose_policies("fast", device), shared):
            for name, work in (("reading", passes.read), ("looking", passes.look)):
                bench.note(f"driven_{name}_480p_s", round(bench.time(work, repeats=1), 3))
            flop = shape.forward_flop(count_tokens(*shapes.small, references=1), job.frames)
            seconds = bench.outcome.figures["driven_looking_480p_s"]
            assert isinstance(seconds, float)
            bench.note("driven_looking_480p_tflop_per_s", round(flop / max(seconds, 1e-3) / 1e12, 1))
            bench.hold_to_plan(
                "driven_step_480p", lambda: _both(shared, job, device), step_bytes(shape, job, shapes.dtype.itemsize)
            )

    return driven


@torch.inference_mode()
def _both(shared: torch.nn.Module, job: Job, device: torch.device) -> None:
    """On a CPU, where storages are counted, without the masked attention, which that count does not know."""
    passes = Passes(shared, job)
    passes.read()
    with without_mask() if device.type == "cpu" else nullcontext():
        passes.look()
