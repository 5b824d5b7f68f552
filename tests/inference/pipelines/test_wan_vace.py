"""Wan-VACE by our loop: the same pictures as the published pipeline, from the same noise, with every reference used."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from inference.exact.fingerprint import hash_frames
from inference.exact.noise import draw_noise
from inference.pipelines.contract import CancelToken, CastPhoto, Photo, RenderCancelled
from inference.pipelines.wan import TEXT_TOKENS, WanShot
from inference.pipelines.wan_vace import WanVacePipeline, as_gray
from inference.protocol import Placement, PrevisControl, RenderRequest
from tests.inference.pipelines.tiny import CARD, noise_driving, noise_photo, request_of

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


def published(
    vace: WanVacePipeline,
    request: RenderRequest,
    cast: tuple[CastPhoto, ...],
    noise: torch.Tensor,
    output: str,
    video: list[Image.Image] | None = None,
) -> torch.Tensor | np.ndarray:
    """What diffusers' own pipeline makes of the same request and noise."""
    vace.parts.set_progress_bar_config(disable=True)
    made: torch.Tensor | np.ndarray = vace.parts(
        video=video,
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        reference_images=[[Image.fromarray(photo.rgb_HWC_uint8) for one in cast for photo in one.photos]],
        height=request.height,
        width=request.width,
        num_frames=request.frames,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance_scale,
        latents=noise,
        max_sequence_length=TEXT_TOKENS,
        output_type=output,
        return_dict=False,
    )[0]
    return made


@pytest.mark.parametrize("guidance_scale", [1.0, 5.0])
def test_latents_and_frames_are_those_of_the_published_pipeline_to_the_bit(
    vace: WanVacePipeline, cast: tuple[CastPhoto, ...], guidance_scale: float
) -> None:
    request = request_of(cast, steps=STEPS, guidance_scale=guidance_scale, negative_prompt="blurred")
    _, latents, frames = render(vace, request, cast)
    noise = draw_noise(tuple(latents.shape), request.seed)
    theirs = published(vace, request, cast, noise, "latent")
    assert isinstance(theirs, torch.Tensor)
    assert torch.equal(latents, theirs)
    video = published(vace, request, cast, noise, "np")
    assert isinstance(video, np.ndarray)
    assert np.array_equal(frames, np.round(video[0] * 255).astype(np.uint8))
    assert frames.shape == (request.frames, request.height, request.width, 3)
    assert frames.std() > 1, "an even picture would prove nothing"


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


def test_a_previs_goes_in_as_its_gray_rendering_as_the_published_pipeline_takes_it(
    vace: WanVacePipeline, cast: tuple[CastPhoto, ...]
) -> None:
    request = request_of(cast, steps=2, control=PrevisControl())
    driving, cancel = noise_driving(request), CancelToken()
    gray_FHWC = as_gray(driving.frames_FHWC)
    shot = vace.prepare(request, cast, None, cancel, driving)
    latents = vace.denoise(shot, lambda *_: None, cancel)
    shown = [Image.fromarray(frame) for frame in gray_FHWC]
    theirs = published(vace, request, cast, draw_noise(shot.shape, request.seed), "latent", video=shown)
    assert isinstance(theirs, torch.Tensor)
    assert torch.equal(latents, theirs)
    assert shot.control is not None
    assert shot.control.form == "gray"
    assert shot.control.frames_sha256 == hash_frames(gray_FHWC)
    assert shot.control.track_sha256 == driving.track_sha256
    still = vace.denoise(vace.prepare(request, cast, None, cancel), lambda *_: None, cancel)
    assert not torch.equal(latents, still), "the previs changes nothing"


def test_of_two_experts_each_takes_its_steps(cast: tuple[CastPhoto, ...]) -> None:
    from inference.registry.tiny import build_tiny_wan_vace

    two = WanVacePipeline(CARD, build_tiny_wan_vace(experts=2), {})
    request = request_of(cast, steps=4)
    calls = {"early": 0, "late": 0}
    for name, expert in (("early", two._transformer), ("late", two._late)):
        expert.register_forward_pre_hook(lambda *_, name=name: calls.update({name: calls[name] + 1}))
    shot, latents, _ = render(two, request, cast)
    assert min(calls.values()) > 0
    assert sum(calls.values()) == 2 * request.steps
    theirs = published(two, request, cast, draw_noise(shot.shape, request.seed), "latent")
    assert isinstance(theirs, torch.Tensor)
    assert torch.equal(latents, theirs)


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
    ours, stock = WanVacePipeline(CARD, tiled, {}), WanVacePipeline(CARD, whole, {})
    one = (cast_of("chr_1", "centre", noise_photo(1)),)
    request = request_of(one, steps=2, width=80, height=48)
    _, latents, frames = render(ours, request, one)
    noise = draw_noise(tuple(latents.shape), request.seed)
    theirs = (published(pipeline, request, one, noise, "np") for pipeline in (ours, stock))
    same, far = (float(np.abs(np.round(video[0] * 255) - frames).max()) for video in theirs)
    return same, far
