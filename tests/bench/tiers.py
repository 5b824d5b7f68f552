"""Tiers: how far every policy takes a render from the exact one, and what it saves, as far as a CPU has its kernels.

What changes rounding is held against the bounds of the fast tier over a whole denoise loop, in float32 and in bfloat16,
each against the exact tier in the same precision. What changes the picture is told in dB of the decoded frames, beside
what the same number of forwards gives when it is had by fewer steps. The weights are random: they draw no face, so
there is no identity to score, and their dB say that the code works and little of true weights. TF32 and a GPU's kernels
are for `scripts/bench gpu`.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers.hooks import FirstBlockCacheConfig, MagCacheConfig

from inference.exact.noise import draw_noise
from inference.pipelines import wan
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo, Picture
from inference.pipelines.policies.attention import Attention
from inference.pipelines.policies.batched_guidance import BatchedGuidance
from inference.pipelines.policies.compiled_blocks import CompiledBlocks
from inference.pipelines.policies.contract import Policy
from inference.pipelines.policies.extrapolated_steps import ExtrapolatedSteps
from inference.pipelines.policies.float8_products import Float8Products
from inference.pipelines.policies.reused_guidance import ReusedGuidance
from inference.pipelines.tiers import FAST_BOUNDS, choose_policies
from inference.pipelines.wan import WanPipeline
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import PrevisControl, RenderRequest
from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_vace
from tests.bench.outcome import Outcome, Report
from tests.inference.pipelines.tiny import ANIMATE, CARD, noise_driving, noise_photo, request_of

STEPS = 20
EXACT = choose_policies("exact", torch.device("cpu"))
PLAIN, COMPILED, BATCHED = Attention("_native_math"), CompiledBlocks(), BatchedGuidance(10**6)
ROUNDING: dict[str, tuple[Policy, ...]] = {
    "compiled": (COMPILED,), "plain_attention": (PLAIN,), "batched_guidance": (BATCHED,),
    "all": (PLAIN, COMPILED, BATCHED),
}  # fmt: skip
PICTURE: dict[str, tuple[Policy, ...]] = {
    "reused_guidance": (ReusedGuidance(),), "extrapolated_steps": (ExtrapolatedSteps(),),
    "extrapolated_steps_by_3": (ExtrapolatedSteps(every=3),), "float8_products": (Float8Products(),),
    "draft": choose_policies("draft", torch.device("cpu")),
}  # fmt: skip
CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
VACE = request_of(CAST, steps=STEPS, tier="draft")
DRIVEN = VACE.model_copy(update={"model": ANIMATE.name, "control": PrevisControl()})


@dataclass(frozen=True)
class Made:
    """A render. forwards: samples that the transformer was asked about."""

    latents: torch.Tensor
    frames: Picture
    forwards: int


@dataclass(frozen=True)
class Row:
    """What a set of policies made of one model's render; psnr in dB of the frames, None where they are the same."""

    model: str
    policies: tuple[Policy, ...]
    forwards: float
    off: float
    psnr: float | None
    fewer_steps_psnr: float | None


def run(report: Report) -> Outcome:
    """`scripts/bench tiers`."""
    outcome = Outcome()
    torch.set_num_threads(2)
    rows: list[Row] = []
    for name, request, driving in (("vace", VACE, None), ("animate", DRIVEN, noise_driving(DRIVEN, face_px=16))):
        exact = {}
        for precision, bound in FAST_BOUNDS.items():
            words = f"{name}_{str(precision).removeprefix('torch.')}"
            model = _load(name, precision)
            exact[precision] = _render(model, request, driving, EXACT)
            for kind, policies in ROUNDING.items():
                made = _render(model, request, driving, policies)
                outcome.check(f"{words}_{kind}_off_exact", _off(made, exact[precision]), "<=", bound)
                report(f"tiers: {words} {kind}")
            if precision == torch.float32:
                rows += _compare_pictures(name, model, request, driving, exact[precision], outcome)
            again = _render(model, request, driving, EXACT)
            same = torch.equal(again.latents, exact[precision].latents)
            outcome.check(f"{words}_exact_again_is_the_same", same, "==", True)
        outcome.note(f"{name}_bfloat16_off_float32", _off(exact[torch.bfloat16], exact[torch.float32]))
    _note_block_caches(outcome)
    report(as_policy_table(rows))
    return outcome


