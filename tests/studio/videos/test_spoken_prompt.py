"""Lines in a prompt, and whose the lines of a video are."""

from __future__ import annotations

import pytest

from studio.generation.line_choice import LineChoice
from studio.http.errors import InvalidRequest
from studio.videos.spoken_prompt import SpokenMention, cast_lines, read_spoken


@pytest.mark.parametrize(
    ("prompt", "played", "spoken"),
    [
        ('@Ada: "At last."', "@Ada talks.", [("Ada", "At last.", "")]),
        ('She turns. @Ada (softly): "Yes", then nods', "She turns. @Ada talks, then nods", [("Ada", "Yes", "softly")]),
        (
            "@\u5c0f\u660e\uff1a\u201c\u4f60\u597d\u201d\u3002",
            "@\u5c0f\u660e talks\u3002",
            [("\u5c0f\u660e", "\u4f60\u597d", "")],
        ),
        ('@Ada: "A" @Grace: "B"', "@Ada talks. @Grace talks.", [("Ada", "A", ""), ("Grace", "B", "")]),
        ('mail a@b: "x"', 'mail a@b: "x"', []),
        ("@Ada says nothing", "@Ada says nothing", []),
    ],
)  # fmt: skip
def test_what_a_mention_says_is_a_line(prompt: str, played: str, spoken: list[tuple[str, str, str]]) -> None:
    assert read_spoken(prompt) == (played, [SpokenMention(*one) for one in spoken])


def test_a_line_belongs_to_who_is_named_or_alone() -> None:
    alone, two = {"c1": "Person 1"}, {"c1": "Ada", "c2": "Grace Hopper"}
    assert [line.character_id for line in cast_lines([LineChoice(text="Hi")], [], {}, alone)] == ["c1"]
    told = [
        LineChoice(speaker="@grace_hopper", text="Hi"),
        LineChoice(text="Hi", off_screen=True),
        LineChoice(text="x"),
    ]
    assert [line.character_id for line in cast_lines(told, [], {}, two)] == ["c2", None, None]
    prompted = cast_lines([], [SpokenMention("Ada", "Hi", "softly")], {"Ada": "c1"}, two)
    assert [(line.character_id, line.parenthetical) for line in prompted] == [("c1", "softly")]
    with pytest.raises(InvalidRequest, match="0 people in this video are called 'Max'"):
        cast_lines([LineChoice(speaker="Max", text="Hi")], [], {}, two)
