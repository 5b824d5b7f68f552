"""Wan-VACE by our loop: the same pictures as the published pipeline, from the same noise, with every reference used."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from inference import recipes
from inference.exact.fingerprint import hash_frames
from inference.exact.noise import draw_noise
from inference.pipelines.contract import CancelToken, CastPhoto, Photo, RenderCancelled
from inference.pipelines.wan_shot import WanShot
from inference.pipelines.wan_vace import WanVacePipeline, as_gray
from inference.protocol import Placement, PrevisControl, RenderRequest
from inference.recipes import WAN_NEGATIVE_PROMPT
from tests.inference.pipelines.diffusers_own import call_vace
from tests.inference.pipelines.tiny import CARD, noise_driving, noise_photo, request_of

if TYPE_CHECKING:
    from diffusers import WanVACEPipeline

STEPS = 3


@pytest.fixture(scope="module")
def vace() -> WanVacePipeline:
    from inference.registry.tiny import build_tiny_wan_vace

    return WanVacePipeline(CARD, build_tiny_wan_vace(), {"transformer": "0" * 64})


@pytest.fixture(scope="module")
def cast() -> tuple[CastPhoto, ...]:
    return (cast_of("chr_1", "centre", noise_photo(1), noise_photo(2)),)


def cast_of(character_id: str, placement: Placement, *photos: Photo) -> CastPhoto:
    return CastPhoto(character_id, character_id, placement, photos)


def render(
    vace: WanVacePipeline, request: RenderRequest, cast: tuple[CastPhoto, ...]
) -> tuple[WanShot, torch.Tensor, np.ndarray]:
    cancel = CancelToken()
    shot = vace.prepare(request, cast, None, cancel)
    latents = vace.denoise(shot, lambda *_: None, cancel)
    return shot, latents, np.stack(list(vace.decode(shot, latents, cancel)))


@pytest.fixture(scope="module")
def theirs() -> WanVACEPipeline:
    """The same weights, loaded once more: nothing of ours has touched them."""
    from inference.registry.tiny import build_tiny_wan_vace

    return build_tiny_wan_vace()


LEFT = cast_of("left", "left", noise_photo(4), noise_photo(5))
RIGHT = cast_of("right", "right", noise_photo(3))
PLAIN: dict[str, object] = {"negative_prompt": WAN_NEGATIVE_PROMPT, "steps": STEPS}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as published"),
        pytest.param({"shift": 3.0, "negative_prompt": "blurred"}, id="values of one's own"),
        pytest.param({"guidance_scale": 1.0}, id="no guidance"),
    ],
)
def test_latents_and_frames_are_those_of_diffusers_own_call_to_the_bit(
    vace: WanVacePipeline, theirs: WanVACEPipeline, changes: dict[str, object]
) -> None:
    request = request_of((RIGHT, LEFT), **PLAIN | changes)
    shot, latents, frames = render(vace, request, (RIGHT, LEFT))
    wanted, video = call_vace(theirs, CARD, request, (LEFT, RIGHT), draw_noise(shot.shape, request.seed))
    assert torch.equal(latents, wanted)
    assert np.array_equal(frames, video)
    assert frames.shape == (request.frames, request.height, request.width, 3)
    assert frames.std() > 1, "an even picture would prove nothing"


def test_a_previs_goes_in_as_diffusers_own_call_takes_its_gray_rendering_and_a_white_mask(
    vace: WanVacePipeline, theirs: WanVACEPipeline
) -> None:
    request = request_of((LEFT, RIGHT), control=PrevisControl(), **PLAIN)
    driving, cancel = noise_driving(request), CancelToken()
    gray_FHWC = as_gray(driving.frames_FHWC)
    shot = vace.prepare(request, (LEFT, RIGHT), None, cancel, driving)
    latents = vace.denoise(shot, lambda *_: None, cancel)
    frames = np.stack(list(vace.decode(shot, latents, cancel)))
    noise = draw_noise(shot.shape, request.seed)
    for mask in (None, np.full(gray_FHWC.shape[:3], 255, np.uint8)):  # all of it is to be drawn, said or not
        wanted, video = call_vace(theirs, CARD, request, (LEFT, RIGHT), noise, gray_FHWC, mask)
        assert torch.equal(latents, wanted)
        assert np.array_equal(frames, video)
    kept = np.zeros(gray_FHWC.shape[:3], np.uint8)
    assert not torch.equal(latents, call_vace(theirs, CARD, request, (LEFT, RIGHT), noise, gray_FHWC, kept)[0])
    assert shot.control is not None
    assert shot.control.form == "gray"
    assert shot.control.frames_sha256 == hash_frames(gray_FHWC)
    assert shot.control.track_sha256 == driving.track_sha256
    still = vace.denoise(vace.prepare(request, (LEFT, RIGHT), None, cancel), lambda *_: None, cancel)
    assert not torch.equal(latents, still), "the previs changes nothing"


def test_references_stand_in_front_in_the_order_of_the_authors_code(vace: WanVacePipeline) -> None:
    """Wan2.1, wan/vace.py, vace_encode_frames: [*references, video]; diffusers would turn them round."""
    both = control_of(vace, LEFT, RIGHT)
    alone = [control_of(vace, cast_of("a", "centre", photo))[:, :, 0] for photo in (*LEFT.photos, *RIGHT.photos)]
    assert [torch.equal(both[:, :, i], alone[i]) for i in range(3)] == [True] * 3
    assert not both[:, 16:, :3].any(), "a reference is kept: nothing of it is to be drawn anew"
    assert both[:, 32:, 3:].all(), "all of the clip is to be drawn"


def control_of(vace: WanVacePipeline, *cast: CastPhoto) -> torch.Tensor:
    return vace.prepare(request_of(cast), cast, None, CancelToken()).fixed["control_hidden_states"]


@pytest.mark.parametrize(("rgb", "gray"), [((255, 0, 0), 29), ((0, 255, 0), 150), ((0, 0, 255), 76)])
def test_gray_is_what_the_annotator_of_vace_makes(rgb: tuple[int, int, int], gray: int) -> None:
    """vace/annotators/gray.py weighs the first channel of RGB by 0.114 and the last by 0.299."""
    frames = np.broadcast_to(np.array(rgb, np.uint8), (1, 2, 2, 3)).copy()
    assert np.array_equal(as_gray(frames), np.full((1, 2, 2, 3), gray, np.uint8))


def test_every_reference_of_every_character_reaches_the_model_and_the_receipt(vace: WanVacePipeline) -> None:
    right = cast_of("right", "right", noise_photo(3))
    left = cast_of("left", "left", noise_photo(4), noise_photo(5))
    request = request_of((right, left), steps=1)
    shot, latents, frames = render(vace, request, (right, left))
    assert shot.leading == 3
    assert shot.drawn == {one.character_id: tuple(photo.sha256 for photo in one.photos) for one in (right, left)}
    assert len(frames) == request.frames
    for i in range(3):
        photos = [noise_photo(3), noise_photo(4), noise_photo(5)]
        photos[i] = noise_photo(9)
        changed = (cast_of("right", "right", photos[0]), cast_of("left", "left", *photos[1:]))
        _, others, _ = render(vace, request, changed)
        assert not torch.equal(latents, others), f"reference {i} changes nothing"


def test_more_references_than_latent_frames_are_no_obstacle(vace: WanVacePipeline) -> None:
    many = (cast_of("chr_1", "centre", *(noise_photo(i) for i in range(5))),)
    request = request_of(many, steps=1, seconds=5 / 16)
    shot, _, frames = render(vace, request, many)
    assert (shot.leading, len(frames)) == (5, 5)


def test_who_stands_where_decides_the_order_and_not_the_order_of_the_request(vace: WanVacePipeline) -> None:
    one, two = cast_of("a", "left", noise_photo(3)), cast_of("b", "right", noise_photo(4))
    latents = [render(vace, request_of(cast, steps=1), cast)[1] for cast in ((one, two), (two, one))]
    assert torch.equal(*latents)


def test_a_cancel_stops_within_a_step(vace: WanVacePipeline, cast: tuple[CastPhoto, ...]) -> None:
    request = request_of(cast, steps=STEPS)
    cancel = CancelToken()
    shot = vace.prepare(request, cast, None, cancel)
    seen: list[int] = []

    def cancel_after_the_first(done: int, total: int) -> None:
        seen.append(done)
        cancel.cancel()

    with pytest.raises(RenderCancelled):
        vace.denoise(shot, cancel_after_the_first, cancel)
    assert seen == [1]
    again = vace.denoise(shot, lambda *_: None, CancelToken())
    with pytest.raises(RenderCancelled):
        list(vace.decode(shot, again, cancel))


def test_the_same_request_gives_the_same_bits_whatever_came_before(
    vace: WanVacePipeline, cast: tuple[CastPhoto, ...]
) -> None:
    request = request_of(cast, steps=STEPS)
    _, first, _ = render(vace, request, cast)
    other = (cast_of("chr_9", "left", noise_photo(7)),)
    render(vace, request_of(other, seed=99, steps=2), other)
    _, second, _ = render(vace, request, cast)
    assert torch.equal(first, second)


def test_of_two_experts_each_takes_its_steps_and_diffusers_own_call_says_the_same(
    cast: tuple[CastPhoto, ...],
) -> None:
    from inference.registry.tiny import build_tiny_wan_vace

    card = replace(CARD, recipe=recipes.WAN_2_2_VACE)
    two = WanVacePipeline(card, build_tiny_wan_vace(experts=2), {})
    request = request_of(cast, negative_prompt=WAN_NEGATIVE_PROMPT, steps=8)
    calls = {"early": 0, "late": 0}
    for name, expert in (("early", two._transformer), ("late", two._late)):
        expert.register_forward_pre_hook(lambda *_, name=name: calls.update({name: calls[name] + 1}))
    shot, latents, frames = render(two, request, cast)
    assert min(calls.values()) > 0
    assert sum(calls.values()) == 2 * request.steps
    noise = draw_noise(shot.shape, request.seed)
    wanted, video = call_vace(build_tiny_wan_vace(experts=2), card, request, cast, noise)
    assert torch.equal(latents, wanted)
    assert np.array_equal(frames, video)


def test_in_tiles_it_is_the_published_pipeline_in_tiles_and_its_stock_mode_is_near() -> None:
    same, stock = stock_difference()
    assert same == 0
    assert stock > 0, "in tiles of 32 pixels noise differs at their edges: the bench says by how much"


def stock_difference() -> tuple[float, float]:
    """Greatest difference of any pixel, of 255: from the published pipeline in our mode, and in its stock mode.

    Stock decodes and encodes whole pictures, and is otherwise the same: its guidance makes two forwards as well.
    """
    from inference.registry.tiny import build_tiny_wan_vace

    tiled, whole = build_tiny_wan_vace(), build_tiny_wan_vace()
    tiled.vae.enable_tiling(32, 32, 24, 24)
    ours = WanVacePipeline(CARD, tiled, {})
    one = (cast_of("chr_1", "centre", noise_photo(1)),)
    request = request_of(one, steps=2, width=80, height=48)
    _, latents, frames = render(ours, request, one)
    noise = draw_noise(tuple(latents.shape), request.seed)
    videos = (call_vace(parts, CARD, request, one, noise)[1] for parts in (tiled, whole))
    same, far = (float(np.abs(video.astype(int) - frames).max()) for video in videos)
    return same, far
