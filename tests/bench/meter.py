"""Does the identity meter notice? Real clips with another person's face for k frames, or blended in over time.

Clips: photos of real people acted by the renderer with smooth random motion. Injected: swaps of 1, 3 and 6 frames of
48, and a blend towards another person that ends at 30%, 60% and 100%. Each injected clip is set against all untouched
ones by the figure that is meant to show it: `worst_decile` for swaps, `drift` for blends. Where a second photo of the
person exists, clips are compared with that one. A single frame and a blend to 30% are beyond what is asked of the
meter: they show where it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d
from scipy.stats import rankdata

from inference.identity.detect import Face
from inference.identity.embed import embed
from inference.identity.pack import Embedding, Faces, default_settings, load_faces
from inference.identity.score import CastFace, ClipScorer
from inference.motion.actor import prepare_actor
from inference.motion.models import load_face_models
from inference.motion.parameters import CHANNELS, FPS, INDEX, Track
from inference.motion.shot_renderer import Stage
from inference.protocol import CharacterIdentity
from inference.registry.face_pack import ensure_face_pack
from inference.registry.packaged import default_cache_dir
from tests import photos
from tests.bench.outcome import Outcome, Report
from tests.inference.identity.clips import put_face
from tests.photos import RGB

FRAMES = 48
SIZE = (512, 288)
SWAPS = (1, 3, 6)
BLENDS = (0.3, 0.6, 1.0)
LEAST_SWAP, LEAST_BLEND = 3, 0.6
LEAST_AUC = 0.95
TAKES = 1
_LIVELY = {
    "yaw": 16,
    "pitch": 9,
    "roll": 7,
    "smile": 0.5,
    "jaw": 0.4,
    "brows": 0.4,
    "camera_zoom": 0.1,
    "camera_pan": 0.04,
}


@dataclass(frozen=True, eq=False)
class Person:
    """A photo to act, the photo to compare with, and somebody else's face to inject."""

    name: str
    rgb: RGB
    face: Face
    compared_with: Embedding
    same_photo: bool
    other_rgb: RGB
    other_face: Face


@dataclass(frozen=True)
class Reading:
    """What the meter says of one clip; `injected` names what was done to it ("" for nothing)."""

    injected: str
    worst_decile: float
    drift: float


def run(report: Report) -> Outcome:
    """AUC of each injection against untouched clips."""
    faces = load_faces(default_settings(ensure_face_pack(default_cache_dir(), report), threads=2))
    readings: list[Reading] = []
    for person in _people(faces):
        for take in range(TAKES):
            report(f"{person.name}, take {take + 1}")
            clip = _act(person, seed=100 * take + len(readings))
            readings += _readings(faces, person, clip, np.random.default_rng(len(readings)))
    return _outcome(readings)


def _outcome(readings: list[Reading]) -> Outcome:
    outcome = Outcome()
    clean = [reading for reading in readings if not reading.injected]
    outcome.note("clips_untouched", len(clean))
    outcome.note("clips_injected", len(readings) - len(clean))
    for k in SWAPS:
        spoiled = [-reading.worst_decile for reading in readings if reading.injected == _swap_name(k)]
        auc = _auc(spoiled, [-reading.worst_decile for reading in clean])
        _record(outcome, _swap_name(k), auc, asked=k >= LEAST_SWAP)
    for strength in BLENDS:
        spoiled = [-reading.drift for reading in readings if reading.injected == _blend_name(strength)]
        auc = _auc(spoiled, [-reading.drift for reading in clean])
        _record(outcome, _blend_name(strength), auc, asked=strength >= LEAST_BLEND)
    outcome.note("untouched_worst_decile_lowest", round(min(reading.worst_decile for reading in clean), 3))
    outcome.note("untouched_drift_lowest", round(min(reading.drift for reading in clean), 3))
    return outcome


def _record(outcome: Outcome, name: str, auc: float, *, asked: bool) -> None:
    if asked:
        outcome.check(f"auc_{name}", auc, ">=", LEAST_AUC)
    else:
        outcome.note(f"auc_{name}", auc)


