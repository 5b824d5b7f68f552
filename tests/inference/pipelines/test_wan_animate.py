"""Wan-Animate by our loop: the pictures of the published pipeline, driven by a video that is felt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from inference.exact.fingerprint import hash_latents
from inference.exact.noise import draw_noise
from inference.pipelines.contract import CancelToken, CastPhoto, RenderCancelled
from inference.pipelines.driving import hash_pictures
from inference.pipelines.wan import TEXT_TOKENS
from inference.pipelines.wan_animate import AnimateShot, WanAnimatePipeline
from inference.protocol import RenderRequest
from inference.registry.tiny import build_tiny_wan_animate
from tests.inference.pipelines.tiny import CARD, driving_of, noise_photo, request_of

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)


@pytest.fixture(scope="module")
def animate() -> WanAnimatePipeline:
    return WanAnimatePipeline(CARD, build_tiny_wan_animate(), {"transformer": "0" * 64}, drive=driving_of)


def render(
    animate: WanAnimatePipeline, request: RenderRequest, cast: tuple[CastPhoto, ...] = CAST
) -> tuple[AnimateShot, torch.Tensor, npt.NDArray[np.uint8]]:
    cancel = CancelToken()
    shot = animate.prepare(request, cast, None, cancel)
    latents = animate.denoise(shot, lambda *_: None, cancel)
    return shot, latents, np.stack(list(animate.decode(shot, latents, cancel)))


def published(
    animate: WanAnimatePipeline, request: RenderRequest, noise: torch.Tensor
) -> tuple[torch.Tensor, npt.NDArray[np.uint8]]:
    """Latents after the last step, and frames, of diffusers' own pipeline: same request, driving video and noise."""
    animate.parts.set_progress_bar_config(disable=True)
    driving = driving_of(request, CAST, None, CancelToken())
    walked: list[torch.Tensor] = []

    def keep(_: object, step: int, t: object, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        walked.append(tensors["latents"])
        return {}

    video = animate.parts(
        image=Image.fromarray(CAST[0].photos[0].rgb_HWC_uint8),
        pose_video=[Image.fromarray(frame) for frame in driving.pose_FHWC],
        face_video=[Image.fromarray(frame) for frame in driving.face_FHWC],
        prompt=request.prompt,
        negative_prompt=request.negative_prompt,
        height=request.height,
        width=request.width,
        segment_frame_length=request.frames,
        num_inference_steps=request.steps,
        guidance_scale=request.guidance_scale,
        latents=noise,
        callback_on_step_end=keep,
        max_sequence_length=TEXT_TOKENS,
        output_type="np",
        return_dict=False,
    )[0]
    return walked[-1], np.round(video[0] * 255).astype(np.uint8)


@pytest.mark.parametrize("guidance_scale", [1.0, 5.0])
def test_latents_and_frames_are_those_of_the_published_pipeline_to_the_bit(
    animate: WanAnimatePipeline, guidance_scale: float, record_property: Callable[[str, object], None]
) -> None:
    request = request_of(CAST, guidance_scale=guidance_scale, negative_prompt="blurred")
    vae = animate.parts.vae
    vae.enable_tiling(32, 32, 24, 24)
    _, latents, frames = render(animate, request)
    noise = draw_noise(tuple(latents.shape), request.seed)
    their_latents, their_frames = published(animate, request, noise)
    assert torch.equal(latents, their_latents)
    assert np.array_equal(frames, their_frames)
    assert frames.shape == (request.frames, request.height, request.width, 3)
    assert frames.std() > 1, "an even picture would prove nothing"
    vae.disable_tiling()
    stock_latents, stock_frames = published(animate, request, noise)
    differences = (latents - stock_latents).abs().max(), np.abs(frames.astype(int) - stock_frames).max()
    record_property("stock_latents_difference", float(differences[0]))
    record_property("stock_frames_difference", int(differences[1]))
    assert differences[1] > 0, "whole pictures and tiles differ; were they equal, nothing was tiled"


def test_the_driving_video_its_face_and_the_photo_reach_the_model(animate: WanAnimatePipeline) -> None:
    request = request_of(CAST, steps=1)
    shot, latents, _ = render(animate, request)
    assert shot.drawn == {"chr_1": (CAST[0].photos[0].sha256,)}
    driving = driving_of(request, CAST, None, CancelToken())
    assert shot.led_by.pictures_sha256 == hash_pictures(driving.pose_FHWC, driving.face_FHWC)
    assert shot.led_by.tensor_sha256 == hash_latents(shot.pose)
    others = (
        replace(driving, pose_FHWC=255 - driving.pose_FHWC),
        replace(driving, face_FHWC=255 - driving.face_FHWC),
    )
    for other in others:
        changed = WanAnimatePipeline(CARD, animate.parts, {}, drive=lambda *_, other=other: other)
        shot_of_other, moved, _ = render(changed, request)
        assert shot_of_other.led_by.pictures_sha256 != shot.led_by.pictures_sha256
        assert not torch.equal(moved, latents)
    somebody_else = (replace(CAST[0], photos=(noise_photo(8),)),)
    assert not torch.equal(render(animate, request, somebody_else)[1], latents)


def test_a_driving_video_is_told_apart_by_its_shape_too() -> None:
    pose, face = np.zeros((2, 4, 6, 3), np.uint8), np.zeros((2, 2, 2, 3), np.uint8)
    assert hash_pictures(pose, face) != hash_pictures(pose.reshape(2, 6, 4, 3), face)


def test_a_cancel_stops_within_a_step(animate: WanAnimatePipeline) -> None:
    cancel = CancelToken()
    shot = animate.prepare(request_of(CAST), CAST, None, cancel)
    seen: list[int] = []

    def cancel_after_the_first(done: int, total: int) -> None:
        seen.append(done)
        cancel.cancel()

    with pytest.raises(RenderCancelled):
        animate.denoise(shot, cancel_after_the_first, cancel)
    assert seen == [1]
