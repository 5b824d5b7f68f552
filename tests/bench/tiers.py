"""Tiers: how far the fast tier's latents lie from the exact ones, as far as a CPU has its kernels.

Compiled blocks and another attention over a whole denoise loop in float32. TF32, bfloat16 and a GPU's kernels are for
`scripts/bench gpu`.
"""

from __future__ import annotations

import torch

from inference.pipelines import wan
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.tiers import FAST_BOUND, Kernels, choose_kernels
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest
from inference.registry.tiny import build_tiny_wan_vace
from tests.bench.outcome import Outcome, Report
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

STEPS = 20
KERNELS = {
    "compiled": Kernels(compiler="inductor"),
    "plain_attention": Kernels(attention="_native_math"),
    "both": Kernels(attention="_native_math", compiler="inductor"),
}


def run(report: Report) -> Outcome:
    """`scripts/bench tiers`."""
    outcome = Outcome()
    torch.set_num_threads(2)
    cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
    request = request_of(cast, steps=STEPS, tier="fast")
    vace = WanVacePipeline(CARD, build_tiny_wan_vace(), {})
    exact = _latents(vace, request_of(cast, steps=STEPS), cast)
    for name, kernels in KERNELS.items():
        wan.choose_kernels = lambda *_, kernels=kernels: kernels
        fast = _latents(vace, request, cast)
        outcome.check(f"{name}_off_exact", float((fast - exact).norm() / exact.norm()), "<=", FAST_BOUND)
        report(f"tiers: {name}")
    wan.choose_kernels = choose_kernels
    again = _latents(vace, request_of(cast, steps=STEPS), cast)
    outcome.check("exact_again_is_the_same", torch.equal(again, exact), "==", True)
    return outcome


def _latents(vace: WanVacePipeline, request: RenderRequest, cast: tuple[CastPhoto, ...]) -> torch.Tensor:
    cancel = CancelToken()
    return vace.denoise(vace.prepare(request, cast, None, cancel), lambda *_: None, cancel)
