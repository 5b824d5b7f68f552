"""Previs → final: the previs of the same request leads Wan-VACE and Wan-Animate, and the receipt says with what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from inference.catalogue import RequestRefused, check_against
from inference.exact.fingerprint import hash_latents, hash_weights
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.driving import Driving, PrevisDriver, hash_pictures
from inference.pipelines.previs import PrevisPipeline
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import PrevisControl, RenderRequest
from inference.registry.tiny import FACE_SIDE, build_tiny_wan_animate, build_tiny_wan_vace
from tests.inference.pipelines.tiny import CARD, request_of

GREY, COLOUR = PrevisControl(rendering="grey"), PrevisControl(rendering="colour")


@pytest.fixture(scope="module")
def driver(previs: PrevisPipeline) -> PrevisDriver:
    return PrevisDriver(previs, FACE_SIDE)


def request_with(eileen: CastPhoto, control: PrevisControl | None, **changes: object) -> RenderRequest:
    return request_of((eileen,), **({"control": control, "steps": 1, "guidance_scale": 1.0} | changes))


def drive(driver: PrevisDriver, request: RenderRequest, eileen: CastPhoto) -> Driving:
    return driver(request, (eileen,), None, CancelToken())


def test_the_driving_video_is_the_previs_at_the_models_size_and_rate(
    driver: PrevisDriver, previs: PrevisPipeline, eileen: CastPhoto
) -> None:
    request = request_with(eileen, COLOUR, width=128, height=64, prompt="Eileen turns her head to the left")
    driving = drive(driver, request, eileen)
    assert driving.pose_FHWC.shape == (9, 64, 128, 3)
    assert driving.face_FHWC.shape == (9, FACE_SIDE, FACE_SIDE, 3)
    assert driving.weights_sha256 == hash_weights(previs.weights)
    take = request.model_copy(
        update={"model": "previs", "fps": 24, "seconds": 13 / 24, "steps": 20, "guidance_scale": 2.5, "control": None}
    )
    cancel = CancelToken()
    shot = previs.prepare(take, (eileen,), None, cancel)
    frames = list(previs.decode(shot, previs.denoise(shot, lambda *_: None, cancel), cancel))
    for ours, theirs in ((0, 0), (2, 3), (8, 12)):  # 16 to 24 fps: every second frame falls on a third
        assert np.array_equal(driving.pose_FHWC[ours], frames[theirs])
    grey = drive(driver, request.model_copy(update={"control": GREY}), eileen).pose_FHWC
    assert np.array_equal(grey[..., 0], grey[..., 2])
    assert grey.std() > 1


def test_the_control_reaches_wan_vace_as_the_receipt_says(driver: PrevisDriver, eileen: CastPhoto) -> None:
    vace = WanVacePipeline(CARD, build_tiny_wan_vace(), {}, drive=driver)
    entered: list[torch.Tensor] = []
    vace._transformer.register_forward_pre_hook(
        lambda _, __, inputs: entered.append(inputs["control_hidden_states"]), with_kwargs=True
    )
    made = {}
    cancel = CancelToken()
    for name, control in (("none", None), ("grey", GREY), ("colour", COLOUR)):
        request = request_with(eileen, control)
        check_against(CARD, request)
        shot = vace.prepare(request, (eileen,), None, cancel)
        made[name] = vace.denoise(shot, lambda *_: None, cancel)
        if control is None:
            assert shot.led_by is None
            continue
        driving = drive(driver, request, eileen)
        assert shot.led_by is not None
        assert shot.led_by.rendering == control.rendering
        assert shot.led_by.pictures_sha256 == hash_pictures(driving.pose_FHWC, driving.face_FHWC)
        assert shot.led_by.tensor_sha256 == hash_latents(entered[-1])
    assert not torch.equal(made["none"], made["grey"])
    assert not torch.equal(made["grey"], made["colour"])


def test_the_previs_drives_wan_animate(driver: PrevisDriver, eileen: CastPhoto) -> None:
    card = replace(CARD, controls=("colour",), needs_control=True)
    animate = WanAnimatePipeline(card, build_tiny_wan_animate(), {}, drive=driver)
    cancel = CancelToken()
    request = request_with(eileen, COLOUR)
    shots = [
        animate.prepare(one, (eileen,), None, cancel)
        for one in (request, request, request.model_copy(update={"prompt": "Eileen nods twice, then shakes her head"}))
    ]
    assert shots[0].led_by == shots[1].led_by
    assert shots[0].led_by != shots[2].led_by
    assert shots[0].led_by.tensor_sha256 == hash_latents(shots[0].pose)
    with pytest.raises(RequestRefused, match="ask for a previs control \\(colour\\)"):
        check_against(card, request_with(eileen, None))
    with pytest.raises(RequestRefused, match="control colour, not grey"):
        check_against(card, request_with(eileen, GREY))


def test_a_control_that_nobody_can_draw_or_follow_is_refused(eileen: CastPhoto) -> None:
    with pytest.raises(RequestRefused, match="follows no control"):
        check_against(replace(CARD, controls=()), request_with(eileen, GREY))
    alone = WanVacePipeline(CARD, build_tiny_wan_vace(), {})
    with pytest.raises(RequestRefused, match="without the previs"):
        alone.prepare(request_with(eileen, GREY), (eileen,), None, CancelToken())
