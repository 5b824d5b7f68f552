"""How an attempt ends a take: one transaction, compare-and-set on take, attempt and state, so that it ends once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from inference.protocol import Artifact, ArtifactKind, Finished
from storage.queries.assets import insert_ready_asset
from storage.queries.durable import forget_workflow, give_back
from storage.queries.takes import end_attempt, list_attempts
from storage.retry import retried
from storage.unit import Database
from studio.http.ids import new_id
from studio.progress.events import publish_event
from studio.queue.ending import end_take
from studio.queue.polling import look_after_commit
from studio.queue.release import put_back, release_takes

ENGINE_DEATH = "engine_lost"
ENGINE_AWAY = "engine_unavailable"
STORE_AWAY = "store_unavailable"
PREEMPTED = "preempted"
# How often one fault may hit a take before it ends: after two deaths of an engine the take itself is suspected.
PATIENCE = {ENGINE_DEATH: 2}
USUAL_PATIENCE = 3
PREVIEWS = "previews/"
AttemptEnd = Literal["SUCCEEDED", "FAILED", "ABANDONED"]
SUFFIXES: dict[ArtifactKind, str] = {
    "clip": "clip.mp4",
    "thumbnail": "thumbnail.webp",
    "sprite": "sprite.jpg",
    "motion": "motion.safetensors",
}


@dataclass(frozen=True)
class AttemptId:
    """One attempt, and the prefix under which it alone writes."""

    org_id: str
    take_id: str
    number: int
    key_prefix: str

    @property
    def render_id(self) -> str:
        """Its name in the engine's protocol."""
        return f"{self.take_id}.{self.number}"


class SettledElsewhere(Exception):
    """The take was cancelled, blocked or tried anew before this attempt could end it."""


def artifact_key(attempt: AttemptId, kind: ArtifactKind) -> str:
    """Where an attempt's file of this kind lies."""
    return attempt.key_prefix + SUFFIXES[kind]


def preview_key(key_prefix: str, frame: int) -> str:
    """Where the preview of one frame lies."""
    return f"{key_prefix}{PREVIEWS}{frame:06d}.jpg"


@retried
async def settle_success(
    database: Database, attempt: AttemptId, finished: Finished, notes: list[dict[str, object]]
) -> bool:
    """The clip is there: assets, identity, receipt and event, all or none. False when the take ended otherwise."""
    try:
        async with database.write(org_id=attempt.org_id) as session:
            await _settle_success(session, attempt, finished, notes)
    except SettledElsewhere:
        await abandon_attempt(database, attempt)
        return False
    return True


async def _settle_success(
    session: AsyncSession, attempt: AttemptId, finished: Finished, notes: list[dict[str, object]]
) -> None:
    assets = {f"{artifact.kind}_asset_id": await _keep(session, attempt, artifact) for artifact in finished.artifacts}
    settled = await end_take(
        session,
        org_id=attempt.org_id,
        take_id=attempt.take_id,
        to="SUCCEEDED",
        attempt=attempt.number,
        progress=1.0,
        identity=[character.model_dump(mode="json") for character in finished.identity],
        speech=[line.model_dump(mode="json") for line in finished.speech] or None,
        receipt=finished.receipt.model_dump(mode="json"),
        receipt_sha256=finished.receipt_sha256,
        notes=notes,
        render_ms=round(finished.render_s * 1000),
        **assets,
    )
    if settled is None or not await _end(session, attempt, "SUCCEEDED", None):
        raise SettledElsewhere
    verdicts = {character.character_id: character.verdict for character in finished.identity}
    await publish_event(
        session, org_id=attempt.org_id, take_id=attempt.take_id, event="take.succeeded", progress=1.0, verdicts=verdicts
    )
    await release_takes(session, org_id=attempt.org_id)


async def _keep(session: AsyncSession, attempt: AttemptId, artifact: Artifact) -> str:
    asset = await insert_ready_asset(
        session,
        org_id=attempt.org_id,
        asset_id=new_id("ast"),
        kind=artifact.kind,
        content_type=artifact.content_type,
        size_bytes=artifact.size_bytes,
        object_key=artifact_key(attempt, artifact.kind),
        sha256=artifact.sha256,
    )
    return asset.id


@retried
async def settle_failure(database: Database, attempt: AttemptId, code: str, message: str) -> None:
    """The take cannot be rendered: it ends here, unless it ended otherwise."""
    async with database.write(org_id=attempt.org_id) as session:
        if await _end(session, attempt, "FAILED", code):
            await end_in_failure(session, org_id=attempt.org_id, take_id=attempt.take_id, code=code, message=message)


async def end_in_failure(session: AsyncSession, *, org_id: str, take_id: str, code: str, message: str) -> None:
    """Move the take to FAILED and say so, unless it ended otherwise."""
    moved = await end_take(
        session, org_id=org_id, take_id=take_id, to="FAILED", failure_code=code, failure_message=message
    )
    if moved is not None:
        await publish_event(session, org_id=org_id, take_id=take_id, event="take.failed", code=code, message=message)
        await release_takes(session, org_id=org_id)


