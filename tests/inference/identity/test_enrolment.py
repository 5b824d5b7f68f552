"""What people are told about their photos, and the template that comes out."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from inference.identity.enrol import enrol_references
from inference.identity.pack import Faces
from inference.identity.quality import inspect_photos, judge_photo
from inference.protocol import Box
from tests import photos
from tests.inference.identity.conftest import Sitter
from tests.photos import RGB

FIRST, SECOND, THIRD, FOURTH = ("1" * 64, "2" * 64, "3" * 64, "4" * 64)


def side_by_side(one: RGB, other: RGB) -> RGB:
    height = min(one.shape[0], other.shape[0])
    fitted = [cv2.resize(rgb, (rgb.shape[1] * height // rgb.shape[0], height)) for rgb in (one, other)]
    return np.concatenate(fitted, axis=1)


def test_good_portraits_are_accepted_in_words_for_people(faces: Faces, sitters: dict[str, Sitter]) -> None:
    verdicts = inspect_photos(faces, [(FIRST, sitters["person_b_1"].rgb), (SECOND, sitters["person_a_2"].rgb)])
    assert [verdict.refusal for verdict in verdicts] == [None, None]
    assert [verdict.chosen for verdict in verdicts] == [0, 0]
    size = round(verdicts[0].faces[0].size_px)
    assert verdicts[0].words == f"sharp, front, {size} px"
    assert (verdicts[0].width, verdicts[0].height) == (716, 900)


def test_no_face_is_said(faces: Faces) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (300, 300, 3)).astype(np.uint8)
    verdict = judge_photo(faces, FIRST, noise).verdict
    assert (verdict.refusal, verdict.chosen, verdict.faces) == ("no_face", None, ())


def test_two_people_ask_for_a_choice_and_the_choice_is_honoured(faces: Faces, sitters: dict[str, Sitter]) -> None:
    both = side_by_side(sitters["person_b_1"].rgb, sitters["impostor_1"].rgb)
    verdict = judge_photo(faces, FIRST, both).verdict
    assert (verdict.refusal, verdict.chosen, len(verdict.faces)) == ("several_faces", None, 2)
    for face in verdict.faces:
        chosen = judge_photo(faces, FIRST, both, face.box).verdict
        assert chosen.refusal is None
        assert chosen.chosen is not None
        assert chosen.faces[chosen.chosen].box == face.box


def test_a_choice_where_no_face_is_finds_no_face(faces: Faces, sitters: dict[str, Sitter]) -> None:
    elsewhere = Box(x=0, y=700, width=80, height=80)
    assert judge_photo(faces, FIRST, sitters["person_b_1"].rgb, elsewhere).verdict.refusal == "no_face"


def test_a_tiny_passer_by_does_not_make_two_people(faces: Faces, sitters: dict[str, Sitter]) -> None:
    rgb = sitters["person_b_1"].rgb.copy()
    rgb[:160, :130] = cv2.resize(sitters["impostor_1"].rgb, (130, 160), interpolation=cv2.INTER_AREA)
    verdict = judge_photo(faces, FIRST, rgb).verdict
    assert len(verdict.faces) == 2
    assert verdict.refusal is None


def test_a_small_face_is_refused_with_its_size(faces: Faces, sitters: dict[str, Sitter]) -> None:
    sitter = sitters["person_b_1"]
    scale = 40 / sitter.face.size_px
    small = cv2.resize(sitter.rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    verdict = judge_photo(faces, FIRST, small).verdict
    assert verdict.refusal == "too_small"
    assert "64 px" in verdict.words


@pytest.mark.parametrize("name", ["person_a_2", "person_b_2", "impostor_1", "astronaut"])
def test_a_blurred_face_is_refused(faces: Faces, sitters: dict[str, Sitter], name: str) -> None:
    sitter = sitters[name]
    blurred = cv2.GaussianBlur(sitter.rgb, (0, 0), 0.04 * sitter.face.size_px)
    assert judge_photo(faces, FIRST, blurred).verdict.refusal == "too_blurred"


def test_a_head_turned_far_is_refused_with_the_direction(faces: Faces) -> None:
    group = photos.group()
    turned = min(faces.detect(group), key=lambda face: face.yaw_deg)
    verdict = judge_photo(faces, FIRST, group, turned.box).verdict
    assert verdict.refusal == "extreme_pose"
    assert "turned left" in verdict.words


def test_bad_light_and_dark_glasses_lower_the_quality(faces: Faces, sitters: dict[str, Sitter]) -> None:
    sitter = sitters["person_b_1"]
    best = judge_photo(faces, FIRST, sitter.rgb).verdict.faces[0]
    dark = judge_photo(faces, FIRST, (sitter.rgb * 0.15).astype(np.uint8)).verdict
    assert dark.faces[0].exposure < 0.5 < best.exposure
    assert "badly lit" in dark.words
    glasses = sitter.rgb.copy()
    for x, y in sitter.face.points_52[:2]:
        cv2.ellipse(glasses, (int(x), int(y)), (60, 38), 0, 0, 360, (12, 12, 12), -1)
    covered = judge_photo(faces, FIRST, glasses).verdict
    assert covered.faces[0].occlusion > 0.5 > best.occlusion
    assert covered.faces[0].quality < 0.7 * best.quality
    assert "covered" in covered.words


def test_a_template_of_two_photos_is_stronger_and_closer_to_both(faces: Faces, sitters: dict[str, Sitter]) -> None:
    one, two = sitters["person_b_1"], sitters["person_b_2"]
    alone = enrol_references(faces, [(FIRST, one.rgb, None)])
    both = enrol_references(faces, [(FIRST, one.rgb, None), (SECOND, two.rgb, None)])
    assert alone.template is not None
    assert both.template is not None
    assert both.template.pack == "yunet-sface"
    assert both.template.strength > alone.template.strength
    assert alone.photos[0].cosine_to_others is None
    unit = np.array(both.template.embedding_unit)
    assert np.linalg.norm(unit) == pytest.approx(1)
    assert min(unit @ one.embedding_unit, unit @ two.embedding_unit) > one.embedding_unit @ two.embedding_unit
    assert sum(photo.weight for photo in both.photos) == pytest.approx(1)


def test_a_stranger_is_named_by_photo_and_left_out(faces: Faces, sitters: dict[str, Sitter]) -> None:
    names = ("person_a_1", "impostor_2", "person_a_2")
    enrolled = enrol_references(faces, [(c * 64, sitters[n].rgb, None) for c, n in zip("123", names, strict=True)])
    assert [photo.stranger for photo in enrolled.photos] == [False, True, False]
    assert enrolled.photos[1].weight == 0
    assert enrolled.template is not None
    assert np.array(enrolled.template.embedding_unit) @ sitters["impostor_2"].embedding_unit < 0.3


def test_of_two_photos_that_differ_the_second_is_the_stranger(faces: Faces, sitters: dict[str, Sitter]) -> None:
    references = [(FIRST, sitters["person_a_2"].rgb, None), (SECOND, sitters["person_b_1"].rgb, None)]
    assert [photo.stranger for photo in enrol_references(faces, references).photos] == [False, True]


def test_a_recompressed_crop_of_one_photo_is_a_duplicate_another_photo_is_not(
    faces: Faces, sitters: dict[str, Sitter]
) -> None:
    original, other = sitters["person_b_1"].rgb, sitters["person_b_2"].rgb
    squeezed = io.BytesIO()
    Image.fromarray(original[40:, 30:]).resize((500, 627)).save(squeezed, "JPEG", quality=60)
    copy = np.asarray(Image.open(squeezed))
    enrolled = enrol_references(faces, [(FIRST, original, None), (SECOND, copy, None), (THIRD, other, None)])
    assert [photo.duplicate_of for photo in enrolled.photos] == [None, FIRST, None]
    assert enrolled.photos[1].weight == 0
    assert not enrolled.photos[1].stranger


def test_unusable_photos_are_left_out_and_none_usable_gives_no_template(
    faces: Faces, sitters: dict[str, Sitter]
) -> None:
    blank = np.full((200, 200, 3), 90, np.uint8)
    mixed = enrol_references(faces, [(FIRST, blank, None), (SECOND, sitters["person_b_1"].rgb, None)])
    assert [photo.sha256 for photo in mixed.photos] == [SECOND]
    assert mixed.template is not None
    nothing = enrol_references(faces, [(FIRST, blank, None)])
    assert (nothing.photos, nothing.template) == ((), None)
    assert nothing.verdicts[0].refusal == "no_face"


def test_the_chosen_face_of_a_group_photo_is_the_one_enrolled(faces: Faces, sitters: dict[str, Sitter]) -> None:
    both = side_by_side(sitters["person_b_1"].rgb, sitters["impostor_1"].rgb)
    right = max(faces.detect(both), key=lambda face: face.box.x)
    enrolled = enrol_references(faces, [(FOURTH, both, right.box)])
    assert enrolled.template is not None
    assert np.array(enrolled.template.embedding_unit) @ sitters["impostor_1"].embedding_unit > 0.9
