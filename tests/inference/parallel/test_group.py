"""A group of ranks behind the contract of a pipeline: killed, hung, exhausted or cancelled, never stuck or changed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.catalogue import RequestRefused
from inference.parallel.mesh import Layout
from inference.pipelines.checkpoints import Checkpoints
from inference.pipelines.contract import CancelToken, CastPhoto, RenderCancelled
from inference.pipelines.lora import Adapter, AdapterDoesNotFit
from inference.pipelines.ranked import RankedPipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of
from tests.inference.ranked import WEIGHTS, start_group

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
STEPS = 6
LINGERING = "she lingers at the window"
KILLED = ((1, 0), (3, 1), (5, 0))  # after which step, and which rank; `scripts/bench rank_faults` kills at random
Made = tuple[torch.Tensor, np.ndarray]


def request(words: str = "a woman turns to the window", **changes: object) -> RenderRequest:
    return request_of(CAST, **({"prompt": words, "steps": STEPS} | changes))


@pytest.fixture(scope="module")
def checkpoints_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory, checkpoints_dir: Path) -> Iterator[RankedPipeline]:
    group = start_group(Layout(1, 2), checkpoints_dir, silence_s=8.0)
    group.wait_ready()
    yield RankedPipeline(CARD, group, tmp_path_factory.mktemp("ranked") / "jobs")
    group.close()


@pytest.fixture(scope="module")
def alone() -> Made:
    """What one rank makes in this process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    made, _ = render(WanVacePipeline(CARD, build_tiny_wan_vace(), WEIGHTS), request())
    torch.set_num_threads(threads)
    return made


def render(
    pipeline: RankedPipeline | WanVacePipeline,
    asked: RenderRequest,
    cancel: CancelToken | None = None,
    at_step: dict[int, object] | None = None,
    cast: tuple[CastPhoto, ...] = CAST,
) -> tuple[Made, list[int]]:
    """The latents and frames, and the steps that were reported; `at_step` calls something after a step."""
    cancel, steps = cancel or CancelToken(), []

    def on_step(done: int, total: int) -> None:
        steps.append(done)
        assert total == asked.steps
        if at_step and done in at_step:
            at_step.pop(done)()

    shot = pipeline.prepare(asked, cast, None, cancel)
    latents = pipeline.denoise(shot, on_step, cancel)
    return (latents, np.stack(list(pipeline.decode(shot, latents, cancel)))), steps


def same(one: Made, other: Made) -> bool:
    return torch.equal(one[0], other[0]) and np.array_equal(one[1], other[1])


def test_processes_make_what_one_rank_makes(ranked: RankedPipeline, alone: Made) -> None:
    shot = ranked.prepare(request(), CAST, None, CancelToken())
    assert shot.drawn == {"chr_1": (f"{1:064x}",)}
    assert [note.code for note in shot.notes] == ["silent_clip"]
    made, steps = render(ranked, request())
    assert same(made, alone)
    assert steps == list(range(1, STEPS + 1))


def test_killed_ranks_come_back_and_go_on_from_the_last_step(
    ranked: RankedPipeline, alone: Made, checkpoints_dir: Path
) -> None:
    for step, rank in KILLED:

        def kill(rank: int = rank) -> None:
            os.kill(ranked._group.pids[rank], signal.SIGKILL)

        made, steps = render(ranked, request("slowly she turns"), at_step={step: kill})
        again = steps[steps.index(step) + 1 :]
        assert sorted(set(steps)) == list(range(1, STEPS + 1))
        assert len(steps) <= STEPS + 1, f"killed at {step}: {steps}"
        assert again[-1] == STEPS
        assert list(checkpoints_dir.iterdir()) == []
        assert torch.isfinite(made[0]).all()
    slow, _ = render(ranked, request("slowly she turns"))
    assert same(made, slow), "killed or not, the same bits"


def test_another_number_of_ranks_takes_over(ranked: RankedPipeline, alone: Made, checkpoints_dir: Path) -> None:
    """Both ranks die for good after a step; one rank in another process finishes the render."""

    def die() -> None:
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        render(ranked, request(), at_step={3: die})
    ranked._group.kill()
    (kept,) = checkpoints_dir.iterdir()
    single = WanVacePipeline(CARD, build_tiny_wan_vace(), WEIGHTS, None, Checkpoints(checkpoints_dir))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    made, steps = render(single, request())
    torch.set_num_threads(threads)
    assert steps[0] >= 4
    assert same(made, alone)
    assert not kept.exists()


