"""Wan-Animate by our loop: the published pipeline's pictures to the bit, and everything of the previs reaches it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from inference.exact.fingerprint import hash_frames
from inference.exact.noise import draw_noise
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_shot import WanShot
from inference.protocol import PrevisControl, RenderRequest
from inference.recipes import WAN_NEGATIVE_PROMPT
from tests.inference.pipelines.diffusers_own import call_animate
from tests.inference.pipelines.tiny import ANIMATE, noise_driving, noise_photo, request_of

CAST = (CastPhoto("chr_1", "chr_1", "centre", (noise_photo(1), noise_photo(2))),)


@pytest.fixture(scope="module")
def animate() -> WanAnimatePipeline:
    from inference.registry.tiny import build_tiny_wan_animate

    return WanAnimatePipeline(ANIMATE, build_tiny_wan_animate(), {"transformer": "0" * 64})


def request(**changes: object) -> RenderRequest:
    return request_of(CAST, model=ANIMATE.name, control=PrevisControl(), **{"negative_prompt": "blurred"} | changes)


def render(
    animate: WanAnimatePipeline, request: RenderRequest, driving: DrivingVideo
) -> tuple[WanShot, torch.Tensor, np.ndarray]:
    cancel = CancelToken()
    shot = animate.prepare(request, CAST, None, cancel, driving)
    latents = animate.denoise(shot, lambda *_: None, cancel)
    return shot, latents, np.stack(list(animate.decode(shot, latents, cancel)))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"guidance_scale": 1.0, "negative_prompt": ""}, id="as published"),
        pytest.param({"guidance_scale": 4.0}, id="with guidance"),
        pytest.param({"guidance_scale": 2.0, "shift": 3.0, "negative_prompt": "blurred"}, id="values of one's own"),
    ],
)
def test_latents_and_frames_are_those_of_diffusers_own_call_to_the_bit(
    animate: WanAnimatePipeline, changes: dict[str, object]
) -> None:
    from inference.registry.tiny import build_tiny_wan_animate

    asked = request(**{"negative_prompt": WAN_NEGATIVE_PROMPT} | changes)
    driving = noise_driving(asked)
    shot, latents, frames = render(animate, asked, driving)
    noise = draw_noise(shot.shape, asked.seed)
    wanted, video = call_animate(build_tiny_wan_animate(), ANIMATE, asked, CAST, noise, driving)
    assert torch.equal(latents, wanted)
    assert np.array_equal(frames, video)
    assert frames.shape == (asked.frames, asked.height, asked.width, 3)
    assert frames.std() > 1, "an even picture would prove nothing"


@pytest.mark.parametrize("part", ["poses_FHWC", "faces_FHWC"])
def test_what_the_previs_shows_reaches_the_model_and_the_receipt(animate: WanAnimatePipeline, part: str) -> None:
    asked = request(steps=1)
    driving = noise_driving(asked)
    changed = replace(driving, **{part: getattr(noise_driving(asked, seed=5), part)})
    (shot, latents, _), (other, others, _) = render(animate, asked, driving), render(animate, asked, changed)
    assert not torch.equal(latents, others), f"{part} changes nothing"
    assert shot.control is not None
    assert other.control is not None
    assert shot.control.form == "pose_and_face"
    assert shot.control.frames_sha256 == hash_frames(driving.poses_FHWC, driving.faces_FHWC)
    assert shot.control.frames_sha256 != other.control.frames_sha256


def test_the_photo_reaches_the_model(animate: WanAnimatePipeline) -> None:
    asked = request(steps=1)
    driving, cancel = noise_driving(asked), CancelToken()
    other = (replace(CAST[0], photos=(noise_photo(9),)),)
    shots = [animate.prepare(asked, cast, None, cancel, driving) for cast in (CAST, other)]
    latents = [animate.denoise(shot, lambda *_: None, cancel) for shot in shots]
    assert not torch.equal(*latents)
    assert [shot.drawn for shot in shots] == [{"chr_1": (f"{1:064x}",)}, {"chr_1": (f"{9:064x}",)}]


def test_in_tiles_it_is_the_published_pipeline_in_tiles_and_its_stock_mode_is_near() -> None:
    same, stock = stock_difference()
    assert same == 0
    assert stock > 0


def stock_difference() -> tuple[float, float]:
    """As for Wan-VACE: greatest difference of any pixel, of 255, in our mode and in the stock one."""
    from inference.registry.tiny import build_tiny_wan_animate

    tiled, whole = build_tiny_wan_animate(), build_tiny_wan_animate()
    tiled.vae.enable_tiling(32, 32, 24, 24)
    ours = WanAnimatePipeline(ANIMATE, tiled, {})
    asked = request(steps=2, width=80, height=48)
    driving = noise_driving(asked)
    shot, _, frames = render(ours, asked, driving)
    noise = draw_noise(shot.shape, asked.seed)
    videos = (call_animate(parts, ANIMATE, asked, CAST, noise, driving)[1] for parts in (tiled, whole))
    same, far = (float(np.abs(video.astype(int) - frames).max()) for video in videos)
    return same, far
