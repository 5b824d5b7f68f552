"""Wan-Animate-2 by our loop: the published blocks' pictures to the bit, over segments, stopped and gone on with."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.catalogue import ModelCard
from inference.exact.fingerprint import hash_frames
from inference.parallel.mesh import Layout, Mesh, RanksDoNotFit
from inference.parallel.virtual import run_virtually
from inference.pipelines.checkpoints import Checkpoints
from inference.pipelines.contract import BadReference, CancelToken, CastPhoto, DrivingVideo, Photo, RenderCancelled
from inference.pipelines.driven_clip import DrivenClip
from inference.pipelines.driven_parts import DrivenParts
from inference.pipelines.photo_cut import cut_photo
from inference.pipelines.wan_animate_2 import WanAnimate2Pipeline
from inference.pipelines.weight_offload import WeightOffload
from inference.protocol import Box, PrevisControl, RenderRequest
from inference.recipes import WAN_NEGATIVE_PROMPT
from inference.segments import cut_into_segments
from tests.inference.pipelines.diffusers_own import call_animate_2
from tests.inference.pipelines.tiny import (
    ANIMATE_2,
    ANIMATE_2_DISTILLED,
    noise_driving,
    noise_photo,
    request_of,
)

CAST = (CastPhoto("chr_1", "chr_1", "centre", (noise_photo(1), noise_photo(2))),)
STEPS = 2
CPU = torch.device("cpu")


class Killed(Exception):
    """Stands for whatever ends a process between two steps."""


@cache
def parts() -> DrivenParts:
    from inference.registry.tiny import build_tiny_wan_animate_2

    return DrivenParts.of(build_tiny_wan_animate_2())


def load(
    mesh: Mesh | None = None,
    folder: Path | None = None,
    card: ModelCard = ANIMATE_2,
    weight_offload: WeightOffload | None = None,
) -> WanAnimate2Pipeline:
    checkpoints = None if folder is None else Checkpoints(folder)
    return WanAnimate2Pipeline(
        card, parts(), {"transformer": "1" * 64}, mesh, checkpoints, weight_offload=weight_offload
    )


def request(frames: int = 17, **changes: object) -> RenderRequest:
    fields: dict[str, object] = {
        "negative_prompt": "blurred", "steps": STEPS, "guidance_scale": 1.0, "tier": "fast", "seconds": frames / 16,
        "model": ANIMATE_2.name, "control": PrevisControl(),
    }  # fmt: skip
    return request_of(CAST, **fields | changes)


def denoise(
    animate: WanAnimate2Pipeline, asked: RenderRequest, stop_after: int = 0, driving: DrivingVideo | None = None
) -> tuple[DrivenClip, torch.Tensor, list[int]]:
    """The clip, its latents, and the steps that were done. Raises Killed after that step."""
    done: list[int] = []
    cancel = CancelToken()

    def on_step(step: int, total: int) -> None:
        assert total == asked.steps * cut_into_segments(asked.frames, 9).count
        done.append(step)
        if step == stop_after:
            raise Killed

    clip = animate.prepare(asked, CAST, None, cancel, driving or noise_driving(asked))
    assert isinstance(clip, DrivenClip)
    return clip, animate.denoise(clip, on_step, cancel), done


def render(
    animate: WanAnimate2Pipeline, asked: RenderRequest, driving: DrivingVideo | None = None
) -> tuple[torch.Tensor, np.ndarray]:
    clip, latents, _ = denoise(animate, asked, driving=driving)
    return latents, np.stack(list(animate.decode(clip, latents, CancelToken())))


@cache
def whole() -> tuple[torch.Tensor, np.ndarray]:
    """What nobody stopped, on one rank: two segments, steered away from a text."""
    return render(load(), request(guidance_scale=3.0))


@pytest.mark.parametrize(
    ("card", "frames", "changes"),
    [
        pytest.param(ANIMATE_2, 17, {"guidance_scale": 3.0, "negative_prompt": WAN_NEGATIVE_PROMPT}, id="as published"),
        pytest.param(ANIMATE_2_DISTILLED, 21, {"negative_prompt": ""}, id="distilled, a third segment shown in part"),
        pytest.param(
            ANIMATE_2, 5, {"shift": 3.0, "width": 80, "height": 48}, id="shorter than a segment, another shape"
        ),
    ],
)
def test_latents_and_frames_are_those_of_diffusers_own_blocks_to_the_bit(
    card: ModelCard, frames: int, changes: dict[str, object]
) -> None:
    asked = request(frames, **changes)
    driving = noise_driving(asked)
    latents, made = render(load(card=card), asked, driving)
    wanted, video = call_animate_2(parts(), card, asked, CAST, driving)
    count = cut_into_segments(frames, 9).count
    assert torch.equal(torch.cat([one[0, :, 1:] for one in latents.chunk(count, dim=2)], dim=1), wanted)
    assert np.array_equal(made, video)
    assert made.shape == (frames, asked.height, asked.width, 3)
    assert made.std() > 1, "an even picture would prove nothing"


@pytest.mark.parametrize("layout", [(1, 2), (2, 1), (1, 8), (2, 4)])
def test_any_number_of_ranks_has_the_bits_of_one(layout: tuple[int, int]) -> None:
    latents, frames = whole()
    for theirs, shown in run_virtually(Layout(*layout), lambda mesh: render(load(mesh), request(guidance_scale=3.0))):
        assert torch.equal(theirs, latents)
        assert np.array_equal(shown, frames)


def test_ranks_that_its_heads_cannot_be_dealt_out_to_are_refused() -> None:
    with pytest.raises(RanksDoNotFit, match="8 attention heads cannot be shared by 3 ranks: try 1, 2, 4, 8"):
        run_virtually(Layout(1, 3), load)


@pytest.mark.parametrize("stop_after", [1, STEPS, STEPS + 1])
def test_it_goes_on_from_the_last_step_of_whichever_segment(tmp_path: Path, stop_after: int) -> None:
    asked = request(guidance_scale=3.0)
    with pytest.raises(Killed):
        denoise(load(folder=tmp_path), asked, stop_after)
    animate = load(folder=tmp_path)
    clip, latents, done = denoise(animate, asked)
    assert done == list(range(stop_after + 1, 2 * STEPS + 1)), "no step is done twice"
    assert torch.equal(latents, whole()[0])
    assert np.array_equal(np.stack(list(animate.decode(clip, latents, CancelToken()))), whole()[1])
    assert list(tmp_path.iterdir()) == [], "a finished render leaves nothing"


def test_another_number_of_ranks_goes_on(tmp_path: Path) -> None:
    asked = request(guidance_scale=3.0)
    with pytest.raises(Killed):
        run_virtually(Layout(1, 2), lambda mesh: denoise(load(mesh, tmp_path), asked, STEPS + 1))
    for _, latents, done in run_virtually(Layout(2, 1), lambda mesh: denoise(load(mesh, tmp_path), asked)):
        assert done == [STEPS + 2]
        assert torch.equal(latents, whole()[0])


def test_one_that_breaks_off_while_decoding_denoises_no_step_again(tmp_path: Path) -> None:
    asked = request()
    _, latents, _ = denoise(load(folder=tmp_path), asked)
    _, again, done = denoise(load(folder=tmp_path), asked)
    assert done == []
    assert torch.equal(latents, again)


@pytest.mark.parametrize("step", [1, STEPS, STEPS + 1])
def test_a_cancel_is_obeyed_before_the_next_step_and_leaves_nothing(tmp_path: Path, step: int) -> None:
    """After the last step of a segment too, before that is drawn for the next one."""
    animate, asked, cancel = load(folder=tmp_path), request(), CancelToken()
    done: list[int] = []

    def on_step(number: int, _: int) -> None:
        done.append(number)
        if number == step:
            cancel.cancel()

    clip = animate.prepare(asked, CAST, None, cancel, noise_driving(asked))
    with pytest.raises(RenderCancelled):
        animate.denoise(clip, on_step, cancel)
    assert done == list(range(1, step + 1))
    assert list(tmp_path.iterdir()) == []


def test_a_clip_that_is_drawn_while_the_next_ones_segments_are_drawn_is_the_same() -> None:
    """In the middle of a tile, where the VAE remembers frames: as when another thread is there."""
    animate, asked = load(), request(guidance_scale=3.0)
    clip, latents, _ = denoise(animate, asked)
    others: list[torch.Tensor] = []

    def another(*_: object) -> None:
        frame.remove()
        others.append(denoise(animate, request(seed=9))[1])

    frame = parts().vae.decoder.mid_block.register_forward_hook(another)
    assert np.array_equal(np.stack(list(animate.decode(clip, latents, CancelToken()))), whole()[1])
    assert torch.equal(others[0], denoise(animate, request(seed=9))[1])


def test_weights_that_come_block_by_block_change_no_bit() -> None:
    animate = load(weight_offload=WeightOffload(CPU, "blocks"))
    assert torch.equal(denoise(animate, request(guidance_scale=3.0))[1], whole()[0])


def test_a_previs_of_the_second_segment_alone_reaches_the_model_and_the_receipt() -> None:
    asked = request()
    driving = noise_driving(asked)
    frames = driving.frames_FHWC.copy()
    frames[-1] = 0
    clip, latents, _ = denoise(load(), asked, driving=driving)
    other, others, _ = denoise(load(), asked, driving=replace(driving, frames_FHWC=frames))
    first, second = (torch.equal(*pair) for pair in zip(latents.chunk(2, 2), others.chunk(2, 2), strict=True))
    assert (first, second) == (True, False)
    assert (clip.control.form, clip.control.track_sha256) == ("frames", driving.track_sha256)
    assert clip.control.frames_sha256 == hash_frames(driving.frames_FHWC) != other.control.frames_sha256
    assert clip.drawn == {"chr_1": (f"{1:064x}",)}


def test_without_a_previs_nothing_is_prepared() -> None:
    with pytest.raises(BadReference, match="tiny-wan-animate-2 needs a previs to drive it"):
        load().prepare(request(), CAST, None, CancelToken())


def test_a_photo_is_cut_to_the_clips_shape_around_the_face() -> None:
    rows = np.repeat(np.arange(240, dtype=np.uint8)[:, None, None], 100, axis=1).repeat(3, axis=2)  # 240 high, 100 wide
    whole_photo = Photo("a" * 64, rows)
    assert np.array_equal(cut_photo(whole_photo, 100, 240), rows)
    middle, high, low = (
        cut_photo(replace(whole_photo, face=face), 100, 40)[:, 0, 0]
        for face in (None, Box(x=30, y=5, width=20, height=20), Box(x=30, y=190, width=20, height=20))
    )
    assert (middle[0], middle[-1]) == (100, 139)
    assert (high[0], high[-1]) == (0, 39), "no further than the photo reaches"
    assert (low[0], low[-1]) == (180, 219)