@pytest.mark.parametrize(("word", "error"), [("break", RuntimeError), ("exhaust", MemoryError)])
def test_a_failing_rank_fails_its_request_and_not_the_next(
    ranked: RankedPipeline, alone: Made, word: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        render(ranked, request(word))
    assert same(render(ranked, request())[0], alone)


def test_a_rank_that_hangs_is_noticed_by_the_missing_step(ranked: RankedPipeline, alone: Made) -> None:
    ranked._group._silence_s, patient = 2.0, ranked._group._silence_s
    with pytest.raises(Exception, match="no rank gave a sign of life for 2 s"):
        render(ranked, request("hang"))
    ranked._group._silence_s = patient
    assert same(render(ranked, request())[0], alone)


def test_a_cancel_stops_all_ranks_within_a_step(ranked: RankedPipeline, alone: Made) -> None:
    cancel = CancelToken()
    pids = dict(ranked._group.pids)
    many = request("slowly she turns", steps=40)
    with pytest.raises(RenderCancelled):
        render(ranked, many, cancel, at_step={2: cancel.cancel})
    began = time.monotonic()
    assert same(render(ranked, request())[0], alone)
    assert time.monotonic() - began < 14, "the ranks did not go on with the forty steps, which take sixteen seconds"
    assert ranked._group.pids == pids, "a cancel costs no process its life"


def test_what_the_model_refuses_is_refused_by_name_and_costs_no_restart(ranked: RankedPipeline, alone: Made) -> None:
    pids = dict(ranked._group.pids)
    bad = (CastPhoto("chr_1", "Ada", "centre", CAST[0].photos, Adapter("0" * 64, b"no adapter")),)
    with pytest.raises(AdapterDoesNotFit, match="not the bytes that were announced"):
        render(ranked, request(), cast=bad)
    assert same(render(ranked, request())[0], alone)
    assert ranked._group.pids == pids


def test_what_one_ranks_device_cannot_hold_is_refused_by_all_with_what_would_fit(
    ranked: RankedPipeline, alone: Made
) -> None:
    pids = dict(ranked._group.pids)
    with pytest.raises(RequestRefused, match=r"needs about .* free on the fullest device: try 80x48") as refused:
        render(ranked, request("cramped"))
    assert (refused.value.field, refused.value.nearest) == ("size", ("80x48",))
    assert same(render(ranked, request())[0], alone)
    fitting, _ = render(ranked, request("cramped", width=80, height=48))
    assert torch.isfinite(fitting[0]).all()
    assert ranked._group.pids == pids, "a refusal costs no process its life"


@dataclass
class Beside:
    """A clip that is being decoded by the ranks, on a thread, and the latents that it has."""

    latents: torch.Tensor
    decoding: Future[np.ndarray]
    folder: Path

    def made(self) -> Made:
        return self.latents, self.decoding.result(timeout=60)


@contextmanager
def decoding(ranked: RankedPipeline) -> Iterator[Beside]:
    """One whose decode takes two seconds longer has begun."""
    shot, cancel = ranked.prepare(request(LINGERING), CAST, None, CancelToken()), CancelToken()
    latents = ranked.denoise(shot, lambda *_: None, cancel)
    with ThreadPoolExecutor(1) as thread:
        yield Beside(latents, thread.submit(lambda: np.stack(list(ranked.decode(shot, latents, cancel)))), shot.folder)


@pytest.fixture(scope="module")
def lingering(alone: Made) -> Made:
    """The clip of `decoding`, by one rank in this process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    made, _ = render(WanVacePipeline(CARD, build_tiny_wan_vace(), WEIGHTS), request(LINGERING))
    torch.set_num_threads(threads)
    return made


def test_the_next_render_is_denoised_while_a_clip_is_decoded(
    ranked: RankedPipeline, alone: Made, lingering: Made
) -> None:
    assert ranked.overlaps
    with decoding(ranked) as beside:
        shot, cancel = ranked.prepare(request(), CAST, None, CancelToken()), CancelToken()
        latents = ranked.denoise(shot, lambda *_: None, cancel)
        assert not beside.decoding.done(), "it did not wait for the decode"
        assert beside.folder.is_dir(), "what the next one prepares takes nothing from the one before"
        assert same((latents, np.stack(list(ranked.decode(shot, latents, cancel)))), alone)
        assert same(beside.made(), lingering)
    assert not beside.folder.exists()
    assert not shot.folder.exists()


@pytest.mark.parametrize("fate", ["a rank is killed", "the next one breaks", "the next one is cancelled"])
def test_what_befalls_the_next_render_changes_nothing_of_the_clip_being_decoded(
    ranked: RankedPipeline, alone: Made, lingering: Made, fate: str
) -> None:
    with decoding(ranked) as beside:
        if fate == "a rank is killed":
            made, _ = render(ranked, request(), at_step={2: lambda: os.kill(ranked._group.pids[1], signal.SIGKILL)})
            assert same(made, alone)
        elif fate == "the next one breaks":
            with pytest.raises(RuntimeError, match="a rank broke"):
                render(ranked, request("break"))
        else:
            cancel = CancelToken()
            with pytest.raises(RenderCancelled):
                render(ranked, request("slowly she turns", steps=40), cancel, at_step={2: cancel.cancel})
            assert not beside.decoding.done()
        assert same(beside.made(), lingering)
    assert same(render(ranked, request())[0], alone)


def test_what_nobody_wants_any_more_is_removed(ranked: RankedPipeline) -> None:
    shot = ranked.prepare(request(), CAST, None, CancelToken())
    folder = shot.folder
    assert folder.is_dir()
    del shot
    assert not folder.exists()


def test_a_driving_previs_reaches_the_ranks(ranked: RankedPipeline) -> None:
    from inference.protocol import PrevisControl
    from tests.inference.pipelines.tiny import noise_driving

    asked = request(control=PrevisControl(), steps=1)
    driving = noise_driving(asked)
    shot = ranked.prepare(asked, CAST, None, CancelToken(), driving)
    single = WanVacePipeline(CARD, build_tiny_wan_vace(), WEIGHTS)
    assert shot.control == single.prepare(asked, CAST, None, CancelToken(), driving).control


def test_keyframes_reach_the_ranks(ranked: RankedPipeline) -> None:
    from tests.inference.pipelines.tiny import noise_keyframe

    asked, cancel = request(steps=1), CancelToken()
    keyframes = (noise_keyframe(0, asked), noise_keyframe(8, asked))
    single = WanVacePipeline(CARD, build_tiny_wan_vace(), WEIGHTS)
    latents = [
        pipeline.denoise(pipeline.prepare(asked, CAST, None, cancel, None, keyframes), lambda *_: None, cancel)
        for pipeline in (ranked, single)
    ]
    assert torch.equal(*latents)
