"""Takes as clients see them, by themselves and in lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import CharacterIdentity
from storage.queries.listed_takes import ListedTake
from storage.queries.shown_takes import ShownTake, Slate, show_listed
from storage.tables import Take
from storage.tables.takes import TERMINAL_STATES
from studio.billing.schemas import UsageView
from studio.generation.dialogue import ASSET_SCHEME
from studio.generation.estimates import ENDED, Forecast, forecast_takes
from studio.generation.schemas import IdentitySummary, LineView, TakeSummary, TakeView
from studio.generation.slates import shot_number


async def view_takes(session: AsyncSession, *, org_id: str, takes: Sequence[Take]) -> list[TakeView]:
    """Takes whose files and slates are still to be looked up."""
    shown = await show_listed(session, org_id=org_id, listed=[ListedTake(take, None) for take in takes])
    return await view_shown(session, org_id=org_id, shown=shown)


async def view_shown(session: AsyncSession, *, org_id: str, shown: Sequence[ShownTake]) -> list[TakeView]:
    """Takes by themselves, with all that there is of them."""
    forecasts = await _forecast(session, org_id, shown)
    return [
        TakeView.model_validate(_tell(one, forecasts) | {"identity": one.take.identity, "receipt": one.take.receipt})
        for one in shown
    ]


async def summarise_takes(session: AsyncSession, *, org_id: str, shown: Sequence[ShownTake]) -> list[TakeSummary]:
    """Takes as lists show them."""
    forecasts = await _forecast(session, org_id, shown)
    return [TakeSummary.model_validate(_tell(one, forecasts) | {"identity": one.verdicts}) for one in shown]


def read_identity(take: Take) -> list[CharacterIdentity] | None:
    """How well each character kept the face; None before that was measured."""
    return None if take.identity is None else [CharacterIdentity.model_validate(one) for one in take.identity]


def read_verdicts(listed: ListedTake) -> list[IdentitySummary] | None:
    """The same of a take in a list."""
    return None if listed.verdicts is None else [IdentitySummary.model_validate(one) for one in listed.verdicts]


async def _forecast(session: AsyncSession, org_id: str, shown: Sequence[ShownTake]) -> Mapping[str, Forecast]:
    """A look at the queue where one is unfinished."""
    unfinished = [one.take.id for one in shown if one.take.state not in TERMINAL_STATES]
    return await forecast_takes(session, org_id=org_id, take_ids=unfinished) if unfinished else {}


def _tell(shown: ShownTake, forecasts: Mapping[str, Forecast]) -> dict[str, Any]:
    """The fields of TakeFacts. What was asked is read as it was stored: it was checked before."""
    take, request = shown.take, shown.take.request
    forecast = forecasts.get(take.id, ENDED)
    return {
        "id": take.id,
        "shot_id": take.shot_id,
        "slate": _slate(shown.beside.slate),
        "state": take.state,
        "model": take.model,
        "pool": take.pool,
        "tier": request["tier"],
        "prompt": take.prompt,
        "negative_prompt": request["negative_prompt"],
        "characters": [_cast(character) for character in request["characters"]],
        "dialogue": [_line(line) for line in request.get("dialogue", [])],
        "seconds": take.seconds,
        "size": f"{take.width}x{take.height}",
        "fps": request["fps"],
        "frames": round(take.seconds * request["fps"]),
        "seed": take.seed,
        "priority": take.priority,
        "steps": request["steps"],
        "guidance_scale": request["guidance_scale"],
        "shift": request.get("shift"),  # of takes before it was asked for: none
        "framing": request["framing"],
        "camera": request.get("camera"),
        "performance": request.get("performance", 0.0),
        "pace": request.get("pace", 0.0),
        "progress": take.progress,
        "stage": take.stage,
        "queue_place": forecast.queue_place,
        "unserved": forecast.unserved,
        "eta_s": forecast.eta_s,
        "attempt": take.attempt,
        "failure": _failure(take),
        "receipt_sha256": take.receipt_sha256,
        "notes": take.notes,
        "speech": take.speech,
        "files": shown.beside.files,
        "timings": _timings(take),
        "usage": UsageView.of(take),
        "guarantee": take.guarantee,
        "created_at": take.created_at,
        "started_at": take.started_at,
        "finished_at": take.finished_at,
    }


def _cast(character: Mapping[str, Any]) -> dict[str, Any]:
    look = character.get("look") or {}  # takes of before there were looks say nothing of it
    return {
        "character_id": character["id"],
        "name": character["name"],
        "placement": character["placement"],
        "expected": character["expected"],
        "look_id": look.get("id"),
        "look_name": look.get("name"),
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    recording = line.get("recording")
    told = {name: line[name] for name in LineView.model_fields if name != "recording"}
    return told | {"recording": recording["url"].removeprefix(ASSET_SCHEME) if recording else None}


def _slate(slate: Slate | None) -> dict[str, Any] | None:
    if slate is None:
        return None
    return {
        "project_id": slate.project_id,
        "film": slate.film,
        "shot_id": slate.shot_id,
        "shot": shot_number(slate),
        "take": f"T{slate.take}",
    }


def _failure(take: Take) -> dict[str, str] | None:
    return {"code": take.failure_code, "message": take.failure_message or ""} if take.failure_code else None


def _timings(take: Take) -> dict[str, float | None]:
    """Of Timings."""
    return {
        "queue_s": (take.started_at - take.created_at).total_seconds() if take.started_at else None,
        "render_s": take.render_ms / 1000 if take.render_ms is not None else None,
        "total_s": (take.finished_at - take.created_at).total_seconds() if take.finished_at else None,
    }
