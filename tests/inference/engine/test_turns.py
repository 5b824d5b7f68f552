"""While one render is decoded the next one is denoised; that changes when it is done, and not what comes of it."""

from __future__ import annotations

from pathlib import Path

from tests.inference.engine.turns import take_turns


def test_the_next_render_is_denoised_while_the_one_before_is_decoded(tmp_path: Path) -> None:
    overlapped = take_turns(tmp_path / "overlapped", 3, decode_s=1.0)
    in_turn = take_turns(tmp_path / "in-turn", 3, decode_s=0.0, overlaps=False)
    assert overlapped.latents == in_turn.latents
    assert len(set(overlapped.latents)) == 3
    for (begun, _), (_, decoded) in zip(overlapped.denoised[1:], overlapped.decoded, strict=False):
        assert begun < decoded, "it did not wait for the decode"
    for (begun, _), (_, decoded) in zip(in_turn.denoised[1:], in_turn.decoded, strict=False):
        assert begun >= decoded
    assert not list((tmp_path / "overlapped" / "scratch").iterdir())
