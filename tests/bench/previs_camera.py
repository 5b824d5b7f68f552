"""Camera: does a move that was asked for fill the clip, at an even speed, and end where it should?

Sealed sentences go through the whole previs (reader, motion model, direction, stage); the frames are followed by points
that did not drive the mesh (`previs_follow`): the chest for moves of nearness and trucks, the plate for the others.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from inference.pipelines.contract import CancelToken
from inference.pipelines.previs import PrevisPipeline
from inference.protocol import BackdropPlate
from inference.registry.packaged import default_cache_dir
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_features import Detector
from tests.bench.previs_follow import Followed, follow
from tests.bench.previs_patches import Array, Rgb
from tests.bench.previs_scene import photo_of, photos, request_of

SENTENCES = Path(__file__).with_name("camera_sealed.json")
SIZE = (512, 288)
SECONDS = 3.0
# What the move is read from: whose points, which way, and the least that counts as having moved.
_MEASURE: dict[str, tuple[str, str, float]] = {
    "push_in": ("chest", "size", 0.06), "zoom_in": ("chest", "size", 0.06), "pull_out": ("chest", "size", -0.06),
    "zoom_out": ("chest", "size", -0.06), "pan_left": ("plate", "x", 0.04), "pan_right": ("plate", "x", -0.04),
    "tilt_up": ("plate", "y", 0.04), "tilt_down": ("plate", "y", -0.04), "roll_left": ("plate", "angle", -2.0),
    "roll_right": ("plate", "angle", 2.0), "truck_left": ("chest", "x", 0.05), "truck_right": ("chest", "x", -0.05),
    "arc_left": ("plate", "x", -0.03), "arc_right": ("plate", "x", 0.03),
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """fills: share of the clip in which four fifths of the way are made. rush: fastest step over the median one.
    off: how far the face's size at the end is from that of the framing asked for, as a share; None: none was asked for.
    """

    moved: float
    fills: float
    rush: float
    off: float | None


def run(report: Report) -> Outcome:
    """`scripts/bench previs_camera`."""
    cv2.setNumThreads(1)
    torch.set_num_threads(2)
    sentences = json.loads(SENTENCES.read_text())["sentences"]
    theatre = Theatre()
    rows = []
    for i, sentence in enumerate(sentences):
        rows.append(judge(theatre, sentence, seed=100 + i))
        if i % 10 == 9:
            report(f"camera: {i + 1} of {len(sentences)} sentences")
    return weigh(rows)


def weigh(rows: list[dict[str, Any]]) -> Outcome:
    """The figures of all rows against their targets."""
    outcome = Outcome()
    followed = [row for row in rows if row["seen"] is not None and row["right"]]
    fills = np.array([row["seen"].fills for row in followed])
    rushes = np.array([row["seen"].rush for row in followed])
    offs = [row["seen"].off for row in followed if row["seen"].off is not None]
    outcome.note("sentences", len(rows))
    outcome.note("read_as_asked", sum(row["right"] for row in rows))
    outcome.note("misread", [[row["text"], row["asked"], row["read"]] for row in rows if not row["right"]])
    outcome.note("not_followed", [row["text"] for row in rows if row["right"] and row["seen"] is None])
    outcome.note("followed", len(followed))
    outcome.note("fills_by_move", _by_move(followed, "fills"))
    outcome.note("rush_by_move", _by_move(followed, "rush"))
    outcome.check("moved_as_asked_share", round(len(followed) / len(rows), 3), ">=", 0.9)
    outcome.check("fills_median", round(float(np.median(fills)), 3), ">=", 0.6)
    outcome.check("fills_least", round(float(fills.min()), 3), ">=", 0.45)
    outcome.check("rush_most", round(float(rushes.max()), 2), "<=", 2.5)
    outcome.note("framings", len(offs))
    outcome.check("end_framing_off_most", round(max(offs, default=1.0), 3), "<=", 0.08)
    return outcome


def _by_move(rows: list[dict[str, Any]], what: str) -> dict[str, float]:
    return {
        move: round(float(np.median([getattr(row["seen"], what) for row in rows if row["asked"] == move])), 2)
        for move in Counter(row["asked"] for row in rows)
    }


class Theatre:
    """The previs with two people, on a backdrop and in their own photo's place by turns."""

    def __init__(self) -> None:
        self._previs = PrevisPipeline(default_cache_dir())
        self._detector = Detector(default_cache_dir(), *SIZE)
        self._photos = [
            photo_of(rgb, str(i))
            for i, (name, rgb) in enumerate(photos().items())
            if name != "person_a"  # too coarse
        ]
        self._still: dict[tuple[int, str], float] = {}

    def show(self, text: str, framing: str, seed: int, seconds: float = SECONDS) -> tuple[list[Rgb], tuple[str, ...]]:
        """The frames, and the moves that were read."""
        photo = self._photos[seed % len(self._photos)]
        request, cast = request_of(
            photo, prompt=text, seconds=seconds, width=SIZE[0], height=SIZE[1], seed=seed, framing=framing,
            plate=BackdropPlate(name="living-room" if seed % 3 else "street"),
        )  # fmt: skip
        prepared = self._previs.prepare(request, cast, None, CancelToken())
        latents = self._previs.denoise(prepared, lambda *_: None, CancelToken())
        frames = list(self._previs.decode(prepared, latents, CancelToken()))
        return frames, tuple(move.move for move in prepared.direction.camera)

    def follow(self, frames: list[Rgb]) -> Followed:
        return follow(frames, self._detector)

    def face_px(self, framing: str, seed: int) -> float:
        """Of the same person in a still shot of a framing."""
        key = (seed % len(self._photos), framing)
        if key not in self._still:
            frames, _ = self.show("The camera does not move.", framing, key[0], 0.5)
            self._still[key] = float(np.nanmedian(self.follow(frames).face_px))
        return self._still[key]


def judge(theatre: Theatre, sentence: dict[str, Any], seed: int) -> dict[str, Any]:
    """One sentence, acted and followed."""
    framing = sentence.get("framing", "cu")
    frames, read = theatre.show(sentence["text"], framing, seed)
    row = {"text": sentence["text"], "asked": sentence["move"], "read": list(read), "right": False, "seen": None}
    if sentence["move"] not in read:
        return row
    row["right"] = True
    row["seen"] = see(theatre, theatre.follow(frames), sentence, seed)
    return row


def see(theatre: Theatre, followed: Followed, sentence: dict[str, Any], seed: int) -> Seen | None:
    """What is seen of the move; None where its points are lost or it goes less than the least, or the wrong way."""
    part, axis, least = _MEASURE[sentence["move"]]
    path = (followed.chest if part == "chest" else followed.plate).get(axis)
    if path is None or (path[-1] - path[0]) / least < 1:
        return None
    off = None
    if "ends" in sentence:
        off = abs(float(np.nanmedian(followed.face_px[-4:])) / theatre.face_px(sentence["ends"], seed) - 1)
    speed = np.abs(np.diff(path))
    return Seen(float(path[-1] - path[0]), fills(path), float(speed.max() / np.median(speed)), off)


def fills(path_F: Array) -> float:
    """The shortest share of the clip within which four fifths of the way are made."""
    way_F = (path_F - path_F[0]) / (path_F[-1] - path_F[0])
    last = len(way_F) - 1
    for length in range(1, last + 1):
        if (way_F[length:] - way_F[:-length]).max() >= 0.8:
            return length / last
    return 1.0
