"""What cannot fit is refused before it is tried, with what would; what fits is not hindered."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from inference.catalogue import WAN_VACE_14B, RequestRefused
from inference.cost import WanShape
from inference.pipelines import weight_offload
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.memory_check import check_memory
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest
from inference.registry.tiny import build_tiny_wan_vace
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)


def large(**changes: object) -> RenderRequest:
    return request_of(CAST, model=WAN_VACE_14B.name, width=1280, height=720, seconds=81 / 16, steps=50, **changes)


def test_a_720p_clip_is_refused_on_a_small_card_and_the_way_out_is_named() -> None:
    free = int(12e9)
    with pytest.raises(
        RequestRefused, match=r"wan-vace-14b needs about .* GB for 1280x720 and 81 frames, and 12\.0 GB"
    ) as no:
        check_memory(WAN_VACE_14B, large(), free, 2, ranks=1)
    assert "832x480" in no.value.nearest
    for size in no.value.nearest:
        width, height = map(int, size.split("x"))
        check_memory(WAN_VACE_14B, large().model_copy(update={"width": width, "height": height}), free, 2, ranks=1)
    check_memory(WAN_VACE_14B, large(), free, 2, ranks=4)


def test_nothing_fits_where_there_is_nothing() -> None:
    with pytest.raises(RequestRefused, match="try a shorter clip, or more ranks"):
        check_memory(WAN_VACE_14B, large(), int(1e8), 2, ranks=1)


def test_a_render_that_is_refused_harms_none_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    card = replace(CARD, shape=WanShape(width=96, feed_forward=96, blocks=3, vace_blocks=2))
    vace = WanVacePipeline(card, build_tiny_wan_vace(), {})
    request, cancel = request_of(CAST, steps=1), CancelToken()
    with monkeypatch.context() as small:
        small.setattr(weight_offload, "free_bytes", lambda _: 1000)
        with pytest.raises(RequestRefused):
            vace.prepare(request, CAST, None, cancel)
    shot = vace.prepare(request, CAST, None, cancel)
    assert torch.isfinite(vace.denoise(shot, lambda *_: None, cancel)).all()
