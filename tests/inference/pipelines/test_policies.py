"""Each policy by itself: what it computes, against another way to the same result, and that it goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from diffusers import TaylorSeerCacheConfig

from inference.catalogue import PULLED, ModelCard
from inference.cost import count_tokens
from inference.memory import Job, step_bytes
from inference.parallel.mesh import Layout, Mesh
from inference.parallel.virtual import run_virtually
from inference.pipelines import wan
from inference.pipelines.checkpoints import Checkpoints
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo
from inference.pipelines.policies.batched_guidance import BatchedGuidance, count_batch_tokens
from inference.pipelines.policies.contract import Policy
from inference.pipelines.policies.extrapolated_steps import ExtrapolatedSteps
from inference.pipelines.policies.reused_guidance import ReusedGuidance
from inference.pipelines.tiers import FAST_BOUNDS
from inference.pipelines.wan import WanPipeline
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import PrevisControl, RenderRequest
from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_vace
from inference.step_plan import plan_steps
from tests.inference.pipelines.tiny import ANIMATE, CARD, noise_driving, noise_photo, request_of

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
STEPS = 8
ASKED = request_of(CAST, steps=STEPS, tier="draft", guidance_scale=3.0)
DRIVEN = ASKED.model_copy(update={"model": ANIMATE.name, "control": PrevisControl()})
DRIVING = noise_driving(DRIVEN, face_px=16)


class Killed(Exception):
    """Stands for whatever ends a process between two steps."""


@pytest.fixture(scope="module")
def vace() -> WanVacePipeline:
    return WanVacePipeline(CARD, build_tiny_wan_vace(), {})


@pytest.fixture(scope="module")
def animate() -> WanAnimatePipeline:
    return WanAnimatePipeline(ANIMATE, build_tiny_wan_animate(), {})


def latents_of(
    model: WanPipeline, request: RenderRequest, driving: DrivingVideo | None = None, stop_after: int = 0
) -> torch.Tensor:
    def on_step(step: int, _: int) -> None:
        if step == stop_after:
            raise Killed

    cancel = CancelToken()
    return model.denoise(model.prepare(request, CAST, None, cancel, driving), on_step, cancel)


@contextmanager
def only(*policies: Policy) -> Iterator[None]:
    """What every tier is made of, meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wan, "choose_policies", lambda *_, **__: policies)
        yield


def off(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).norm() / other.norm())


# extrapolated steps


def test_it_is_known_beforehand_which_steps_are_computed() -> None:
    def plan(steps: int, every: int = 2, turns: tuple[int, ...] = (0,)) -> str:
        return "".join("x" if now else "." for now in plan_steps(steps, every, turns=turns))

    assert plan(1) == "x"
    assert plan(3) == "xxx"
    assert plan(5) == "xx.xx", "never one of the last two"
    assert plan(8) == "xx.x.xxx"
    assert plan(20) == "xxxxx.x.x.x.x.x.x.xx"
    assert plan(12, 3) == "xxx..x..x.xx"
    assert plan(12, turns=(0, 5)) == "xxx.xxx.x.xx", "two of a new expert's own first"


@pytest.mark.parametrize("warm", [0.25, 0.5])
def test_an_extrapolated_step_is_what_diffusers_own_hook_makes_of_it(vace: WanVacePipeline, warm: float) -> None:
    """With one text; its lite mode skips every block and extrapolates what comes out of the last layer."""
    asked = ASKED.model_copy(update={"guidance_scale": 1.0, "steps": 12})
    with only(ExtrapolatedSteps(warm=warm)):
        ours = latents_of(vace, asked)
    transformer = vace._transformer
    transformer.enable_cache(
        TaylorSeerCacheConfig(
            cache_interval=2,
            disable_cache_before_step=int(12 * warm),
            disable_cache_after_step=10,
            max_order=1,
            taylor_factors_dtype=torch.float32,
            use_lite_mode=True,
        )
    )
    try:
        with only(), transformer.cache_context("cond"):
            theirs = latents_of(vace, asked)
    finally:
        transformer.disable_cache()
    with only():
        computed = latents_of(vace, asked)
    assert torch.equal(ours, theirs)
    assert not torch.equal(ours, computed)


def test_of_two_experts_each_is_extrapolated_from_its_own_predictions() -> None:
    """Whoever computes the first two steps after the turn is the second expert, so the turn is one of the plan."""
    model = WanVacePipeline(CARD, build_tiny_wan_vace(experts=2), {})
    assert model._late is not None
    called: list[str] = []
    for name, expert in (("first", model._transformer), ("late", model._late)):
        expert.register_forward_pre_hook(lambda *_, name=name: called.append(name))
    asked = ASKED.model_copy(update={"guidance_scale": 1.0, "steps": 12, "shift": 3.0})
    with only():
        latents_of(model, asked)
    turn = called.index("late")
    assert 2 < turn < 10, "both have steps to leave out"
    called.clear()
    with only(ExtrapolatedSteps()):
        latents_of(model, asked)
    plan = plan_steps(12, turns=(0, turn))
    assert called == ["late" if step >= turn else "first" for step in range(12) if plan[step]]


# guidance