def _swap_name(k: int) -> str:
    return f"swap_{k}_of_{FRAMES}_frames"


def _blend_name(strength: float) -> str:
    return f"blend_to_{strength:.0%}"


def _people(faces: Faces) -> Iterator[Person]:
    everyone = list(photos.people().values())[:6]
    found = [[(name, rgb, faces.detect(rgb)[0]) for name, rgb in pictures[:2]] for pictures in everyone]
    for i, pictures in enumerate(found):
        (_, other_rgb, other_face), *_ = found[(i + 1) % len(found)]
        for j, (name, rgb, face) in enumerate(pictures):
            _, template_rgb, template_face = pictures[(j + 1) % len(pictures)]
            template = embed(faces, template_rgb, template_face)
            yield Person(name, rgb, face, template, len(pictures) == 1, other_rgb, other_face)


def _act(person: Person, seed: int) -> list[RGB]:
    """The person acting in a close-up before the photo's own background."""
    actor = prepare_actor(load_face_models(default_cache_dir()), person.rgb, person.face.box)
    stage = Stage([(actor, "centre")], None, "cu", *SIZE)
    return [stage.draw(params_P[None]) for params_P in _lively_track(seed)]


def _lively_track(seed: int) -> Track:
    """Smooth random motion in every channel of _LIVELY, within the renderer's limits."""
    noise_FP = np.random.default_rng(seed).standard_normal((FRAMES, len(CHANNELS)))
    smooth_FP = gaussian_filter1d(noise_FP, FPS / 3, axis=0, mode="wrap")
    smooth_FP /= np.abs(smooth_FP).max(axis=0)
    track_FP = np.zeros((FRAMES, len(CHANNELS)), np.float32)
    for name, most in _LIVELY.items():
        track_FP[:, INDEX[name]] = most * smooth_FP[:, INDEX[name]]
    return track_FP


def _readings(faces: Faces, person: Person, clip: list[RGB], random: np.random.Generator) -> Iterator[Reading]:
    spots = [faces.detect(frame, 320)[0] for frame in clip]
    yield _read(faces, person, clip, "")
    for k in SWAPS:
        start = int(random.integers(0, FRAMES - k + 1))
        strengths = np.zeros(FRAMES)
        strengths[start : start + k] = 1
        yield _read(faces, person, _inject(clip, spots, person, strengths), _swap_name(k))
    for strength in BLENDS:
        strengths = np.linspace(0, strength, FRAMES)
        yield _read(faces, person, _inject(clip, spots, person, strengths), _blend_name(strength))


def _inject(clip: list[RGB], spots: list[Face], person: Person, strengths: npt.NDArray[np.float64]) -> list[RGB]:
    return [
        frame if strength == 0 else put_face(frame, spot, person.other_rgb, person.other_face, float(strength))
        for frame, spot, strength in zip(clip, spots, strengths, strict=True)
    ]


def _read(faces: Faces, person: Person, clip: list[RGB], injected: str) -> Reading:
    scorer = ClipScorer(
        faces,
        [
            CastFace(
                person.name, person.name, "always", person.compared_with, faces.settings.threshold,
                "same_photo" if person.same_photo else "other_photos",
            )
        ],
        FPS,
    )  # fmt: skip
    for frame in clip:
        scorer.add(frame)
    found: CharacterIdentity = scorer.report()[0]
    assert found.worst_decile is not None
    assert found.drift is not None
    return Reading(injected, found.worst_decile, found.drift)


def _auc(spoiled: list[float], clean: list[float]) -> float:
    """Share of (spoiled, clean) pairs where the spoiled clip reads higher; ties count half (Mann-Whitney)."""
    ranks = rankdata([*spoiled, *clean])[: len(spoiled)]
    above = ranks.sum() - len(spoiled) * (len(spoiled) + 1) / 2
    return round(float(above / (len(spoiled) * len(clean))), 4)
