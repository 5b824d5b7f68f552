"""Looks: told in the prompt and shown beside the references, or named as left aside; never part of a face."""

from __future__ import annotations

import pytest

from inference.catalogue import PREVIS, WAN_VACE_1_3B
from inference.engine.looks import describe, dress, faces_among, list_used_looks, note_undrawn_looks
from inference.pipelines.contract import CastPhoto
from inference.protocol import CharacterInput, LookInput, Source
from tests.inference.pipelines.tiny import character, noise_photo, request_of

PICTURE = noise_photo(9)
RAIN = LookInput(
    id="look_1",
    name="Rain",
    wardrobe="a yellow raincoat.",
    hair="wet, loose",
    picture=Source(url="file:///rain.png", sha256=PICTURE.sha256),
)


def ada(look: LookInput | None) -> CharacterInput:
    return character("Ada").model_copy(update={"look": look})


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (None, ""),
        (RAIN, "Ada wears a yellow raincoat, has wet, loose hair."),
        (LookInput(id="l", name="n", hair="grey hair", props="a lamp"), "Ada has grey hair, carries a lamp."),
        (LookInput(id="l", name="n", picture=RAIN.picture), ""),
    ],
)
def test_a_look_is_a_sentence_about_the_character(look: LookInput | None, words: str) -> None:
    assert describe(ada(look)) == words


def test_a_model_that_dresses_is_told_and_shown() -> None:
    cast = (CastPhoto("Ada", "Ada", "centre", (noise_photo(1),)), CastPhoto("Bo", "Bo", "left", (noise_photo(2),)))
    request = request_of(cast, characters=(ada(RAIN), character("Bo", "left")))
    dressed = dress(request, cast, {"Ada": PICTURE})
    assert dressed.request.prompt == f"{request.prompt} {describe(ada(RAIN))}"
    assert [photo.sha256 for photo in dressed.cast[0].photos] == [noise_photo(1).sha256, PICTURE.sha256]
    assert dressed.cast[1] == cast[1]
    (used,) = list_used_looks(request, WAN_VACE_1_3B, {"Ada": (PICTURE.sha256,), "Bo": ()})
    assert (used.character_id, used.look_id, used.used_for) == ("Ada", "look_1", ("prompt", "picture"))
    assert used.words == describe(ada(RAIN))
    assert note_undrawn_looks((used,), WAN_VACE_1_3B) == ()
    assert request.characters[0].pictures == 2


def test_a_model_that_does_not_dress_says_so() -> None:
    cast = (CastPhoto("Ada", "Ada", "centre", (noise_photo(1),)),)
    request = request_of(cast, characters=(ada(RAIN),))
    looks = list_used_looks(request, PREVIS, {"Ada": (noise_photo(1).sha256,)})
    assert looks[0].used_for == ()
    (note,) = note_undrawn_looks(looks, PREVIS)
    assert (note.code, note.words) == ("look_left_aside", ("Rain",))


def test_the_picture_of_a_look_is_no_face_to_compare_with() -> None:
    cast = (CastPhoto("Ada", "Ada", "centre", (noise_photo(1),)),)
    request = request_of(cast, characters=(ada(RAIN),))
    own = request.characters[0].references[0].source.sha256
    assert faces_among(request, {"Ada": (own, PICTURE.sha256)}) == {"Ada": (own,)}