@retried
async def settle_fault(database: Database, attempt: AttemptId, code: str, message: str) -> bool:
    """The machinery failed at this attempt. True when that was once too often, and the take ends here.

    Attempts that were merely cut short (the studio was killed or stopped) count for nothing.
    """
    async with database.write(org_id=attempt.org_id) as session:
        if not await _end(session, attempt, "FAILED", code):
            return False
        attempts = await list_attempts(session, org_id=attempt.org_id, take_id=attempt.take_id)
        times = sum(each.failure_code == code for each in attempts)
        if times < PATIENCE.get(code, USUAL_PATIENCE):
            told = {"code": code, "message": message}
            await publish_event(session, org_id=attempt.org_id, take_id=attempt.take_id, event="take.retrying", **told)
            return False
        if code == ENGINE_DEATH:
            await _quarantine(session, attempt, f"the engine died {times} times at this take; it is not tried again")
        else:
            await end_in_failure(session, org_id=attempt.org_id, take_id=attempt.take_id, code=code, message=message)
        return True


async def _quarantine(session: AsyncSession, attempt: AttemptId, message: str) -> None:
    told = {"code": ENGINE_DEATH, "message": message}
    moved = await end_take(
        session,
        org_id=attempt.org_id,
        take_id=attempt.take_id,
        to="QUARANTINED",
        failure_code=ENGINE_DEATH,
        failure_message=message,
    )
    if moved is not None:
        await publish_event(session, org_id=attempt.org_id, take_id=attempt.take_id, event="take.quarantined", **told)
        await release_takes(session, org_id=attempt.org_id)


@retried
async def abandon_attempt(database: Database, attempt: AttemptId) -> None:
    """The attempt stopped because its take had ended otherwise; what it wrote is collected later."""
    async with database.write(org_id=attempt.org_id) as session:
        await _end(session, attempt, "ABANDONED", None)


@retried
async def settle_preemption(database: Database, attempt: AttemptId, done: int, total: int) -> None:
    """The attempt made room for another take; the take waits, and goes on from its checkpoint."""
    take = {"org_id": attempt.org_id, "take_id": attempt.take_id}
    async with database.write(org_id=attempt.org_id) as session:
        if await _end(session, attempt, "ABANDONED", PREEMPTED):
            await publish_event(session, **take, event="take.preempted", done=done, total=total)


@retried
async def settle_making_room(database: Database, attempt: AttemptId, done: int, total: int) -> None:
    """The attempt stopped for a draft: the take waits in its organisation's queue again, and its workflow goes; the
    next one begins from the checkpoint. Whoever ended the take meanwhile was first."""
    take = {"org_id": attempt.org_id, "take_id": attempt.take_id}
    async with database.write(org_id=attempt.org_id) as session:
        if not await _end(session, attempt, "ABANDONED", PREEMPTED):
            return
        if await put_back(session, **take, attempt=attempt.number, left=1 - done / total):
            await forget_workflow(session, workflow_id=attempt.take_id)
            await publish_event(session, **take, event="take.preempted", done=done, total=total)
        await release_takes(session, org_id=attempt.org_id)


@retried
async def settle_outage(database: Database, attempt: AttemptId) -> None:
    """The object store did not answer, which counts for nothing against the take: it is tried again."""
    async with database.write(org_id=attempt.org_id) as session:
        if await _end(session, attempt, "ABANDONED", STORE_AWAY):
            told = {"code": STORE_AWAY, "message": "the object store does not answer; the take is tried again"}
            await publish_event(session, org_id=attempt.org_id, take_id=attempt.take_id, event="take.retrying", **told)


@retried
async def settle_giving_back(database: Database, attempt: AttemptId, token: str, queue: str) -> bool:
    """No engine was within reach, which counts for nothing against the take: its workflow waits in its queue again,
    for any node. False where the take has ended meanwhile, or is another node's already."""
    async with database.write(org_id=attempt.org_id) as session:
        if not await _end(session, attempt, "ABANDONED", ENGINE_AWAY):
            return False
        if not await give_back(session, workflow_id=attempt.take_id, token=token, queue=queue):
            return False
        told = {"code": ENGINE_AWAY, "message": "the engine was out of reach; the take goes on where there is one"}
        await publish_event(session, org_id=attempt.org_id, take_id=attempt.take_id, event="take.retrying", **told)
        await look_after_commit(session, queue)
        return True


async def _end(session: AsyncSession, attempt: AttemptId, state: AttemptEnd, code: str | None) -> bool:
    return await end_attempt(
        session,
        org_id=attempt.org_id,
        take_id=attempt.take_id,
        number=attempt.number,
        state=state,
        failure_code=code,
    )
