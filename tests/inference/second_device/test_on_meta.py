"""Every preparation is walked with the weights on `meta`, where a product of two devices raises, and nothing is built.

What only ever ran on the CPU never noticed that an encoder's inputs were placed before its weights had moved.
"""

from __future__ import annotations

import itertools

import pytest
import torch

from inference.pipelines import encoder_cache, weight_offload
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.pipelines.weight_offload import WeightOffload
from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_vace
from tests.inference.pipelines.tiny import ANIMATE, CARD, noise_driving, noise_photo, request_of

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


def test_inputs_follow_the_weights_and_a_place_is_no_part_of_what_is_remembered() -> None:
    came: list[torch.device] = []

    def encode(x: torch.Tensor, *, pair: tuple[torch.Tensor, int]) -> torch.Tensor:
        came.extend((x.device, pair[0].device))
        return x

    lent = WeightOffload(META).lending(torch.nn.Linear(1, 1), encode)
    lent(torch.ones(1), pair=(torch.ones(1), 3))
    assert came == [META, META]
