"""How well a clip kept the face: clips made from real photos, with faces swapped, removed and added."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from inference.identity.embed import aligned_crop
from inference.identity.figures import figures_of, verdict_of
from inference.identity.known_views import KnownViews
from inference.identity.pack import DEFAULT_THRESHOLD, Embedding, Faces
from inference.identity.score import CastFace, ClipScorer
from inference.protocol import CharacterIdentity, Expectation, Placement
from tests.inference.identity.clips import FPS, animate, cover_face, put_face
from tests.inference.identity.conftest import Sitter
from tests.photos import RGB

SIZE = (384, 216)


def cast_face(
    sitter: Sitter, expected: Expectation = "always", placement: Placement = "centre", name: str | None = None
) -> CastFace:
    return CastFace(
        character_id=name or sitter.name,
        name=name or sitter.name,
        expected=expected,
        template_unit=sitter.embedding_unit,
        threshold=DEFAULT_THRESHOLD,
        compared_with="other_photos",
        placement=placement,
    )


def score(faces: Faces, clip: list[RGB], *cast: CastFace) -> tuple[CharacterIdentity, ...]:
    scorer = ClipScorer(faces, list(cast), FPS)
    for frame in clip:
        scorer.add(frame)
    return scorer.report()


def swapped(faces: Faces, frame: RGB, other: Sitter) -> RGB:
    return put_face(frame, faces.detect(frame, 320)[0], other.rgb, other.face)


def without_face(faces: Faces, frame: RGB) -> RGB:
    covered = cover_face(frame, faces.detect(frame, 320)[0])
    assert faces.detect(covered, 320) == []
    return covered


@pytest.fixture(scope="module")
def clip(sitters: dict[str, Sitter]) -> list[RGB]:
    """Person A, 32 frames."""
    sitter = sitters["person_a_1"]
    return animate(sitter.rgb, sitter.face, 32, SIZE, seed=4)


def test_the_person_passes_against_another_photo_and_a_stranger_fails(
    faces: Faces, clip: list[RGB], sitters: dict[str, Sitter]
) -> None:
    (person,) = score(faces, clip, cast_face(sitters["person_a_2"]))
    (stranger,) = score(faces, clip, cast_face(sitters["impostor_1"]))
    assert (person.verdict, stranger.verdict) == ("pass", "fail")
    assert person.score is not None
    assert stranger.score is not None
    assert person.score > 0.5 > 0.3 > stranger.score
    assert person.presence == stranger.presence == 1
    assert len(person.series) == 32
    assert person.worst_decile is not None
    assert person.worst_decile <= person.score
    assert person.drift == pytest.approx(0, abs=0.1)


def test_a_swapped_face_counts_as_visible_with_a_low_cosine(
    faces: Faces, clip: list[RGB], sitters: dict[str, Sitter]
) -> None:
    spoiled = [swapped(faces, frame, sitters["person_b_1"]) if 10 <= i < 16 else frame for i, frame in enumerate(clip)]
    (report,) = score(faces, spoiled, cast_face(sitters["person_a_2"]))
    assert report.presence == 1
    assert max(cosine for cosine in report.series[10:16] if cosine is not None) < 0.3
    assert min(cosine for cosine in report.series[:10] if cosine is not None) > 0.45
    assert report.worst_decile is not None
    assert report.worst_decile < 0.2


def test_a_clip_that_is_swapped_throughout_fails_though_a_face_is_always_there(
    faces: Faces, clip: list[RGB], sitters: dict[str, Sitter]
) -> None:
    spoiled = [swapped(faces, frame, sitters["person_b_1"]) for frame in clip[:12]]
    (report,) = score(faces, spoiled, cast_face(sitters["person_a_2"]))
    assert (report.presence, report.verdict) == (1, "fail")


def test_turning_away_fails_only_where_the_face_was_always_expected(
    faces: Faces, clip: list[RGB], sitters: dict[str, Sitter]
) -> None:
    turned = clip[:12] + [without_face(faces, frame) for frame in clip[12:]]
    (partly,) = score(faces, turned, cast_face(sitters["person_a_2"], "partly"))
    (always,) = score(faces, turned, cast_face(sitters["person_a_2"], "always"))
    assert (partly.verdict, always.verdict) == ("pass", "fail")
    assert partly.presence == always.presence == pytest.approx(12 / 32)
    assert partly.series[12:] == (None,) * 20


def test_three_frames_of_thirty_two_never_pass(faces: Faces, clip: list[RGB], sitters: dict[str, Sitter]) -> None:
    brief = clip[:3] + [without_face(faces, frame) for frame in clip[3:]]
    verdicts = {}
    expectations: tuple[Expectation, ...] = ("always", "partly", "none")
    for expected in expectations:
        (report,) = score(faces, brief, cast_face(sitters["person_a_1"], expected))
        assert report.score is None
        verdicts[expected] = report.verdict
    assert verdicts == {"always": "fail", "partly": "unscored", "none": "unscored"}


def test_a_different_face_that_returns_to_the_same_place_is_seen_as_a_swap(
    faces: Faces, clip: list[RGB], sitters: dict[str, Sitter]
) -> None:
    gone = without_face(faces, clip[0])
    back = swapped(faces, clip[0], sitters["person_b_1"])
    (report,) = score(faces, [clip[0]] * 8 + [gone] * 14 + [back] * 14, cast_face(sitters["person_a_2"], "partly"))
    assert report.presence == pytest.approx(22 / 36)
    assert max(cosine for cosine in report.series[22:] if cosine is not None) < 0.3
    assert report.verdict == "fail"


def beside(left: list[RGB], right: list[RGB]) -> list[RGB]:
    return [np.concatenate(pair, axis=1) for pair in zip(left, right, strict=True)]


def test_two_characters_are_told_apart_whatever_their_places(faces: Faces, sitters: dict[str, Sitter]) -> None:
    a, b = (animate(sitters[name].rgb, sitters[name].face, 10, (216, 216)) for name in ("person_a_1", "person_b_1"))
    cast = (cast_face(sitters["person_a_2"], placement="left"), cast_face(sitters["person_b_2"], placement="right"))
    for clip in (beside(a, b), beside(b, a)):
        assert [report.verdict for report in score(faces, clip, *cast)] == ["pass", "pass"]


def test_one_face_is_never_two_characters(faces: Faces, clip: list[RGB], sitters: dict[str, Sitter]) -> None:
    here, absent = score(
        faces, clip[:10], cast_face(sitters["person_a_2"], name="here"), cast_face(sitters["person_b_1"], name="absent")
    )
    assert (here.verdict, here.presence) == ("pass", 1)
    assert (absent.verdict, absent.presence, absent.yaw_range_deg) == ("fail", 0, None)


def test_a_bystander_does_not_fill_in_for_a_character_who_left(faces: Faces, sitters: dict[str, Sitter]) -> None:
    her = animate(sitters["person_b_1"].rgb, sitters["person_b_1"].face, 20, (216, 216))
    him = animate(sitters["impostor_1"].rgb, sitters["impostor_1"].face, 20, (216, 216))
    leaves = her[:10] + [without_face(faces, frame) for frame in her[10:]]
    (report,) = score(faces, beside(leaves, him), cast_face(sitters["person_b_2"], "partly", "left"))
    assert report.presence == pytest.approx(0.5)
    assert report.verdict == "pass"


def test_where_no_face_is_expected_a_bystander_is_not_blamed_on_the_character(
    faces: Faces, clip: list[RGB], sitters: dict[str, Sitter]
) -> None:
    (report,) = score(faces, clip[:12], cast_face(sitters["person_b_1"], "none"))
    assert (report.presence, report.verdict) == (0, "unscored")


class CountedFaces(Faces):
    """The same pack, which counts how often a face is embedded."""

    def __init__(self, faces: Faces) -> None:
        super().__init__(faces.settings, faces._detector, faces._embedder)
        self.embedded = 0

    def embed_crop(self, crop_HWC_uint8: RGB) -> Embedding:
        self.embedded += 1
        return super().embed_crop(crop_HWC_uint8)


def crops_of(faces: Faces, frames: list[RGB]) -> list[RGB]:
    return [aligned_crop(frame, faces.detect(frame, 320)[0], faces.crop_px) for frame in frames]


def test_a_face_that_hardly_changed_is_not_embedded_again_and_one_frame_of_another_is(
    faces: Faces, clip: list[RGB], sitters: dict[str, Sitter]
) -> None:
    held, other = crops_of(faces, [clip[0], swapped(faces, clip[0], sitters["person_b_1"])])
    grained = [
        np.clip(held + np.random.default_rng(i).normal(0, 2, held.shape), 0, 255).astype(np.uint8) for i in range(6)
    ]
    counted = CountedFaces(faces)
    known = KnownViews(counted)
    seen = [known.embed([crop])[0] for crop in (held, *grained, other, held)]
    assert counted.embedded == 3  # held, other, and held again: the one before it was another's
    assert min(float(one @ faces.embed_crop(crop)) for one, crop in zip(seen[1:7], grained, strict=True)) > 0.99
    assert float(seen[7] @ faces.embed_crop(other)) == pytest.approx(1, abs=1e-5)


def test_slow_changes_add_up_until_a_face_is_embedded_again(
    faces: Faces, clip: list[RGB], sitters: dict[str, Sitter]
) -> None:
    her, other = crops_of(faces, [clip[0], swapped(faces, clip[0], sitters["person_b_1"])])
    away = other - her.astype(np.float32)
    blended = [np.round(her + share * away).astype(np.uint8) for share in np.linspace(0, 1, 40)]
    counted = CountedFaces(faces)
    known = KnownViews(counted)
    seen = [known.embed([crop])[0] for crop in blended]
    assert counted.embedded < len(blended)
    assert min(float(one @ faces.embed_crop(crop)) for one, crop in zip(seen, blended, strict=True)) > 0.95


def test_figures_are_what_the_formulas_say() -> None:
    series = (0.8,) * 10 + (None,) * 5 + (0.4,) * 10
    figures = figures_of(series, 10)
    assert figures.score == pytest.approx(0.6)
    assert figures.worst_decile == pytest.approx(0.4)
    assert figures.presence == pytest.approx(20 / 25)
    times = np.array([*range(10), *range(15, 25)]) / 10
    assert figures.drift == pytest.approx(np.polyfit(times, [0.8] * 10 + [0.4] * 10, 1)[0])


@pytest.mark.parametrize(
    ("visible", "frames", "expected", "cosine", "verdict"),
    [
        (7, 7, "always", 0.9, "unscored"),  # a clip too short to say
        (8, 8, "always", 0.9, "pass"),
        (32, 40, "always", 0.9, "pass"),
        (31, 40, "always", 0.9, "fail"),
        (8, 40, "partly", 0.9, "pass"),
        (8, 40, "partly", 0.3, "fail"),
        (7, 40, "partly", 0.9, "unscored"),
        (0, 40, "none", 0.0, "unscored"),
        (0, 0, "partly", 0.0, "unscored"),
    ],
)
def test_verdicts(visible: int, frames: int, expected: Expectation, cosine: float, verdict: str) -> None:
    series = (cosine,) * visible + (None,) * (frames - visible)
    assert verdict_of(figures_of(series, 24), expected, 0.4) == verdict


def test_frames_may_be_looked_at_in_any_order_on_any_thread(
    faces: Faces, clip: list[RGB], sitters: dict[str, Sitter]
) -> None:
    cast = cast_face(sitters["person_a_2"])
    scorer = ClipScorer(faces, [cast], FPS)
    with ThreadPoolExecutor(3) as threads:
        looks = [threads.submit(scorer.look, frame) for frame in reversed(clip)]
    for look in reversed(looks):
        scorer.follow(look.result())
    assert scorer.report() == score(faces, clip, cast)
