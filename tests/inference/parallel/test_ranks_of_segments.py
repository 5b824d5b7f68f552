"""A clip of segments by ranks in processes of their own: the bits of one, cancelled and killed between segments."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.parallel.mesh import Layout
from inference.pipelines.contract import CancelToken, CastPhoto, RenderCancelled
from inference.pipelines.driven_parts import DrivenParts
from inference.pipelines.ranked import RankedPipeline
from inference.pipelines.wan_animate_2 import WanAnimate2Pipeline
from inference.protocol import PrevisControl
from inference.registry.tiny import build_tiny_wan_animate_2
from tests.inference.pipelines.tiny import ANIMATE_2, noise_driving, noise_photo, request_of
from tests.inference.ranked import WEIGHTS, start_group

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
STEPS = 3
ASKED = request_of(
    CAST, model=ANIMATE_2.name, control=PrevisControl(), seconds=17 / 16, steps=STEPS, tier="fast", guidance_scale=3.0
)
Made = tuple[torch.Tensor, np.ndarray, list[int]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Iterator[RankedPipeline]:
    group = start_group(Layout(1, 2), folder, load="load_driven")
    yield RankedPipeline(ANIMATE_2, group, tmp_path_factory.mktemp("ranked") / "jobs")
    group.close()


@pytest.fixture(scope="module")
def alone() -> Made:
    """What one rank makes in this process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    made = render(WanAnimate2Pipeline(ANIMATE_2, DrivenParts.of(build_tiny_wan_animate_2()), WEIGHTS))
    torch.set_num_threads(threads)
    return made


def render(
    pipeline: RankedPipeline | WanAnimate2Pipeline,
    cancel: CancelToken | None = None,
    at_step: dict[int, Callable[[], object]] | None = None,
) -> Made:
    """Latents, frames, and the steps that were reported; `at_step` calls something after a step, once."""
    cancel, left, steps = cancel or CancelToken(), dict(at_step or {}), []

    def on_step(done: int, total: int) -> None:
        assert total == 2 * STEPS
        steps.append(done)
        left.pop(done, lambda: None)()

    clip = pipeline.prepare(ASKED, CAST, None, cancel, noise_driving(ASKED))
    assert clip.control is not None
    assert clip.control.form == "frames"
    latents = pipeline.denoise(clip, on_step, cancel)
    return latents, np.stack(list(pipeline.decode(clip, latents, cancel))), steps


def check_same(made: Made, alone: Made) -> None:
    assert torch.equal(made[0], alone[0])
    assert np.array_equal(made[1], alone[1])


def test_processes_make_what_one_rank_makes(ranked: RankedPipeline, alone: Made) -> None:
    made = render(ranked)
    check_same(made, alone)
    assert made[2] == list(range(1, 2 * STEPS + 1))


@pytest.mark.parametrize("step", [STEPS, STEPS + 1])
def test_a_cancel_ends_it_on_all_ranks_and_the_next_render_is_whole(
    ranked: RankedPipeline, alone: Made, folder: Path, step: int
) -> None:
    """After the last step of a segment ranks draw it, each by itself: none is left waiting for the others' vote."""
    cancel = CancelToken()
    with pytest.raises(RenderCancelled):
        render(ranked, cancel, {step: cancel.cancel})
    check_same(render(ranked), alone)
    assert list(folder.iterdir()) == []


def test_killed_in_the_second_segment_it_goes_on_there(ranked: RankedPipeline, alone: Made, folder: Path) -> None:
    made = render(ranked, at_step={STEPS + 1: lambda: os.kill(ranked._group.pids[1], signal.SIGKILL)})
    check_same(made, alone)
    assert made[2].count(1) == 1, "what was finished is not done again"
    assert sorted(set(made[2])) == list(range(1, 2 * STEPS + 1))
    assert list(folder.iterdir()) == []
