"""While one render is decoded the next one is denoised; that changes when it is done, and not what comes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from inference.pipelines import wan
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo, Keyframe, OnStep, Picture, Prepared
from inference.pipelines.policies.one_shape import OneShape
from inference.pipelines.policies.tf32 import Tf32
from inference.pipelines.wan_shot import WanShot
from inference.protocol import RenderRequest
from tests.inference.engine.turns import Timed, take_turns


def test_the_next_render_is_encoded_and_denoised_while_the_one_before_is_decoded(tmp_path: Path) -> None:
    overlapped = take_turns(tmp_path / "overlapped", 3, decode_s=1.0)
    in_turn = take_turns(tmp_path / "in-turn", 3, decode_s=0.0, overlaps=False)
    assert overlapped.latents == in_turn.latents
    assert len(set(overlapped.latents)) == 3
    for part in (overlapped.encoded, overlapped.denoised):
        for (begun, _), (_, decoded) in zip(part[1:], overlapped.decoded, strict=False):
            assert begun < decoded, "it did not wait for the decode"
    for (begun, _), (_, decoded) in zip(in_turn.denoised[1:], in_turn.decoded, strict=False):
        assert begun >= decoded
    assert not list((tmp_path / "overlapped" / "scratch").iterdir())


def test_exactness_is_the_requests_own_whatever_its_neighbours_want(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exact and fast renders in turn, where fast may round: no part of an exact one ever computes with its switches."""
    policies = {"exact": (OneShape(64),), "fast": (Tf32(),)}
    monkeypatch.setattr(wan, "choose_policies", lambda tier, *_, **__: policies[tier])
    torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark = True, True  # as a process may find them
    watched = Watched()
    told = take_turns(tmp_path, 4, decode_s=0.3, tiers=("exact", "exact", "fast"), pipeline=watched)
    assert watched.seen == {("exact", False), ("fast", True)}
    parts = ("text", "vae in", "vae out", "transformer")
    assert watched.parts_seen == {f"{part} {tier}" for part in parts for tier in ("exact", "fast")}
    assert (torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark) == (True, True)
    (_, second, third, fourth), ends = [began for began, _ in told.denoised], [end for _, end in told.decoded]
    assert second < ends[0], "of one tier the next does not wait"
    assert third > ends[1]
    assert fourth > ends[2]


class Watched(Timed):
    """Notes of every part that computes for which tier it did, and whether it was allowed to round as it likes."""

    def __init__(self) -> None:
        super().__init__(decode_s=0.3)
        self.seen: set[tuple[str, bool]] = set()
        self.parts_seen: set[str] = set()
        self._now = threading.local()
        vae, text = self.parts.vae, self.parts.text_encoder
        parts = {"text": text.encoder, "vae in": vae.encoder, "vae out": vae.decoder, "transformer": self._transformer}
        for name, part in parts.items():
            part.register_forward_pre_hook(lambda *_, name=name: self._note(name))

    def encode(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        cancel: CancelToken,
        driving: DrivingVideo | None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> WanShot:
        self._now.tier = request.tier
        return super().encode(request, cast, cancel, driving, keyframes)

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        assert isinstance(prepared, WanShot)
        self._now.tier = prepared.request.tier
        return super().denoise(prepared, on_step, cancel)

    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        assert isinstance(prepared, WanShot)
        self._now.tier = prepared.request.tier
        yield from super().decode(prepared, latents, cancel)

    def _note(self, part: str) -> None:
        products, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
        flags = {products.allow_tf32, cudnn.allow_tf32, not cudnn.deterministic}
        assert len(flags) == 1
        assert not cudnn.benchmark
        self.seen.add((self._now.tier, flags.pop()))
        self.parts_seen.add(f"{part} {self._now.tier}")
