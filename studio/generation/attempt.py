"""One numbered attempt at a take: begun, rendered, settled or given up. All of it happens inside one durable step.

Nothing of an attempt is decided before the step runs: its number, its object keys and its links are made here, so a
step that runs again after a crash is another attempt with keys of its own, and the old one's objects are collected.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from inference.catalogue import magic_of
from inference.protocol import (
    Artifact,
    ArtifactKind,
    Cancelled,
    CheckpointKept,
    Failed,
    Finished,
    Note,
    Preempted,
    Preview,
    RenderEvent,
    RenderRequest,
    Sink,
    Stage,
    Started,
    Step,
)
from storage.objects import Objects, StoreError
from storage.queries.assets import get_ready_assets
from storage.queries.characters import find_forbidden
from storage.queries.durable import holds_workflow
from storage.queries.takes import begin_attempt, get_take
from storage.retry import retried
from storage.unit import Database
from studio.engines.contract import EngineLost, EngineMismatch, EngineUnreachable, RenderEngine, allows_next_render
from studio.generation.checkpoints import AttemptCheckpoints
from studio.generation.guarantee import find_shortfall, settle_shortfall
from studio.generation.preemption import Preemption
from studio.generation.progress_publisher import ProgressPublisher
from studio.generation.request import assets_of, with_links
from studio.generation.schemas import IdentityGuarantee
from studio.generation.settlement import (
    ENGINE_AWAY,
    ENGINE_DEATH,
    AttemptId,
    abandon_attempt,
    artifact_key,
    end_in_failure,
    preview_key,
    settle_failure,
    settle_fault,
    settle_giving_back,
    settle_making_room,
    settle_outage,
    settle_preemption,
    settle_success,
)
from studio.http.ids import new_id
from studio.observability.render_meter import RenderMeter
from studio.observability.traces import note_wait, span
from studio.progress.events import publish_event
from studio.queue.durable import queue_of
from studio.queue.ending import end_take
from studio.queue.release import note_begun, release_takes

log = structlog.get_logger(__name__)

Outcome = Literal["settled", "retry", "again", "preempted", "elsewhere"]
WATCH_EVERY_S = 0.2
MOST_ATTEMPTS = 100  # whatever happens to be broken, no take is tried for ever


class TakenOver(Exception):
    """The take's workflow is another node's by now: this one was thought to be dead."""


@dataclass(frozen=True)
class Begun:
    """An attempt that may render: who it is, what it renders, where the pictures that it reads lie, and its place in
    the fair queue."""

    id: AttemptId
    stored: RenderRequest
    object_keys: dict[str, str]
    token: str
    model: str
    pool: str
    tag_start: float | None
    traceparent: str | None
    queued_at: datetime
    guarantee: IdentityGuarantee | None


class Renderer:
    """Tries takes on an engine. checkpoint_every_s: what a lost node costs a render at most, beside its last step."""

    def __init__(self, database: Database, objects: Objects, engine: RenderEngine, checkpoint_every_s: float) -> None:
        self._checkpoint_every_s = checkpoint_every_s
        self._database = database
        self._objects = objects
        self._engine = engine
        self.preemption = Preemption(engine)

    async def try_take(self, org_id: str, take_id: str, token: str, make_room: Callable[[], None]) -> Outcome:
        """One attempt. 'settled': the take has ended, by this or otherwise; 'retry': it may be tried again;
        'again': at once, by another seed;
        'preempted': it made room, and goes on later; 'elsewhere': it is another node's by now, or waits for one.

        `token`: of whoever owns the take's workflow. `make_room` is called once another take can be tried on this
        one's engine, if that is before the end.
        """
        try:
            begun = await self._begin(org_id, take_id, token)
            if begun is None:
                return "settled"
            if begun.tag_start is not None:
                await note_begun(self._database, pool=begun.pool, start=begun.tag_start)
            outcome = await self._try(begun, make_room)
        except TakenOver:
            log.warning("take_is_elsewhere", take_id=take_id)
            return "elsewhere"
        except Exception:  # what broke here is ours, not the take's: the durable workflow tries again
            log.exception("attempt_broke", take_id=take_id)
            return "retry"
        return outcome

    async def _try(self, begun: Begun, make_room: Callable[[], None]) -> Outcome:
        """The attempt as a part of the trace of its submit, and whatever is logged of it under the take's id."""
        number = begun.id.number
        if number == 1:
            note_wait("queue", parent=begun.traceparent, since=begun.queued_at)
        named: dict[str, str | int] = {"dramatis.take_id": begun.id.take_id, "dramatis.attempt": number}
        with (
            structlog.contextvars.bound_contextvars(take_id=begun.id.take_id),
            span("attempt", named, parent=begun.traceparent) as attempt,
        ):
            log.info("attempt_began", attempt=number)
            try:
                outcome = await self._render(begun, make_room)
            finally:
                self.preemption.ended(begun.id)
            attempt.set_attribute("dramatis.outcome", outcome)
            log.info("attempt_ended", attempt=number, outcome=outcome)
        return outcome

    @retried
    async def _begin(self, org_id: str, take_id: str, token: str) -> Begun | None:
        """Begin the next attempt. None when the take has ended, or ends here: no consent, no picture, no luck.

        Raises TakenOver.
        """
        attempt_prefix = f"orgs/{org_id}/takes/{take_id}/{new_id('try')}/"
        async with self._database.write(org_id=org_id) as session:
            if not await holds_workflow(session, workflow_id=take_id, token=token):
                raise TakenOver(take_id)
            if not await self._may_begin(session, org_id, take_id):
                return None
            attempt = await begin_attempt(session, org_id=org_id, take_id=take_id, key_prefix=attempt_prefix)
            take = await get_take(session, org_id=org_id, take_id=take_id)
            if attempt is None or take is None:
                return None
            stored = RenderRequest.model_validate(take.request)
            wanted = assets_of(stored)
            assets = await get_ready_assets(session, org_id=org_id, asset_ids=wanted)
            if len(assets) < len(wanted):
                words = "a picture of this take was deleted"
                await end_in_failure(session, org_id=org_id, take_id=take_id, code="bad_source", message=words)
                return None
            await release_takes(session, org_id=org_id)
            keys = {asset.id: asset.object_key for asset in assets.values() if asset.object_key is not None}
        attempt_id = AttemptId(org_id, take_id, attempt.number, attempt_prefix)
        guarantee = None if take.guarantee is None else IdentityGuarantee.model_validate(take.guarantee)
        return Begun(
            attempt_id, stored, keys, token, take.model, take.pool, take.tag_start, take.traceparent, take.created_at,
            guarantee,
        )  # fmt: skip

    async def _may_begin(self, session: AsyncSession, org_id: str, take_id: str) -> bool:
        take = await get_take(session, org_id=org_id, take_id=take_id)
        if take is None:
            return False
        if take.attempt >= MOST_ATTEMPTS:
            words = f"this take could not be rendered in {MOST_ATTEMPTS} attempts; the studio's log says why"
            await end_in_failure(session, org_id=org_id, take_id=take_id, code="engine_error", message=words)
            return False
        is_blocked = magic_of(take.model, take.prompt) == "blocked"  # what a client of test mode wants to see happen
        if is_blocked or await find_forbidden(session, org_id=org_id, take_ids=[take_id]):
            if await end_take(session, org_id=org_id, take_id=take_id, to="CONSENT_BLOCKED"):
                await publish_event(session, org_id=org_id, take_id=take_id, event="take.consent_blocked")
                await release_takes(session, org_id=org_id)
            return False
        return True

    async def _render(self, begun: Begun, make_room: Callable[[], None]) -> Outcome:
        """Follow the engine to its last event, and settle."""
        links = {asset_id: self._objects.link_to_read(key) for asset_id, key in begun.object_keys.items()}
        request = with_links(begun.stored, links.__getitem__)
        attempt = begun.id
        publisher = ProgressPublisher(
            self._database, org_id=attempt.org_id, take_id=attempt.take_id, attempt=attempt.number
        )
        checkpoints = AttemptCheckpoints(self._database, self._objects, attempt, self._checkpoint_every_s)
        await checkpoints.find()
        meter = RenderMeter(attempt.render_id, request)
        started = False

        async def supply(artifacts: tuple[Artifact, ...]) -> dict[ArtifactKind, Sink]:
            return {artifact.kind: self._sink(attempt, artifact) for artifact in artifacts}

        try:
            async with self._watching(attempt):
                events = self._engine.render(attempt.render_id, request, supply, checkpoints)
                async with contextlib.aclosing(events):
                    async for event in events:
                        meter.note(event)
                        started = started or isinstance(event, Started)
                        last = event
                        if allows_next_render(event):
                            make_room()
                        self.preemption.note(attempt, event)
                        if isinstance(event, CheckpointKept):
                            await checkpoints.kept(event)
                        await self._tell(publisher, attempt, event)
        except EngineMismatch as error:
            last = Failed(id=attempt.render_id, code="version_mismatch", message=str(error), retryable=False)
        except EngineUnreachable as error:
            return await self._give_back(begun, error)
        except EngineLost as error:
            return await self._lost(attempt, error, started)
        finally:
            meter.close()
        if isinstance(last, Finished) and begun.guarantee is not None:
            short = find_shortfall(begun.guarantee, last.identity)
            if short is not None:
                ended = await settle_shortfall(self._database, attempt, begun.guarantee, short)
                return "settled" if ended else "again"
        return await self._settle(attempt, last, publisher)

    async def _tell(self, publisher: ProgressPublisher, attempt: AttemptId, event: RenderEvent) -> None:
        match event:
            case Started():
                await publisher.started()
            case Stage():
                await publisher.stage(event)
            case Step():
                await publisher.step(event)
            case Note():
                await publisher.note(event)
            case Preview():
                await self._show(publisher, attempt, event)
            case _:
                log.debug("engine_event", kind=event.kind, take_id=attempt.take_id)

    async def _show(self, publisher: ProgressPublisher, attempt: AttemptId, preview: Preview) -> None:
        """Keep a preview and tell of it; a store that fails costs a preview, not the take."""
        key = preview_key(attempt.key_prefix, preview.frame)
        try:
            await self._objects.put(key, base64.b64decode(preview.jpeg_base64), content_type="image/jpeg")
        except StoreError as error:
            log.warning("preview_lost", take_id=attempt.take_id, why=str(error))
            return
        await publisher.preview(preview.frame)

    async def _settle(self, attempt: AttemptId, last: RenderEvent, publisher: ProgressPublisher) -> Outcome:
        match last:
            case Finished():
                await settle_success(self._database, attempt, last, publisher.notes)
                return "settled"
            case Failed(retryable=False):
                await settle_failure(self._database, attempt, last.code, last.message)
                return "settled"
            case Failed(code="upload_failed" | "bad_source") if not await self._store_answers():
                await settle_outage(self._database, attempt)
                return "retry"
            case Failed():
                return "settled" if await settle_fault(self._database, attempt, last.code, last.message) else "retry"
            case Preempted() if self.preemption.makes_room(attempt):
                await settle_making_room(self._database, attempt, last.done, last.total)
                return "elsewhere"
            case Preempted():
                await settle_preemption(self._database, attempt, last.done, last.total)
                return "preempted"
            case Cancelled():  # its take has ended; the next look at it finds that out
                await abandon_attempt(self._database, attempt)
                return "retry"
            case _:
                raise TypeError(f"an engine ended a render with {last.kind!r}")

    async def _store_answers(self) -> bool:
        """Whether what an engine could not read or write there is its own fault, or the take's."""
        try:
            await self._objects.check()
        except StoreError as error:
            log.warning("store_away", why=str(error))
            return False
        return True

    async def _give_back(self, begun: Begun, error: EngineUnreachable) -> Outcome:
        """Whoever can reach an engine takes it up next; this node claims nothing that it cannot begin."""
        attempt, queue = begun.id, queue_of(begun.model, begun.pool)
        log.warning("engine_unreachable", attempt=attempt.number, words=str(error))
        given = await settle_giving_back(self._database, attempt, begun.token, queue)
        return "elsewhere" if given else "retry"

    async def _lost(self, attempt: AttemptId, error: EngineLost, started: bool) -> Outcome:
        log.warning("engine_lost", take_id=attempt.take_id, attempt=attempt.number, words=str(error))
        code = ENGINE_DEATH if started else ENGINE_AWAY  # before it took up the take, it is no sign against the take
        words = "the engine was lost at this take" if started else "the engine could not take this up"
        words += "; the studio's log says why"  # where it runs is nobody's business but the operator's
        return "settled" if await settle_fault(self._database, attempt, code, words) else "retry"

    def _sink(self, attempt: AttemptId, artifact: Artifact) -> Sink:
        key = artifact_key(attempt, artifact.kind)
        return Sink(url=self._objects.link_to_write(key, sha256=artifact.sha256))

    @contextlib.asynccontextmanager
    async def _watching(self, attempt: AttemptId) -> AsyncIterator[None]:
        watcher = asyncio.create_task(self._watch(attempt), name=f"watch-{attempt.render_id}")
        try:
            yield
        finally:
            watcher.cancel()
            await asyncio.wait([watcher])

    async def _watch(self, attempt: AttemptId) -> None:
        """Stops the engine once the take is no longer this attempt's: cancelled, or its consent revoked."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S)
            try:
                async with self._database.read(org_id=attempt.org_id) as session:
                    take = await get_take(session, org_id=attempt.org_id, take_id=attempt.take_id)
            except SQLAlchemyError:
                log.exception("watch_missed_a_look", take_id=attempt.take_id)
                continue
            if take is None or take.state != "RENDERING" or take.attempt != attempt.number:
                await self._engine.cancel(attempt.render_id)
                return