@pytest.mark.parametrize("model", ["vace", "animate"])
def test_a_batch_of_both_texts_is_the_same_mathematics_in_half_of_the_forwards(
    model: str, request: pytest.FixtureRequest
) -> None:
    pipeline: WanPipeline = request.getfixturevalue(model)
    asked, driving = (ASKED, None) if model == "vace" else (DRIVEN, DRIVING)
    with only():
        in_turn = latents_of(pipeline, asked, driving)
    forwards: list[int] = []
    handle = pipeline._transformer.register_forward_pre_hook(
        lambda _, __, kwargs: forwards.append(len(kwargs["hidden_states"])), with_kwargs=True
    )
    tokens = count_tokens(asked.width, asked.height, asked.frames, references=1)
    with only(BatchedGuidance(most_tokens=tokens)):
        batched = latents_of(pipeline, asked, driving)
    assert forwards == [2] * STEPS
    forwards.clear()
    with only(BatchedGuidance(most_tokens=tokens - 1)):
        assert torch.equal(latents_of(pipeline, asked, driving), in_turn), "a longer clip is not batched"
    handle.remove()
    assert forwards == [1] * 2 * STEPS
    assert off(batched, in_turn) <= FAST_BOUNDS[torch.float32]


@pytest.mark.parametrize("model", ["vace", "animate"])
def test_ranks_that_share_the_tokens_share_a_batch(model: str, request: pytest.FixtureRequest) -> None:
    pipeline: WanPipeline = request.getfixturevalue(model)
    asked, driving = (ASKED, None) if model == "vace" else (DRIVEN, DRIVING)

    def render(mesh: Mesh) -> torch.Tensor:
        return latents_of(type(pipeline)(pipeline.card, pipeline.parts, {}, mesh), asked, driving)

    with only(BatchedGuidance(10**6)):
        alone = latents_of(pipeline, asked, driving)
        first, second = run_virtually(Layout(1, 2), render)
    assert torch.equal(first, second)
    assert off(first, alone) <= FAST_BOUNDS[torch.float32]


@pytest.mark.parametrize("card", PULLED.values(), ids=lambda card: card.name)
def test_two_texts_together_fill_the_room_of_one_usual_clip(card: ModelCard) -> None:
    assert card.shape is not None
    usual, limits, most = step_bytes(card.shape, card.default_job, 2), card.limits, count_batch_tokens(card)
    lengths = range(1, card.default_job.frames + 1, limits.frame_step)
    jobs = [Job(*size, frames) for size in limits.sizes for frames in lengths]
    batched = [job for job in jobs if count_tokens(*job) <= most]
    assert 0 < len(batched) < len(jobs)
    assert max(2 * step_bytes(card.shape, job, 2) for job in batched) <= 1.05 * usual


def test_a_batch_is_what_the_second_text_costs_when_guidance_is_reused(vace: WanVacePipeline) -> None:
    forwards: list[int] = []
    handle = vace._transformer.register_forward_pre_hook(
        lambda _, __, kwargs: forwards.append(len(kwargs["hidden_states"])), with_kwargs=True
    )
    with only(BatchedGuidance(10**6), ReusedGuidance()):
        latents_of(vace, ASKED)
    handle.remove()
    assert forwards == [2, 1] * (STEPS // 2)


# all that draw another picture


LOSSY = (ReusedGuidance(), ExtrapolatedSteps())


@pytest.mark.parametrize("stop_after", range(1, STEPS))
def test_a_render_that_goes_on_remembers_what_its_policies_did(
    vace: WanVacePipeline, tmp_path: Path, stop_after: int
) -> None:
    """Stopped anywhere, also beside an extrapolated step: the bits of one that was never stopped."""
    model = WanVacePipeline(CARD, vace.parts, {}, checkpoints=Checkpoints(tmp_path))
    with only(*LOSSY):
        whole = latents_of(vace, ASKED)
        with pytest.raises(Killed):
            latents_of(model, ASKED, stop_after=stop_after)
        assert torch.equal(latents_of(model, ASKED), whole)


def test_another_set_of_policies_does_not_go_on_from_a_checkpoint(vace: WanVacePipeline, tmp_path: Path) -> None:
    """Their words, and their parameters in them, are part of the digest."""
    model = WanVacePipeline(CARD, vace.parts, {}, checkpoints=Checkpoints(tmp_path))
    with only(*LOSSY), pytest.raises(Killed):
        latents_of(model, ASKED, stop_after=5)
    other = (ReusedGuidance(), ExtrapolatedSteps(every=3))
    with only(*other):
        assert torch.equal(latents_of(model, ASKED), latents_of(vace, ASKED))


@pytest.mark.parametrize("layout", [Layout(1, 2), Layout(1, 4)])
def test_ranks_that_share_the_tokens_draw_the_draft_of_one(vace: WanVacePipeline, layout: Layout) -> None:
    alone = latents_of(vace, ASKED)

    def draft(mesh: Mesh) -> torch.Tensor:
        return latents_of(WanVacePipeline(CARD, vace.parts, {}, mesh), ASKED)

    assert all(torch.equal(made, alone) for made in run_virtually(layout, draft))


def test_ranks_that_share_the_texts_leave_out_the_same_steps(vace: WanVacePipeline) -> None:
    with only(ExtrapolatedSteps()):
        alone = latents_of(vace, ASKED)

    def draft(mesh: Mesh) -> torch.Tensor:
        return latents_of(WanVacePipeline(CARD, vace.parts, {}, mesh), ASKED)

    made = run_virtually(Layout(2, 2), draft)
    assert all(torch.equal(one, alone) for one in made)
