"""What may be asked to be said in a clip, and when it is said."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from inference.catalogue import PULLED, RequestRefused, check, check_against
from inference.protocol import CharacterInput, Line, PrevisControl, Reference, RenderRequest, Source
from inference.timeline import LEAD_IN_S, LEAD_OUT_S, TURN_S, line_starts, needed_seconds

SOURCE = Source(url="file:///a", sha256="0" * 64)
ADA = CharacterInput(id="ada", name="Ada", references=(Reference(source=SOURCE),))


def line(name: str = "1", **changes: Any) -> Line:  # noqa: ANN401 (fields)
    fields = {"id": name, "character_id": "ada", "text": "Hello.", "language": "en-US", "voice": "af_heart"}
    return Line.model_validate(fields | changes)


def request(*lines: Line, **changes: Any) -> RenderRequest:  # noqa: ANN401 (fields)
    fields = {
        "model": "previs", "prompt": "she waits", "characters": (ADA,), "seconds": 2, "fps": 24, "width": 768,
        "height": 432, "seed": 1, "steps": 20, "guidance_scale": 2.5, "tier": "draft", "dialogue": lines,
    }  # fmt: skip
    return RenderRequest.model_validate(fields | changes)


def test_a_silent_request_is_spelt_as_before_there_were_lines() -> None:
    assert "dialogue" not in request().model_dump(mode="json")
    spoken = request(line())
    assert RenderRequest.model_validate(spoken.model_dump(mode="json")) == spoken


def test_a_line_is_said_by_a_voice_or_by_a_recording() -> None:
    with pytest.raises(ValidationError, match="name one of them"):
        line(recording=SOURCE)
    with pytest.raises(ValidationError, match="name one of them"):
        line(voice=None)
    with pytest.raises(ValidationError, match="type what the character says"):
        line(text="  ")
    assert line(voice=None, recording=SOURCE, text="").recording == SOURCE


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (line(character_id="bob"), "who is not in this shot"),
        (line(voice="nobody"), "choose one of the list"),
        (line(language="zh"), "choose another voice"),
    ],
)
def test_what_nobody_here_can_say_is_refused(wrong: Line, words: str) -> None:
    with pytest.raises(RequestRefused, match=words):
        check(request(wrong))


def test_two_lines_of_one_id_are_refused() -> None:
    with pytest.raises(RequestRefused, match="one id"):
        check(request(line(), line()))


def test_a_model_without_lips_of_its_own_needs_a_previs_or_a_voice_from_elsewhere() -> None:
    card = PULLED["wan-vace-1.3b"]
    shape = {"model": card.name, "seconds": 17 / 16, "fps": 16, "width": 832, "height": 480}
    with pytest.raises(RequestRefused, match="let a previs drive it"):
        check_against(card, request(line(), **shape))
    check_against(card, request(line(off_screen=True), **shape))
    check_against(card, request(line(character_id=None), **shape))
    check_against(card, request(line(), control=PrevisControl(), **shape))


def test_turns_follow_each_other_and_pauses_come_on_top() -> None:
    lines = (line(), line("2", character_id=None), line("3", pause_before_s=1, parenthetical="(beat)"))
    starts = line_starts(lines, (1.0, 2.0, 3.0))
    assert starts == pytest.approx((LEAD_IN_S, LEAD_IN_S + 1 + TURN_S, LEAD_IN_S + 1 + TURN_S + 2 + TURN_S + 1.6))
    assert needed_seconds(lines, (1.0, 2.0, 3.0)) == pytest.approx(starts[-1] + 3 + LEAD_OUT_S)
    assert needed_seconds((), ()) == 0
