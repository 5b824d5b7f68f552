"""A face shows what the prompt asks of it, seen in frames by a network run anew; the photo's own grin gives way."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest

from inference.motion.direction.acting import FaceDirection, FaceReader, act_faces
from inference.motion.direction.clauses import clauses_of
from inference.motion.direction.expression import PROTOTYPES, express
from inference.motion.direction.expression_words import PLAIN, SLIGHT, STRONG, Emotion, Expression, Feeling
from inference.motion.mesh import FaceMesh, fit_mesh
from inference.motion.parameters import FPS, INDEX, NAMES, Track
from inference.motion.text import TextEncoder
from inference.registry.packaged import TEXT, default_cache_dir, ensure
from tests.inference.motion.shots import Rgb, actor, faces_in, look_at, models, params, stage

GRINNING = ("astronaut", "person_b_1", "impostor_2")
AT_REST = "person_a_2"


@pytest.fixture(scope="module")
def reader() -> FaceReader:
    return FaceReader(TextEncoder(ensure(TEXT, default_cache_dir())))


def understood(reader: FaceReader, text: str) -> tuple[str, ...]:
    return reader.read([text])[0].expression.named


def acted(person: str, expression: Expression, frames: int = 48, seed: int = 1) -> Track:
    track_FP: Track = np.zeros((frames, len(NAMES)), np.float32)
    express(track_FP, expression, actor(person).rig.own, np.random.default_rng(seed))
    return track_FP


@functools.cache
def drawn(person: str, emotion: Emotion | None, strength: float = STRONG) -> Rgb:
    feelings = () if emotion is None else (Feeling(emotion, strength, ""),)
    return stage((person, "centre")).draw(acted(person, Expression(feelings, unsmiling=emotion is None))[-1:])


def drawn_brows(person: str, emotion: Emotion) -> Rgb:
    """The brows of the feeling alone: where a head or the lids go down, the network takes the brows for lower too."""
    track_FP = acted(person, Expression((Feeling(emotion, STRONG, ""),)))
    for name in PROTOTYPES[emotion]:
        if not name.startswith("brow_"):
            track_FP[:, INDEX[name]] = 0
    return stage((person, "centre")).draw(track_FP[-1:])


def mesh_in(rgb: Rgb) -> FaceMesh:
    return fit_mesh(models(), rgb, faces_in(rgb)[0])


def test_a_grin_is_measured_and_a_face_at_rest_has_none() -> None:
    for person in GRINNING:
        own = actor(person).rig.own
        assert own.smile > 0.5
        assert own.shows_teeth
    own = actor(AT_REST).rig.own
    assert own.smile < 0.1
    assert not own.shows_teeth


@pytest.mark.parametrize("person", GRINNING)
def test_serious_with_lips_closed_narrows_a_grin_and_closes_its_lips(person: str) -> None:
    shot = stage((person, "centre"))
    photo = look_at(shot.draw(params()))
    serious = look_at(shot.draw(acted(person, Expression(unsmiling=True, shut=True))[-1:]))
    assert serious.mouth_width < 0.92 * photo.mouth_width
    assert serious.gap < 0.35 * photo.gap
    assert abs(serious.yaw - photo.yaw) < 3
    assert abs(serious.eye_opening / photo.eye_opening - 1) < 0.16


def test_a_grin_is_half_taken_out_where_no_face_is_asked_for() -> None:
    shot = stage(("person_b_1", "centre"))
    photo, unasked = look_at(shot.draw(params())), look_at(shot.draw(acted("person_b_1", Expression())[-1:]))
    serious = look_at(drawn("person_b_1", None))
    assert serious.mouth_width < unasked.mouth_width < photo.mouth_width
    assert serious.gap < unasked.gap < photo.gap


def test_a_face_that_is_asked_for_joy_grins_its_own_grin_again() -> None:
    grin, joy = look_at(drawn("person_b_1", None)), look_at(drawn("person_b_1", "joy"))
    photo = look_at(stage(("person_b_1", "centre")).draw(params()))
    assert grin.mouth_width < 0.92 * photo.mouth_width
    assert abs(joy.mouth_width / photo.mouth_width - 1) < 0.08
    assert joy.gap > 0.6 * photo.gap


@pytest.mark.parametrize("person", ["person_b_1", AT_REST])
def test_each_feeling_moves_what_its_action_units_move(person: str) -> None:
    def inner_brows(rgb: Rgb) -> float:
        """Over the inner corners of the eyes, in distances of the outer ones."""
        points = mesh_in(rgb).points_N3
        return float((points[[133, 362], 1] - points[[107, 336], 1]).mean() / np.linalg.norm(points[33] - points[263]))

    def corners(rgb: Rgb) -> float:
        """Over the middle of the mouth."""
        points = mesh_in(rgb).points_N3
        lifted = points[[13, 14], 1].mean() - points[[61, 291], 1].mean()
        return float(lifted / np.linalg.norm(points[33] - points[263]))

    still = drawn(person, None)
    assert inner_brows(drawn_brows(person, "sorrow")) > inner_brows(still) + 0.01
    assert inner_brows(drawn_brows(person, "anger")) < inner_brows(still) - 0.006
    assert corners(drawn(person, "sorrow")) < corners(still) - 0.02
    assert corners(drawn(person, "joy")) > corners(still) + 0.02
    opened = look_at(drawn(person, "surprise"))
    assert opened.gap > look_at(still).gap + 0.10
    assert look_at(drawn(person, "tiredness")).eye_opening < 0.85 * look_at(still).eye_opening


@pytest.mark.parametrize("emotion", list(PROTOTYPES))
def test_a_stronger_feeling_is_seen_more(emotion: Emotion) -> None:
    rest = drawn(AT_REST, None)
    changes = [
        float(cv2.absdiff(drawn(AT_REST, emotion, strength), rest).mean()) for strength in (SLIGHT, PLAIN, STRONG)
    ]
    assert 0 < changes[0] < changes[1] < changes[2]


def test_performance_sizes_feelings_and_what_the_head_does_with_them() -> None:
    def felt(size: float) -> Track:
        tracks_CFP = np.zeros((1, 48, len(NAMES)), np.float32)
        asked = (FaceDirection(Expression((Feeling("tenderness", PLAIN, ""),))),)
        act_faces(tracks_CFP, asked, stage((AT_REST, "centre")).performers, seed=1, size=size)
        return tracks_CFP[0, -1]

    restrained, plain, big = felt(-1.0), felt(0.0), felt(1.0)
    for name in ("brow_inner", "smile", "roll"):
        amounts = [abs(float(one[INDEX[name]])) for one in (restrained, plain, big)]
        assert amounts[0] < 0.6 * amounts[1] < amounts[1] < 0.8 * amounts[2], name


def test_a_feeling_turns_into_another_without_a_jump() -> None:
    both = Expression((Feeling("joy", STRONG, ""), Feeling("sorrow", STRONG, "")))
    track_FP = acted("person_b_1", both, frames=4 * FPS)
    assert track_FP[0, INDEX["smile"]] > 0.9
    assert track_FP[-1, INDEX["smile"]] < 0.05
    assert track_FP[0, INDEX["corner_droop"]] < 0.05
    assert track_FP[-1, INDEX["corner_droop"]] > 0.8
    assert np.abs(np.diff(track_FP, axis=0)[:, INDEX["smile"]]).max() < 0.2


def test_the_same_seed_feels_the_same() -> None:
    asked = Expression((Feeling("contempt", PLAIN, ""),))
    assert (acted(AT_REST, asked, seed=4) == acted(AT_REST, asked, seed=4)).all()
    sides = {float(np.sign(acted(AT_REST, asked, seed=seed)[-1, INDEX["one_sided"]])) for seed in range(12)}
    assert sides == {-1.0, 1.0}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("She is furious.", ("strong anger",)),
        ("Slightly worried, he waits.", ("slight worry",)),
        ("He is not afraid.", ()),
        ("From joy to grief.", ("joy", "strong sorrow")),
        ("Her fear turns into anger.", ("fear", "anger")),
        ("Tears well up in her eyes.", ("sorrow",)),
        ("She turns her head to the left.", ()),
        ("The camera pushes in on a man in a kitchen.", ()),
        ("She waits, warm light, rainy evening.", ()),
        ("A dentist, neon sign, fog.", ()),
        ("A gentle pan to the left over the baby.", ()),
        ("He stands at the grave.", ()),
    ],
)
def test_feelings_are_read_by_name_by_meaning_and_in_order(
    reader: FaceReader, text: str, named: tuple[str, ...]
) -> None:
    assert understood(reader, text) == named


def test_what_somebody_else_feels_is_not_mine(reader: FaceReader) -> None:
    assert understood(reader, "the person is proud. someone else is furious.") == ("pride",)
    assert understood(reader, "someone else is proud. the person is furious at someone else.") == ("strong anger",)
    assert [clause.mine for clause in clauses_of("someone else nods, then the person smiles at someone else")] == [
        False,
        True,
    ]


def test_no_smile_and_closed_lips_are_read(reader: FaceReader) -> None:
    asked = reader.read(["Serious, lips closed, no smile."])[0].expression
    assert asked.unsmiling
    assert asked.shut
    assert asked.feelings == ()
    assert not reader.read(["He closes his mouth, then talks again."])[0].expression.shut
    assert reader.read(["Lips pressed together, a single tear."])[0].expression.shut


def test_lips_that_are_to_stay_closed_do_whatever_the_motion_model_drew() -> None:
    track_FP: Track = np.zeros((24, len(NAMES)), np.float32)
    track_FP[:, INDEX["jaw"]] = 1
    express(track_FP, Expression(shut=True), actor(AT_REST).rig.own, np.random.default_rng(1))
    assert not track_FP[:, INDEX["jaw"]].any()
