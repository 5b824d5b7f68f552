"""An attempt's progress, kept and told: not every step is worth a write, but the last of a stage always is."""

from __future__ import annotations

import time
from typing import Any

from inference.protocol import Note, Stage, StageName, Step
from storage.queries.takes import mark_started, record_progress
from storage.retry import retried
from storage.unit import Database
from studio.progress.events import TakeEvent, publish_event

STEP_EVERY_S = 0.25
# Where each stage of a render begins and ends, as shares of the whole; measured roughly, so that a bar moves evenly.
SHARES: dict[StageName, tuple[float, float]] = {
    "identity": (0.0, 0.05),
    "prepare": (0.05, 0.15),
    "denoise": (0.15, 0.30),
    "decode": (0.30, 0.90),
    "score": (0.90, 0.93),
    "mux": (0.93, 0.96),
    "upload": (0.96, 1.0),
}


class ProgressPublisher:
    """Tells one attempt's events. Short units, none of them held while the engine works."""

    def __init__(self, database: Database, *, org_id: str, take_id: str, attempt: int) -> None:
        self._database = database
        self._org_id = org_id
        self._take_id = take_id
        self._attempt = attempt
        self._told_at = 0.0
        self._furthest = 0.0
        self.notes: list[dict[str, Any]] = []

    @retried
    async def started(self) -> None:
        """An engine has taken up the take: until now it waited."""
        async with self._database.write(org_id=self._org_id) as session:
            take = {"org_id": self._org_id, "take_id": self._take_id}
            if await mark_started(session, **take, attempt=self._attempt):
                await publish_event(session, **take, event="take.started", attempt=self._attempt)

    async def stage(self, event: Stage) -> None:
        """A stage begins."""
        await self._progress(event.name, SHARES[event.name][0], "take.stage", {})

    async def step(self, event: Step) -> None:
        """A step is done; told at most every quarter of a second."""
        now = time.monotonic()
        if event.done < event.total and now - self._told_at < STEP_EVERY_S:
            return
        self._told_at = now
        low, high = SHARES[event.stage]
        progress = low + (high - low) * event.done / event.total
        await self._progress(event.stage, progress, "take.step", {"done": event.done, "total": event.total})

    async def note(self, event: Note) -> None:
        """Something the filmmaker should know; kept with the take when it succeeds."""
        note = event.model_dump(mode="json", include={"code", "message", "words"})
        self.notes.append(note)
        await self._tell_note(note)

    @retried
    async def _tell_note(self, note: dict[str, Any]) -> None:
        async with self._database.write(org_id=self._org_id) as session:
            await publish_event(session, org_id=self._org_id, take_id=self._take_id, event="take.note", **note)

    @retried
    async def preview(self, frame: int) -> None:
        """A picture can be looked at."""
        url = f"/v1/takes/{self._take_id}/preview?frame={frame}"
        async with self._database.write(org_id=self._org_id) as session:
            await publish_event(
                session, org_id=self._org_id, take_id=self._take_id, event="take.preview", frame=frame, url=url
            )

    @retried
    async def _progress(self, stage: StageName, progress: float, event: TakeEvent, counted: dict[str, int]) -> None:
        self._furthest = max(self._furthest, progress)
        async with self._database.write(org_id=self._org_id) as session:
            kept = await record_progress(
                session,
                org_id=self._org_id,
                take_id=self._take_id,
                attempt=self._attempt,
                progress=self._furthest,
                stage=stage,
            )
            if kept:
                progress_3 = round(self._furthest, 3)
                payload = {"stage": stage, "progress": progress_3, "attempt": self._attempt, **counted}
                await publish_event(session, org_id=self._org_id, take_id=self._take_id, event=event, **payload)
