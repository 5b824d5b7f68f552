"""Keyframes in VACE: its own preprocessing, bit for bit, and of what they are in the latents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from inference import recipes
from inference.exact.fingerprint import hash_frames
from inference.exact.noise import draw_noise
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo, Keyframe
from inference.pipelines.control_frames import fit_keyframe
from inference.pipelines.wan import WanShot
from inference.pipelines.wan_vace import WanVacePipeline, as_gray
from inference.protocol import PrevisControl, RenderRequest
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.pipelines.diffusers_own import call_vace
from tests.inference.pipelines.tiny import CARD, noise_driving, noise_keyframe, noise_photo, request_of

LEFT = CastPhoto("left", "left", "left", (noise_photo(4), noise_photo(5)))
RIGHT = CastPhoto("right", "right", "right", (noise_photo(3),))
CAST = (LEFT, RIGHT)


@pytest.fixture(scope="module")
def vace() -> WanVacePipeline:
    return WanVacePipeline(CARD, build_tiny_wan_vace(), {})


def as_the_authors_make_them(request: RenderRequest, keyframes: tuple[Keyframe, ...]) -> tuple[np.ndarray, np.ndarray]:
    """vace/annotators/frameref.py (FrameRefExtractAnnotator): frames and masks of 0..255, as floats of 0..1."""
    at = {keyframe.frame: keyframe.rgb_HWC_uint8 for keyframe in keyframes}
    blank = np.ones((request.height, request.width, 3), np.float32)
    video = [at[i].astype(np.float32) if i in at else blank * 127.5 for i in range(request.frames)]
    masks = [blank * 0 if i in at else blank * 255 for i in range(request.frames)]
    return np.stack(video) / np.float32(255), np.stack(masks) / np.float32(255)


def render(
    vace: WanVacePipeline, request: RenderRequest, keyframes: tuple[Keyframe, ...], driving: DrivingVideo | None = None
) -> tuple[WanShot, torch.Tensor, np.ndarray]:
    cancel = CancelToken()
    shot = vace.prepare(request, CAST, None, cancel, driving, keyframes)
    latents = vace.denoise(shot, lambda *_: None, cancel)
    return shot, latents, np.stack(list(vace.decode(shot, latents, cancel)))


@pytest.mark.parametrize("frames", [(0,), (8,), (0, 8), (0, 5, 8), (3,)], ids=str)
def test_latents_and_frames_are_those_of_diffusers_own_call_with_the_authors_video_and_mask(
    vace: WanVacePipeline, frames: tuple[int, ...]
) -> None:
    request = request_of(CAST, steps=2, width=80, height=48)
    keyframes = tuple(noise_keyframe(frame, request) for frame in frames)
    shot, latents, pictures = render(vace, request, keyframes)
    noise = draw_noise(shot.shape, request.seed)
    video, mask = as_the_authors_make_them(request, keyframes)
    wanted, wanted_pictures = call_vace(build_tiny_wan_vace(), CARD, request, CAST, noise, video, mask)
    assert torch.equal(latents, wanted)
    assert np.array_equal(pictures, wanted_pictures)
    assert not torch.equal(latents, render(vace, request, ())[1]), "the keyframes change nothing"


def test_beside_a_previs_keyframes_stand_in_place_of_its_gray_frames(vace: WanVacePipeline) -> None:
    request = request_of(CAST, steps=2, control=PrevisControl())
    driving, keyframes = noise_driving(request), (noise_keyframe(0, request), noise_keyframe(8, request))
    shot, latents, pictures = render(vace, request, keyframes, driving)
    shown = as_gray(driving.frames_FHWC)
    shown[0], shown[8] = (keyframe.rgb_HWC_uint8 for keyframe in keyframes)
    mask = np.full(shown.shape[:3], 255, np.uint8)
    mask[[0, 8]] = 0
    noise = draw_noise(shot.shape, request.seed)
    wanted, wanted_pictures = call_vace(build_tiny_wan_vace(), CARD, request, CAST, noise, shown, mask)
    assert torch.equal(latents, wanted)
    assert np.array_equal(pictures, wanted_pictures)
    assert shot.control is not None
    assert shot.control.frames_sha256 == hash_frames(shown), "the receipt tells what the model was shown"


def test_both_experts_are_shown_them() -> None:
    card = replace(CARD, recipe=recipes.WAN_2_2_VACE)
    request = request_of(CAST, steps=4)
    keyframes = (noise_keyframe(0, request),)
    shot, latents, _ = render(WanVacePipeline(card, build_tiny_wan_vace(experts=2), {}), request, keyframes)
    noise = draw_noise(shot.shape, request.seed)
    given = as_the_authors_make_them(request, keyframes)
    assert torch.equal(latents, call_vace(build_tiny_wan_vace(experts=2), card, request, CAST, noise, *given)[0])


def test_what_is_kept_and_what_is_drawn_are_told_apart_by_the_mask(vace: WanVacePipeline) -> None:
    """Where the mask is 0 a keyframe lies among the kept latents, and nothing among those that are drawn over."""
    request = request_of(CAST, seconds=13 / 16)
    cancel = CancelToken()

    def control(*keyframes: Keyframe) -> torch.Tensor:
        shot = vace.prepare(request, CAST, None, cancel, None, keyframes)
        return shot.fixed["control_hidden_states"][0, :, shot.leading :]

    bare, first, fourth = control(), control(noise_keyframe(0, request)), control(noise_keyframe(4, request))
    kept, over = slice(0, 16), slice(16, 32)
    assert not torch.equal(first[kept, 0], bare[kept, 0])
    assert torch.equal(first[over], bare[over]), "middle gray is to be drawn over, wherever it stands"
    assert torch.equal(fourth[kept, 0], bare[kept, 0]), "what comes later is not seen before"
    assert not torch.equal(fourth[kept, 1], bare[kept, 1])
    masks = [[float(mask.min()) for mask in told[32:].unbind(1)] for told in (bare, first, fourth)]
    # the published code takes every latent frame's mask from one frame, by the nearest in even spacing: 1, 4, 8, 11
    assert masks == [[1, 1, 1, 1], [1, 1, 1, 1], [1, 0, 1, 1]]


@pytest.mark.parametrize(("width", "height"), [(64, 48), (1280, 720), (90, 48)])
def test_a_picture_of_another_size_covers_the_frame_and_keeps_its_shape(width: int, height: int) -> None:
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, width // 2 :] = 255
    fitted = fit_keyframe(picture, 80, 48)
    assert fitted.shape == (48, 80, 3)
    assert (fitted[:, :36].max(), fitted[:, 44:].min()) == (0, 255), "its middle is the frame's"
