"""Every preparation is walked with the weights on `meta`, where a product of two devices raises, and nothing is built.

What only ever ran on the CPU never noticed that an encoder's inputs were placed before its weights had moved.
"""

from __future__ import annotations

import itertools

import pytest
import torch

from inference.pipelines import encoder_cache, wan_animate_2, weight_offload
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.driven_clip import DrivenClip
from inference.pipelines.driven_parts import DrivenParts
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_animate_2 import WanAnimate2Pipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.pipelines.weight_offload import WeightOffload
from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_animate_2, build_tiny_wan_vace
from tests.inference.driven_passes import without_mask
from tests.inference.pipelines.tiny import ANIMATE, ANIMATE_2, CARD, noise_driving, noise_photo, request_of

META = torch.device("meta")
CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1), noise_photo(2))),)


@pytest.fixture(autouse=True)
def meta_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no accelerator that could be asked."""
    monkeypatch.setattr(weight_offload, "free_bytes", lambda _: 1 << 40)


@pytest.fixture
def without_content(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tensors without content have no hash."""
    numbers = itertools.count()
    # Nor can it be asked whether a mask hides anything; that shortcut is left out.
    monkeypatch.setattr("transformers.masking_utils._ignore_bidirectional_mask_sdpa", lambda *_: False)
    monkeypatch.setattr(encoder_cache, "_hash", lambda *_: str(next(numbers)))


@pytest.mark.usefixtures("without_content")
@pytest.mark.parametrize("family", ["vace", "animate"])
def test_everything_is_prepared_on_the_device_of_the_weights(family: str) -> None:
    device = WeightOffload(META)
    loaded = (
        WanVacePipeline(CARD, build_tiny_wan_vace(), {}, weight_offload=device)
        if family == "vace"
        else WanAnimatePipeline(ANIMATE, build_tiny_wan_animate(), {}, weight_offload=device)
    )
    cast = CAST if family == "vace" else (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
    request = request_of(cast)
    shot = loaded.prepare(request, cast, None, CancelToken(), noise_driving(request))
    told = {**shot.guided.towards, **shot.guided.away, **shot.fixed, "beside": shot.beside}
    assert {name: tensor.device for name, tensor in told.items() if tensor is not None and tensor.device != META} == {}
    latents, t = torch.empty(shot.shape, device=META), torch.ones((), device=META)
    with torch.inference_mode():
        prediction = loaded._predict(shot, loaded.parts.transformer, latents, t, shot.guided.towards)
    assert (prediction.device, prediction.shape) == (META, latents.shape)


@pytest.mark.usefixtures("without_content")
def test_segments_are_conditioned_read_and_looked_at_on_the_device_of_the_weights() -> None:
    """The driving video's mask alone is left out: it is made by asking tensors for their content."""
    driven = WanAnimate2Pipeline(
        ANIMATE_2, DrivenParts.of(build_tiny_wan_animate_2()), {}, weight_offload=WeightOffload(META)
    )
    cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
    request = request_of(cast, seconds=17 / 16)
    clip = driven.prepare(request, cast, None, CancelToken(), noise_driving(request))
    assert isinstance(clip, DrivenClip)
    assert {one.device for one in (*clip.fixed.values(), *clip.guided.away.values(), clip.picture)} == {META}
    finished: list[torch.Tensor] = []
    with torch.inference_mode(), without_mask(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(wan_animate_2, "as_pictures", lambda *_: None)  # which brings them to the host
        for number in range(clip.segments.count):
            shot = driven._condition(clip, number, finished, CancelToken())
            assert shot.beside is not None
            assert {shot.beside.device, shot.fixed["driving"].device} == {META}
            ask = driven._model_of(shot, driven._transformer)
            latents = torch.empty(shot.shape, device=META)
            for own in (shot.guided.towards, shot.guided.away):
                prediction = ask(latents, torch.ones((), device=META), own)
                assert (prediction.device, prediction.shape) == (META, latents.shape)
            finished.append(latents)


def test_inputs_follow_the_weights_and_a_place_is_no_part_of_what_is_remembered() -> None:
    came: list[torch.device] = []

    def encode(x: torch.Tensor, *, pair: tuple[torch.Tensor, int]) -> torch.Tensor:
        came.extend((x.device, pair[0].device))
        return x

    lent = WeightOffload(META).lending(torch.nn.Linear(1, 1), encode)
    lent(torch.ones(1), pair=(torch.ones(1), 3))
    assert came == [META, META]
