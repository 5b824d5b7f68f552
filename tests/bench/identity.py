"""How well the default face pack tells people apart, on every real photo that a package carries.

Few pairs: the intervals say how little a rate of 0 means. Not used: rendered people, who are outside the embedder's
domain, and scikit-image's lfw_subset, whose patches of 25 × 25 grey pixels are without names and below any usable size.
"""

from __future__ import annotations

import time

import cv2
import numpy as np

from inference.identity.calibrate import Calibration, Rate, calibrate
from inference.identity.pack import Faces, default_settings, load_faces
from inference.registry.face_pack import ensure_face_pack
from inference.registry.packaged import default_cache_dir
from tests import photos
from tests.bench.outcome import Outcome, Report


def run(report: Report) -> Outcome:
    """Cosines of the same and of different people, both error rates with intervals at the threshold, and times."""
    outcome = Outcome()
    faces = load_faces(default_settings(ensure_face_pack(default_cache_dir(), report)))
    calibration = calibrate(faces, photos.people())
    _check_rates(outcome, calibration)
    _time(outcome, faces)
    return outcome


def _check_rates(outcome: Outcome, calibration: Calibration) -> None:
    same, different, in_use = calibration.same, calibration.different, calibration.in_use
    assert same is not None
    assert different is not None
    assert in_use is not None
    outcome.note("people", calibration.people)
    outcome.note("photos", calibration.photos)
    outcome.note("photos_unused", [f"{one.photo}: {one.words}" for one in calibration.unused])
    outcome.note("threshold", in_use.threshold)
    outcome.check("same_pairs", same.pairs, ">=", 8)
    outcome.check("different_pairs", different.pairs, ">=", 100)
    outcome.check("same_lowest", round(same.lowest, 3), ">=", in_use.threshold)
    outcome.note("same_mean", round(same.mean, 3))
    outcome.check("different_highest", round(different.highest, 3), "<=", round(in_use.threshold - 0.05, 3))
    outcome.note("different_mean", round(different.mean, 3))
    outcome.check("false_match_rate", in_use.false_match.rate, "<=", 0.01)
    outcome.note("false_match_95_interval", _interval(in_use.false_match))
    outcome.check("false_non_match_rate", in_use.false_non_match.rate, "<=", 0.01)
    outcome.note("false_non_match_95_interval", _interval(in_use.false_non_match))
    outcome.note("notes", list(calibration.notes))


def _interval(rate: Rate) -> list[float]:
    return [round(rate.low, 4), round(rate.high, 4)]


def _time(outcome: Outcome, faces: Faces) -> None:
    """CPU time of one frame on one thread: a face found in 768 × 432 and embedded."""
    rgb = cv2.resize(photos.astronaut()[:288], (768, 432))
    detect_ms, embed_ms = [], []
    for _ in range(30):
        started = time.process_time()
        found = faces.detect(rgb, 320)
        detect_ms.append(1e3 * (time.process_time() - started))
        started = time.process_time()
        faces.embed_crop(np.zeros((faces.crop_px, faces.crop_px, 3), np.uint8))
        embed_ms.append(1e3 * (time.process_time() - started))
    assert found
    outcome.note("detect_cpu_ms", round(float(np.median(detect_ms)), 1))
    outcome.note("embed_cpu_ms", round(float(np.median(embed_ms)), 1))
    outcome.check("frame_cpu_ms", round(float(np.median(detect_ms) + np.median(embed_ms)), 1), "<=", 25)