def as_policy_table(rows: list[Row]) -> str:
    """For docs/benchmarks.md."""
    lines = [
        "| model | policies | forwards, of exact's | latents off exact | frames, dB | frames of as many forwards, dB |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        words = "; ".join(policy.words() for policy in row.policies)
        lines.append(
            f"| {row.model} | {words} | {row.forwards:.0%} | {row.off:.1e} | {_in_db(row.psnr)} "
            f"| {_in_db(row.fewer_steps_psnr)} |"
        )
    return "\n".join(lines)


def _compare_pictures(
    name: str, model: WanPipeline, request: RenderRequest, driving: DrivingVideo | None, exact: Made, outcome: Outcome
) -> list[Row]:
    rows = []
    for kind, policies in PICTURE.items():
        made = _render(model, request, driving, policies)
        steps = max(1, round(STEPS * made.forwards / exact.forwards))
        fewer = _render(model, request.model_copy(update={"steps": steps}), driving, EXACT)
        row = Row(
            name, policies, made.forwards / exact.forwards, _off(made, exact), _psnr(made, exact), _psnr(fewer, exact)
        )
        rows.append(row)
        outcome.note(f"{name}_{kind}_forwards_of_exact", round(row.forwards, 3))
        outcome.note(f"{name}_{kind}_psnr_db", row.psnr)
        outcome.note(f"{name}_{kind}_fewer_steps_psnr_db", row.fewer_steps_psnr)
        if kind == "float8_products":  # its steps are shorter, and no fewer
            outcome.check(f"{name}_{kind}_off_exact", row.off, "<=", 0.1)
        else:
            outcome.check(f"{name}_{kind}_saves_forwards", made.forwards < exact.forwards, "==", True)
    return rows


@torch.inference_mode()
def _note_block_caches(outcome: Outcome) -> None:
    """How far diffusers' caches of block residuals take Wan-VACE where nothing changed at all: see ADR 33."""
    model = WanVacePipeline(CARD, build_tiny_wan_vace(), {})
    shot, transformer = model.prepare(VACE, CAST, None, CancelToken()), model.parts.transformer
    told = {
        "hidden_states": draw_noise(shot.shape, 1), "timestep": torch.tensor([500]), "return_dict": False,
        **shot.fixed, **shot.guided.towards,
    }  # fmt: skip
    ratios = MagCacheConfig(mag_ratios=[1.0] * STEPS, num_inference_steps=STEPS, retention_ratio=0.0)
    for name, config in (("first_block_cache", FirstBlockCacheConfig()), ("mag_cache", ratios)):
        transformer.enable_cache(config)
        try:
            with transformer.cache_context("cond"):
                computed, cached = (transformer(**told)[0] for _ in range(2))
        finally:
            transformer.disable_cache()
        outcome.note(f"diffusers_{name}_off_the_same_forward", float((cached - computed).norm() / computed.norm()))


def _load(name: str, precision: torch.dtype) -> WanPipeline:
    """A tiny model as a pulled one is loaded: what has to stay in float32 does."""
    built = build_tiny_wan_vace() if name == "vace" else build_tiny_wan_animate()
    with tempfile.TemporaryDirectory() as folder:
        built.transformer.save_pretrained(Path(folder))
        built.transformer = type(built.transformer).from_pretrained(folder, torch_dtype=precision).eval()
    built.text_encoder.to(precision)
    return WanVacePipeline(CARD, built, {}) if name == "vace" else WanAnimatePipeline(ANIMATE, built, {})


def _render(
    model: WanPipeline, request: RenderRequest, driving: DrivingVideo | None, policies: tuple[Policy, ...]
) -> Made:
    asked: list[int] = []
    handle = model._transformer.register_forward_pre_hook(
        lambda _, __, told: asked.append(len(told["hidden_states"])), with_kwargs=True
    )
    wan.choose_policies = lambda *_, **__: policies
    try:
        cancel = CancelToken()
        shot = model.prepare(request, CAST, None, cancel, driving)
        latents = model.denoise(shot, lambda *_: None, cancel)
        return Made(latents, np.stack(list(model.decode(shot, latents, cancel))), sum(asked))
    finally:
        wan.choose_policies = choose_policies
        handle.remove()


def _off(one: Made, other: Made) -> float:
    return float((one.latents - other.latents).norm() / other.latents.norm())


def _psnr(one: Made, other: Made) -> float | None:
    error = float(np.mean((one.frames.astype(np.float64) - other.frames) ** 2))
    return round(10 * np.log10(255**2 / error), 1) if error else None


def _in_db(psnr: float | None) -> str:
    return "the same" if psnr is None else f"{psnr:.1f}"
