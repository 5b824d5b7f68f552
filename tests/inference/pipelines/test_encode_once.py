"""What was encoded before is not encoded again, and a render cannot tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from inference.cache import TensorCache, key_of
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.protocol import RenderRequest
from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_vace
from tests.inference.pipelines.tiny import CARD, driving_of, noise_photo, request_of

CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
Pipeline = WanVacePipeline | WanAnimatePipeline


def build(family: str, cache: TensorCache, weights: dict[str, str] | None = None) -> Pipeline:
    if family == "vace":
        return WanVacePipeline(CARD, build_tiny_wan_vace(), weights or {}, cache=cache)
    return WanAnimatePipeline(CARD, build_tiny_wan_animate(), weights or {}, drive=driving_of, cache=cache)


def count_encodes(pipeline: Pipeline) -> list[str]:
    """Grows by a name at each call of a real encoder."""
    calls: list[str] = []
    for name in ("text_encoder", "image_encoder", "vae"):
        module = getattr(pipeline.parts, name, None)
        module = module.encoder if name == "vae" else module
        if module is not None:
            module.register_forward_pre_hook(lambda *_, name=name: calls.append(name))
    return calls


def render(pipeline: Pipeline, request: RenderRequest, cast: tuple[CastPhoto, ...] = CAST) -> torch.Tensor:
    cancel = CancelToken()
    shot = pipeline.prepare(request, cast, None, cancel)
    return pipeline.denoise(shot, lambda *_: None, cancel)


@pytest.mark.parametrize("family", ["vace", "animate"])
def test_the_second_request_of_a_character_encodes_nothing_and_is_the_same(family: str) -> None:
    pipeline = build(family, TensorCache())
    calls = count_encodes(pipeline)
    request = request_of(CAST, steps=1)
    first = render(pipeline, request)
    assert {"text_encoder", "vae"} <= set(calls)
    calls.clear()
    assert torch.equal(render(pipeline, request), first)
    render(pipeline, request.model_copy(update={"seed": 8}))
    assert calls == []
    nothing_kept = build(family, TensorCache(max_bytes=0))
    assert torch.equal(render(nothing_kept, request), first), "a miss makes the same bits"


def test_what_differs_is_encoded_anew() -> None:
    cache = TensorCache()
    pipeline = build("vace", cache)
    calls = count_encodes(pipeline)
    request = request_of(CAST, steps=1)
    render(pipeline, request)
    calls.clear()
    render(pipeline, request.model_copy(update={"prompt": "a man leaves"}))
    assert calls == ["text_encoder"]
    calls.clear()
    render(pipeline, request, (replace(CAST[0], photos=(noise_photo(2),)),))
    assert set(calls) == {"vae"}
    calls.clear()
    pipeline.parts.vae.enable_tiling(32, 32, 24, 24)
    render(pipeline, request)
    assert set(calls) == {"vae"}, "tiles decide the latents"
    other = build("vace", cache, {"transformer": "1" * 64})
    calls = count_encodes(other)
    render(other, request)
    assert "text_encoder" in calls, "other weights share nothing"


def test_the_cache_is_bounded_in_bytes_and_time_and_drops_what_was_asked_for_the_longest_ago() -> None:
    now = [0.0]
    cache = TensorCache(max_bytes=8, clock=lambda: now[0])
    made: list[str] = []

    def recall(name: str, size: int = 1) -> torch.Tensor:
        def make() -> torch.Tensor:
            made.append(name)
            return torch.full((size,), 7.0)

        return cache.recall(key_of(name), make)

    for name in ("a", "b", "a", "c", "a"):
        recall(name).add_(1)
        assert cache.bytes <= 8
    assert made == ["a", "b", "c"]
    assert float(recall("a")) == 7.0, "what was handed out is the caller's own"
    recall("b")
    assert made == ["a", "b", "c", "b"]
    recall("large", 3)
    recall("b")
    assert made[-1] == "large"
    now[0] = 1000.0
    recall("b")
    assert made[-1] == "b"
    assert key_of("ab", "c") != key_of("a", "bc")
