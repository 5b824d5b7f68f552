"""Gaze: is it read, do the eyes get there, and do two people meet each other's eyes?

Read: sealed sentences, written before any rule. Seen: irises in drawn frames by the iris network run anew, calibrated
on frames in which the iris was moved by a known way. Statistics of saccades, fixations and blinks over many seeds.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from inference.motion.direction.acting import FaceDirection, FaceReader, act_faces
from inference.motion.direction.gaze import direct_gaze
from inference.motion.direction.gaze_words import Gaze
from inference.motion.direction.performer import Performer
from inference.motion.eyes import BALL_RADIUS, GAZE_X
from inference.motion.mesh import Eye, fit_mesh
from inference.motion.neutral import OwnExpression
from inference.motion.parameters import FPS, INDEX, NAMES, Track
from inference.motion.shot_renderer import Stage
from inference.motion.text import TextEncoder
from inference.protocol import ColourPlate
from inference.registry.packaged import TEXT, default_cache_dir, require
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_patches import Array
from tests.bench.previs_scene import Rgb, face_models, largest_face, scene_of
from tests.photos import astronaut, photo

SEALED = Path(__file__).with_name("gaze_sealed.json")
POINTS = Path(__file__).with_name("gaze_points_sealed.json")
SIZE = (1024, 576)
FACES = ("person_b_1", "person_a_2", "impostor_2", "astronaut")
_LEVELS = np.linspace(-0.8, 0.8, 5)
_SEEDS = 60


def run(report: Report) -> Outcome:
    """`scripts/bench previs_gaze`."""
    outcome = Outcome()
    report("gaze: the sealed sentences")
    _read_sealed(outcome)
    _read_points(outcome)
    for name in FACES:
        report(f"gaze: {name}")
        _look(outcome, name)
    _meet(outcome)
    _count(outcome)
    return outcome


def _read_sealed(outcome: Outcome) -> None:
    reader = FaceReader(TextEncoder(require(TEXT, default_cache_dir())))
    book = json.loads(SEALED.read_text())

    def gazes(text: str) -> tuple[Gaze, ...]:
        return reader.read([text])[0].gazes

    asked = [(text, aim) for aim, texts in book["directions"].items() for text in texts]
    missed = [
        f"{aim}: {text} → {[g.aim for g in gazes(text)]}"
        for text, aim in asked
        if [g.aim for g in gazes(text)] != [aim]
    ]
    outcome.note("sentences", len(asked))
    outcome.note("sentences_misread", missed)
    outcome.note("sentences_understood", round(1 - len(missed) / len(asked), 3))
    alone = [all(g.eyes_only for g in gazes(text)) and bool(gazes(text)) for text in book["eyes_only"]]
    outcome.note("eyes_only_understood", f"{sum(alone)} of {len(alone)}")
    outcome.check("gaze_where_none_is_asked", sum(bool(gazes(text)) for text in book["none"]), "<=", 0)


def _read_points(outcome: Outcome) -> None:
    """Sentences about a thing somewhere in the frame, written before the rule."""
    reader = FaceReader(TextEncoder(require(TEXT, default_cache_dir())))
    book = json.loads(POINTS.read_text())
    missed = []
    for one in book["points"]:
        seen = [gaze.at and (np.sign(gaze.at.x), np.sign(gaze.at.y)) for gaze in reader.read([one["text"]])[0].gazes]
        missed += [] if seen == [(one["x"], one["y"])] else [one["text"]]
    outcome.note("points", len(book["points"]))
    outcome.note("points_misread", missed)
    outcome.check("points_where_none_is_meant", sum(bool(reader.read([t])[0].gazes) for t in book["none"]), "<=", 0)


def _look(outcome: Outcome, name: str) -> None:
    """How far the iris is seen to go when the eyes alone are asked for."""
    scene = scene_of(astronaut() if name == "astronaut" else photo(name), SIZE)
    (me,) = scene.stage.performers
    seen = np.array([iris_at(scene.draw(_looking(level))) for level in _LEVELS])
    slope, rest = np.polyfit(_LEVELS * GAZE_X, seen, 1)
    travels = []
    for aim in ("left", "right"):
        track_FP = np.zeros((72, len(NAMES)), np.float32)
        direct_gaze(track_FP, (Gaze(aim, eyes_only=True),), me, (), np.random.default_rng(1))
        frames = [iris_at(scene.draw(track_FP[i])) for i in (50, 60, 70)]
        travels.append(abs(float(np.median(frames)) - float(rest)) / float(slope))
    outcome.note(f"{name}_network_sees", round(float(slope), 2))
    outcome.check(f"{name}_eyes_only_widths", round(min(travels), 3), ">=", 0.18)


def _looking(level: float) -> Track:
    params_P = np.zeros(len(NAMES), np.float32)
    params_P[INDEX["gaze_x"]] = level
    return params_P


def iris_at(rgb: Rgb) -> float:
    """Where both irises are between the corners of their eyes, in eye widths."""

    def off(eye: Eye) -> float:
        left, right = eye.upper_lid_N2[0], eye.upper_lid_N2[-1]
        return float((eye.iris_centre_2 - (left + right) / 2) @ (right - left) / np.sum((right - left) ** 2))

    mesh = fit_mesh(face_models(), rgb, largest_face(rgb))
    return (off(mesh.left_eye) + off(mesh.right_eye)) / 2


def sight(track_FP: Track, me: Performer) -> Array:
    """Degrees from the lens: head and eyes together."""
    travel_F = track_FP[:, INDEX["gaze_x"]] * GAZE_X / BALL_RADIUS + np.sin(np.radians(me.eye_deg))
    return np.asarray(
        me.yaw_deg + track_FP[:, INDEX["yaw"]] + np.degrees(np.arcsin(np.clip(travel_F, -1, 1))), np.float64
    )


def _meet(outcome: Outcome) -> None:
    """By how much the lines of two people of one frame miss being each other's mirror image, over pairs of faces."""
    missed = []
    for left, right in (("person_b_1", "person_a_2"), ("impostor_2", "person_b_1"), ("astronaut", "impostor_2")):
        actors = [scene_of(astronaut() if n == "astronaut" else photo(n), SIZE).actor for n in (left, right)]
        plate = ColourPlate(top="#445566", bottom="#222222")
        shot = Stage([(actors[0], "left"), (actors[1], "right")], plate, "ms", *SIZE)
        tracks_CFP = np.zeros((2, 96, len(NAMES)), np.float32)
        act_faces(tracks_CFP, (FaceDirection(), FaceDirection()), shot.performers, seed=3)
        tracks_CFP, _ = shot.clamp(tracks_CFP)
        a, b = (float(np.median(sight(t, me))) for t, me in zip(tracks_CFP, shot.performers, strict=True))
        missed.append(abs(a + b))
    outcome.check("eyelines_miss_deg", round(max(missed), 2), "<=", 5.0)


