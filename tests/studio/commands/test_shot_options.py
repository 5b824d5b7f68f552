"""What a command line may ask for, and what it is told when it may not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inference.catalogue import RequestRefused
from studio.commands.line_options import LineRefused
from studio.commands.shot_options import Shot, ShotRefused, plan_shot
from studio.examples import PORTRAIT, example_path
from studio.generation.refusals import RequestUnrenderable

PLAIN: dict[str, Any] = {
    "references": [],
    "characters": [],
    "consent": None,
    "prompt": None,
    "model": "previs",
    "seconds": None,
    "size": None,
    "seed": 0,
}


def plan(**changes: object) -> Shot:
    return plan_shot(**(PLAIN | changes))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "me.jpg"
    path.write_bytes(b"some picture")
    return path


def test_nothing_asked_is_the_licensed_example_with_the_models_defaults() -> None:
    shot = plan()
    (member,) = shot.cast
    assert (member.name, member.consent, member.evidence) == ("Eileen", "licensed_example", PORTRAIT.evidence)
    assert (shot.seconds, shot.width, shot.height) == (5.0, 768, 432)
    assert shot.prompt


def test_a_copy_of_the_example_needs_no_consent(tmp_path: Path) -> None:
    copy = tmp_path / "copy.png"
    shutil.copy(example_path(), copy)
    assert plan(references=[copy]).cast[0].consent == "licensed_example"


def test_any_other_photo_needs_a_consent_and_says_which(photo: Path) -> None:
    with pytest.raises(ShotRefused, match=r"--consent own\|permission\|guardian\|invented"):
        plan(references=[photo])
    assert plan(references=[photo], consent="own").cast[0].consent == "own"


def test_references_are_one_character_and_others_are_named(photo: Path) -> None:
    shot = plan(references=[photo, photo], characters=[f"Ada={photo},{photo}", f"Grace={photo}"], consent="invented")
    assert [(one.name, len(one.photos), one.placement) for one in shot.cast] == [
        ("Reference", 2, "left"),
        ("Ada", 2, "centre"),
        ("Grace", 1, "right"),
    ]


@pytest.mark.parametrize("words", ["Ada", "Ada=", "=photo.jpg", ""])
def test_a_character_without_name_or_photos_is_refused(words: str) -> None:
    with pytest.raises(ShotRefused, match="NAME=PHOTO"):
        plan(characters=[words])


def test_a_missing_photo_is_named() -> None:
    with pytest.raises(ShotRefused, match=r"no photo nowhere\.jpg"):
        plan(references=[Path("nowhere.jpg")], consent="own")


@pytest.mark.parametrize("words", ["768", "768*432", "x432", "big"])
def test_a_size_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(ShotRefused, match="768x432"):
        plan(size=words)


@pytest.mark.parametrize(
    ("change", "nearest"),
    [({"size": "770x430"}, "768x432"), ({"seconds": 0.51}, "0.541667"), ({"seconds": 60}, "10.0")],
)
def test_what_the_model_cannot_do_is_refused_before_anything_starts(change: dict[str, Any], nearest: str) -> None:
    with pytest.raises(RequestRefused) as refused:
        plan(**change)
    assert nearest in refused.value.nearest


def test_a_length_that_was_named_as_legal_is() -> None:
    assert plan(seconds=0.541667).seconds == 0.541667


def test_an_unknown_model_is_answered_with_those_that_exist() -> None:
    with pytest.raises(RequestRefused, match="previs"):
        plan(model="sora")


def test_lines_are_read_with_who_how_and_in_which_voice(photo: Path) -> None:
    shot = plan(
        characters=[f"Ada={photo}", f"Grace={photo}"],
        consent="invented",
        lines=['Ada (softly): "At last."', "grace: 你好", "Narrator: She waited: for ten years."],
        voices=["bm_george", "Ada=af_bella", "Grace=zf_xiaoni"],
    )
    assert [(one.name, one.parenthetical, one.text, one.voice) for one in shot.said] == [
        ("Ada", "softly", "At last.", "af_bella"),
        ("Grace", "", "你好", "zf_xiaoni"),
        (None, "", "She waited: for ten years.", "bm_george"),
    ]
    assert shot.prompt == "Ada talks. Grace talks."
    assert 4 < shot.seconds < 10
    alone = plan(lines=["Hello. I have waited: ten years."])
    assert [(one.name, one.text) for one in alone.said] == [("Eileen", "Hello. I have waited: ten years.")]
    assert plan(lines=["Hello."], seconds=6).seconds == 6


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"lines": ["x" * 5000]}, "split it into several lines"),
        ({"lines": ["<speak>Hi</speak>"]}, "markup such as SSML"),
        ({"lines": ["Hello"], "voices": ["nobody"]}, "there is no voice 'nobody'"),
        ({"lines": ["Hello"], "voices": ["Max=af_heart"]}, "nobody in this shot is called 'Max'"),
        ({"lines": ["A long line. " * 20]}, "renders at most 10 s"),
        ({"lines": ["Hi"] * 13}, "a clip holds 12 lines"),
    ],
)
def test_lines_that_cannot_be_said_are_refused_in_words(asked: dict[str, Any], words: str) -> None:
    with pytest.raises((LineRefused, RequestUnrenderable), match=words):
        plan(**asked)


def test_a_command_that_makes_one_clip_waits_for_neither_web_nor_database() -> None:
    code = "import sys, studio.commands.generate; print([name for name in WEB if name in sys.modules])"
    code = code.replace("WEB", repr(["fastapi", "sqlalchemy", "dbos", "minio", "torch"]))
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
