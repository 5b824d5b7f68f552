"""Tiers: how far the fast tier's latents lie from the exact ones, as far as a CPU has its kernels.

Compiled blocks and another attention over a whole denoise loop, in float32 and in bfloat16, each against the exact tier
in the same precision; and how far bfloat16 itself lies from float32. TF32 and a GPU's kernels are for
`scripts/bench gpu`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import torch

from inference.pipelines import wan
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo
from inference.pipelines.tiers import FAST_BOUNDS, Kernels, choose_kernels
from inference.pipelines.wan import WanPipeline
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import PrevisControl, RenderRequest
from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_vace
from tests.bench.outcome import Outcome, Report
from tests.inference.pipelines.tiny import ANIMATE, CARD, noise_driving, noise_photo, request_of

STEPS = 20
KERNELS = {
    "compiled": Kernels(compiler="inductor"),
    "plain_attention": Kernels(attention="_native_math"),
    "both": Kernels(attention="_native_math", compiler="inductor"),
}
CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
VACE = request_of(CAST, steps=STEPS, tier="fast")
DRIVEN = VACE.model_copy(update={"model": ANIMATE.name, "control": PrevisControl(), "guidance_scale": 1.0})


def run(report: Report) -> Outcome:
    """`scripts/bench tiers`."""
    outcome = Outcome()
    torch.set_num_threads(2)
    for name, request, driving in (("vace", VACE, None), ("animate", DRIVEN, noise_driving(DRIVEN, face_px=16))):
        exact = {}
        for precision, bound in FAST_BOUNDS.items():
            words = f"{name}_{str(precision).removeprefix('torch.')}"
            model = _load(name, precision)
            exact[precision] = _latents(model, request, driving, "exact")
            for kernels in KERNELS:
                wan.choose_kernels = lambda *_, chosen=KERNELS[kernels]: chosen
                off = _off(_latents(model, request, driving, "fast"), exact[precision])
                outcome.check(f"{words}_{kernels}_off_exact", off, "<=", bound)
                report(f"tiers: {words} {kernels}")
            wan.choose_kernels = choose_kernels
            again = _latents(model, request, driving, "exact")
            outcome.check(f"{words}_exact_again_is_the_same", torch.equal(again, exact[precision]), "==", True)
        outcome.note(f"{name}_bfloat16_off_float32", _off(exact[torch.bfloat16], exact[torch.float32]))
    return outcome


def _load(name: str, precision: torch.dtype) -> WanPipeline:
    """A tiny model as a pulled one is loaded: what has to stay in float32 does."""
    built = build_tiny_wan_vace() if name == "vace" else build_tiny_wan_animate()
    with tempfile.TemporaryDirectory() as folder:
        built.transformer.save_pretrained(Path(folder))
        built.transformer = type(built.transformer).from_pretrained(folder, torch_dtype=precision).eval()
    built.text_encoder.to(precision)
    return WanVacePipeline(CARD, built, {}) if name == "vace" else WanAnimatePipeline(ANIMATE, built, {})


def _latents(model: WanPipeline, request: RenderRequest, driving: DrivingVideo | None, tier: str) -> torch.Tensor:
    cancel, asked = CancelToken(), request.model_copy(update={"tier": tier})
    return model.denoise(model.prepare(asked, CAST, None, cancel, driving), lambda *_: None, cancel)


def _off(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).norm() / other.norm())
