"""Encodings remembered by content: the second request of a character runs no encoder, and gives the same bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch

from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.encoder_cache import Encodings
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_vace
from tests.inference.pipelines.tiny import ANIMATE, CARD, noise_driving, noise_photo, request_of

Loaded = WanVacePipeline | WanAnimatePipeline
CAST = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)


def fresh(family: str) -> Loaded:
    if family == "animate":
        return WanAnimatePipeline(ANIMATE, build_tiny_wan_animate(), {})
    return WanVacePipeline(CARD, build_tiny_wan_vace(), {})


def prepare(loaded: Loaded, cast: tuple[CastPhoto, ...] = CAST, **changes: object) -> dict[str, torch.Tensor]:
    """Everything that the transformer will be told."""
    request = request_of(cast, **changes)
    shot = loaded.prepare(request, cast, None, CancelToken(), noise_driving(request))
    beside = {} if shot.beside is None else {"beside": shot.beside}
    away = {f"away {name}": tensor for name, tensor in shot.guided.away.items()}
    return {**shot.guided.towards, **away, **shot.fixed, **beside}


@contextmanager
def counted(loaded: Loaded) -> Iterator[dict[str, int]]:
    """How often the body of each encoder ran."""
    bodies = {"text": loaded.parts.text_encoder.encoder.block[0], "vae": loaded.parts.vae.encoder}
    if isinstance(loaded, WanAnimatePipeline):
        bodies["image"] = loaded.parts.image_encoder.embeddings
    calls = dict.fromkeys(bodies, 0)

    def count(name: str) -> None:
        calls[name] += 1

    handles = [body.register_forward_pre_hook(lambda *_, name=name: count(name)) for name, body in bodies.items()]
    yield calls
    for handle in handles:
        handle.remove()


@pytest.mark.parametrize("family", ["vace", "animate"])
def test_a_second_request_of_a_character_runs_no_encoder(family: str) -> None:
    loaded = fresh(family)
    with counted(loaded) as calls:
        first = prepare(loaded)
        assert min(calls.values()) > 0, "what never runs would prove nothing"
    with counted(loaded) as calls:
        again = prepare(loaded, seed=99, steps=7)
        assert set(calls.values()) == {0}
    anew = prepare(fresh(family))
    assert all(torch.equal(first[name], again[name]) and torch.equal(first[name], anew[name]) for name in first)


def test_only_what_is_new_is_encoded() -> None:
    loaded = fresh("vace")
    prepare(loaded)
    with counted(loaded) as calls:
        prepare(loaded, prompt="she looks up")
        assert calls == {"text": 1, "vae": 0}
    second = (replace(CAST[0], photos=(noise_photo(1), noise_photo(2))),)
    with counted(loaded) as calls:
        more = prepare(loaded, second)
        assert calls["text"] == 0
        assert calls["vae"] == 1, "the photo that was seen before is not encoded again"
    anew = prepare(fresh("vace"), second)
    assert all(torch.equal(more[name], anew[name]) for name in more)


def test_it_keeps_what_fits_and_forgets_people_in_time() -> None:
    now = [0.0]
    encodings = Encodings(max_bytes=3 * 40, clock=lambda: now[0])
    asked: list[float] = []

    def encode(x: torch.Tensor) -> torch.Tensor:
        asked.append(float(x[0]))
        return x + 1

    remembered = encodings.remember("ten floats", encode)
    for value in (1.0, 2.0, 3.0, 1.0, 4.0, 1.0, 2.0):
        assert torch.equal(remembered(torch.full((10,), value)), torch.full((10,), value + 1))
    assert asked == [1.0, 2.0, 3.0, 4.0, 2.0], "the least recently used one left for the fourth"
    assert encodings.size_bytes == 3 * 40
    now[0] = 901.0
    remembered(torch.full((10,), 1.0))
    assert asked[-1] == 1.0
    assert encodings.size_bytes == 40
