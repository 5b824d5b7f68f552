"""Cuts as clients see them, for the API's document."""

from __future__ import annotations

from studio.generation.take_examples import TAKE_ID
from studio.http.examples import Example
from studio.storyboard.board_examples import PROJECT_ID, SCENE_ID, SHOT_ID

_MISSING: Example = {"shot_id": "sht_01J9ZK3Q5T8M4N6P7R9S0V2W40", "number": "1B", "why": "no_take"}
_ENTRY: Example = {
    "shot_id": SHOT_ID,
    "number": "1A",
    "take_id": TAKE_ID,
    "take": "T2",
    "circled": True,
    "frames": 120,
    "scene_id": SCENE_ID,
    "ambience": "room",
    "grade": {"style": "none", "exposure": 0.0, "temperature": 0.0, "contrast": 0.0},
    "colours": None,
}
CUT: Example = {
    "id": "cut_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "project_id": PROJECT_ID,
    "state": "SUCCEEDED",
    "name": "The Letter",
    "size": "768x432",
    "fps": 24,
    "title_frames": 48,
    "frames": 168,
    "shots": 1,
    "left_out": 1,
    "titled": True,
    "progress": 1.0,
    "attempt": 1,
    "usage": {"credits": 0.0, "held": 0.0, "device_seconds": None, "lots": []},
    "failure": None,
    "file": {"sha256": "0" * 64, "size_bytes": 1_482_113, "content_type": "video/mp4"},
    "created_at": "2026-11-23T08:00:00Z",
    "started_at": "2026-11-23T08:00:01Z",
    "finished_at": "2026-11-23T08:00:04Z",
}
CUT_DETAIL: Example = {**CUT, "entries": [_ENTRY], "missing": [_MISSING]}
CUT_PLAN: Example = {
    "project_id": PROJECT_ID,
    "name": "The Letter",
    "size": "768x432",
    "fps": 24,
    "title_frames": 48,
    "frames": 168,
    "entries": [_ENTRY],
    "missing": [_MISSING],
    "cut": CUT,
}
