"""Films, boards and takes of shots as clients see them, for the API's document."""

from __future__ import annotations

from studio.generation.take_examples import CHARACTER_ID, SUCCEEDED, TAKE_ID, summary_of
from studio.http.examples import Example

PROJECT_ID = "prj_01J9ZK3Q5T8M4N6P7R9S0V2W3X"
SCENE_ID = "scn_01J9ZK3Q5T8M4N6P7R9S0V2W3Y"
SHOT_ID = "sht_01J9ZK3Q5T8M4N6P7R9S0V2W3Z"

_CHANGED: Example = {"part": "prompt", "name": None}
PROJECT: Example = {
    "id": PROJECT_ID,
    "name": "The Letter",
    "aspect": "16:9",
    "pronunciations": {"Siobhan": "Shivawn"},
    "pool": None,
    "revision": 12,
    "counts": {"scenes": 1, "shots": 1, "takes": 2, "circled": 1},
    "poster_take_id": TAKE_ID,
    "created_at": "2026-11-23T08:00:00Z",
}
_LIVING_ROOM: Example = {"kind": "backdrop", "name": "living-room"}
_GRADE: Example = {"style": "none", "exposure": 0.0, "temperature": 0.0, "contrast": 0.0}
SHOT: Example = {
    "id": SHOT_ID,
    "project_id": PROJECT_ID,
    "scene_id": SCENE_ID,
    "number": "1A",
    "prompt": "@Ada smiles, then looks to the left",
    "characters": [{"character_id": CHARACTER_ID, "placement": None, "expected": "always", "look_id": None}],
    "framing": "ms",
    "camera": {"move": "push_in", "amount": 0.5, "speed": "slow", "starts": None, "ends": None},
    "performance": 0.0,
    "pace": 0.0,
    "seconds": 5.0,
    "size": None,
    "model": "previs",
    "tier": None,
    "seed": None,
    "plate": None,
    "light": None,
    "grade": None,
    "keyframes": [],
    "dialogue": [
        {
            "id": "lin_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
            "character_id": CHARACTER_ID,
            "speaker": "",
            "text": "At last.",
            "parenthetical": "softly",
            "voice": None,
            "recording": None,
            "pause_before_s": 0.0,
            "off_screen": False,
        }
    ],
    "staged": {
        "framing": "ms",
        "plate": _LIVING_ROOM,
        "light": "day",
        "grade": _GRADE,
        "colours": None,
    },
    "circled_take_id": TAKE_ID,
    "takes": {"total": 2, "running": 0, "failed": 0, "running_ids": []},
    "poster_take_id": TAKE_ID,
    "verdicts": [{"character_id": CHARACTER_ID, "verdict": "pass", "score": 0.81}],
    "stale": ["the prompt was changed"],
    "changed": [_CHANGED],
}
BOARD: Example = {
    "project": PROJECT,
    "scenes": [
        {
            "id": SCENE_ID,
            "heading": "INT. KITCHEN - DAY",
            "setting": {"plate": _LIVING_ROOM, "framing": None, "light": "day", "grade": _GRADE, "ambience": "room"},
            "suggested": {"plate": None, "light": None},
            "ordinal": 1,
            "shots": [SHOT],
        }
    ],
    "can_undo": "change shot 1A",
    "can_redo": None,
    "undo": {"action": "change_shot", "scene": None, "shot": "1A", "shots": None},
    "redo": None,
    "revision": 12,
}
IMPORTED: Example = {
    "board": BOARD,
    "matched": [{"name": "ADA", "character_id": CHARACTER_ID}],
    "unmatched": ["POSTMAN"],
    "shared": [{"name": "Ada", "character_id": CHARACTER_ID, "other_ids": ["chr_01J9ZK7M2A8M4N6P7R9S0V2W3X"]}],
}
DUPLICATED: Example = {"board": BOARD, "shot_ids": [SHOT_ID]}
ERASED: Example = {"project_id": PROJECT_ID, "scenes": 1, "shots": 1, "takes": 2, "notes": 1, "files": 6}
SHOT_TAKE: Example = summary_of(SUCCEEDED) | {
    "shot_id": SHOT_ID,
    "number": "T1",
    "suggested": True,
    "circled": True,
    "stale": ["the prompt was changed"],
    "changed": [_CHANGED],
}
SCENE_TAKES: Example = {
    "data": [SHOT_TAKE],
    "refusals": [
        {
            "shot_id": SHOT_ID,
            "number": "1B",
            "code": "request_refused",
            "detail": "the shot has no character",
            "members": {"field": "characters", "nearest": []},
        }
    ],
}
NOTE: Example = {
    "id": "not_01J9ZK3Q5T8M4N6P7R9S0V2W3X",
    "take_id": TAKE_ID,
    "frame": 48,
    "text": "hold this look longer",
    "author": "Ada",
    "created_at": "2026-11-23T08:10:00Z",
}