def _count(outcome: Outcome) -> None:
    """Statistics of an undirected gaze, by seed."""
    me = Performer(OwnExpression(0, 0, 0), 0.0, 0.0, 0.0, 1.0, 1.0, (4.0, 2.25))
    other = Performer(OwnExpression(0, 0, 0), 0.0, 0.0, 0.0, 3.0, 1.0, (4.0, 2.25))
    away, fixations, to_lens = [], [], []
    for seed in range(_SEEDS):
        track_FP = np.zeros((240, len(NAMES)), np.float32)
        direct_gaze(track_FP, (), me, (other,), np.random.default_rng(seed))
        seen = sight(track_FP, me)
        away.append(float(np.mean(np.abs(seen - np.median(seen)) > 5)))
        moving = np.abs(np.diff(seen)) > 0.5
        fixations += [
            len(run) / FPS for run in np.split(np.arange(len(moving)), np.flatnonzero(moving)) if len(run) > 3
        ]
        alone_FP = np.zeros((120, len(NAMES)), np.float32)
        direct_gaze(alone_FP, (), me, (), np.random.default_rng(seed))
        to_lens.append(abs(float(np.median(sight(alone_FP, me)))))
    outcome.note("looks_away_share", round(float(np.mean(away)), 3))
    outcome.note("fixation_median_s", round(float(np.median(fixations)), 2))
    outcome.check("off_the_lens_least_deg", round(min(to_lens), 1), ">=", 2.0)
