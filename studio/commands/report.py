"""report.json: what a clip is, how the face was kept, what was really used. Schema: docs/report.schema.json."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from inference.protocol import CharacterIdentity, Finished, RenderRequest

NOT_REPORTED = ("character_id", "character_name", "series", "expected")


class WrongClip(RuntimeError):
    """What was downloaded is not the file that the take promised."""


def take_report(take: dict[str, Any], clip: Path) -> dict[str, Any]:
    """The report of a take as the API tells it, with the downloaded clip beside it. Raises WrongClip."""
    sha256 = hash_file(clip)
    if sha256 != take["files"]["video"]["sha256"]:
        raise WrongClip(f"{clip} has SHA-256 {sha256}, the take says {take['files']['video']['sha256']}")
    told = ("model", "seconds", "size", "fps", "frames", "seed", "prompt")
    return {
        "clip": clip.name,
        "sha256": sha256,
        **{name: take[name] for name in told},
        "identity": [_identity(one) for one in take["identity"]],
        "speech": take["speech"] or [],
        "receipt": take["receipt"],
        "timings": _seconds(take["timings"]),
    }


def render_report(
    request: RenderRequest, finished: Finished, clip: Path, *, queue_s: float, total_s: float
) -> dict[str, Any]:
    """The report of a clip that an engine made without a server; `queue_s` is the time until it began."""
    return {
        "clip": clip.name,
        "sha256": hash_file(clip),
        "model": request.model,
        "seconds": request.seconds,
        "size": f"{request.width}x{request.height}",
        "fps": request.fps,
        "frames": request.frames,
        "seed": request.seed,
        "prompt": request.prompt,
        "identity": [_identity(one.model_dump(mode="json")) for one in finished.identity],
        "speech": [line.model_dump(mode="json") for line in finished.speech],
        "receipt": finished.receipt.model_dump(mode="json"),
        "timings": _seconds({"queue_s": queue_s, "render_s": finished.render_s, "total_s": total_s}),
    }


def write_report(report: dict[str, Any], path: Path) -> None:
    """Pretty JSON, in UTF-8."""
    path.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def hash_file(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _identity(told: dict[str, Any]) -> dict[str, Any]:
    character = CharacterIdentity.model_validate(told)
    figures = {name: value for name, value in told.items() if name not in NOT_REPORTED}
    return {"character": {"id": character.character_id, "name": character.character_name}, **figures}


def _seconds(timings: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in timings.items()}
