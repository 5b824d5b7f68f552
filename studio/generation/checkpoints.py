"""A take's checkpoints in object storage: what an engine offers is kept, and given to the engine that goes on.

One is kept for a take, under a key of its content: `…/checkpoints/DIGEST/SHA256`, where the digest is of everything
that decides the latents. An engine takes up nothing whose digest is not its own, and no other bytes than those of the
hash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from inference.protocol import CheckpointKept, CheckpointReady, KeptCheckpoint, Sink, Source
from storage.objects import Objects, StoreError
from storage.queries.checkpoints import (
    announce_checkpoint,
    delete_checkpoint,
    get_checkpoint,
    keep_checkpoint,
    list_spent_checkpoints,
)
from storage.queries.film_erasure import LET_GO_WITHIN
from storage.queries.tenants import each_tenant
from storage.retry import retried
from storage.unit import Database
from studio.generation.settlement import AttemptId

log = structlog.get_logger(__name__)

MOST_BYTES = 1024 * 1024 * 1024  # what an engine will offer
KEPT_FOR = timedelta(hours=24)  # latents of a person: a take that does not go on for so long begins anew
BATCH = 50  # of an organisation


def checkpoints_prefix(org_id: str, take_id: str) -> str:
    """Where a take's checkpoints lie: below the take's own, with which they are erased."""
    return f"orgs/{org_id}/takes/{take_id}/checkpoints/"


@dataclass
class AttemptCheckpoints:
    """Of one attempt: what it goes on from, and what is kept of it. A store that fails costs a checkpoint, no take."""

    database: Database
    objects: Objects
    attempt: AttemptId
    every_s: float | None
    checkpoint: KeptCheckpoint | None = None
    _offered: dict[str, CheckpointReady] = field(default_factory=dict)

    async def find(self) -> None:
        """Look for what an earlier attempt kept, and make a link to it."""
        async with self.database.read(org_id=self.attempt.org_id) as session:
            row = await get_checkpoint(session, org_id=self.attempt.org_id, take_id=self.attempt.take_id)
        if row is None or row.object_key is None or row.sha256 is None or row.digest is None or row.done is None:
            return
        source = Source(url=self.objects.link_to_read(row.object_key), sha256=row.sha256)
        self.checkpoint = KeptCheckpoint(source=source, digest=row.digest, done=row.done)

    async def supply(self, ready: CheckpointReady) -> Sink | None:
        """A link signed for the announced hash; None where the attempt is over, or the file too large."""
        if ready.size_bytes > MOST_BYTES:
            log.warning("checkpoint_too_large", take_id=self.attempt.take_id, size_bytes=ready.size_bytes)
            return None
        if not await self._announce():
            return None
        self._offered[ready.sha256] = ready
        return Sink(url=self.objects.link_to_write(self._key(ready), sha256=ready.sha256))

    async def kept(self, event: CheckpointKept) -> None:
        """The object is there: from now on the take goes on from it. The one before goes."""
        ready = self._offered.pop(event.sha256, None)
        useless = None if ready is None else await self._keep(ready)
        if useless is not None:
            try:
                await self.objects.delete([useless])
            except StoreError as error:
                log.warning("checkpoint_stays", key=useless, why=str(error))  # until the take has ended

    @retried
    async def _announce(self) -> bool:
        async with self.database.write(org_id=self.attempt.org_id) as session:
            return await announce_checkpoint(
                session, org_id=self.attempt.org_id, take_id=self.attempt.take_id, attempt=self.attempt.number
            )

    @retried
    async def _keep(self, ready: CheckpointReady) -> str | None:
        async with self.database.write(org_id=self.attempt.org_id) as session:
            return await keep_checkpoint(
                session,
                org_id=self.attempt.org_id,
                take_id=self.attempt.take_id,
                attempt=self.attempt.number,
                digest=ready.digest,
                sha256=ready.sha256,
                size_bytes=ready.size_bytes,
                done=ready.done,
                total=ready.total,
                object_key=self._key(ready),
            )

    def _key(self, ready: CheckpointReady) -> str:
        prefix = checkpoints_prefix(self.attempt.org_id, self.attempt.take_id)
        return f"{prefix}{ready.digest}/{ready.sha256}.safetensors"


async def clean_up_checkpoints(database: Database, objects: Objects) -> int:
    """Remove those that nobody needs; returns of how many takes. A store that fails is tried later."""
    spent: list[tuple[str, str]] = []
    async with database.read() as session:
        async for org_id in each_tenant(session):
            takes = await list_spent_checkpoints(
                session, org_id=org_id, ended_before=LET_GO_WITHIN, kept_for=KEPT_FOR, limit=BATCH
            )
            spent += [(org_id, take_id) for take_id in takes]
    removed = 0
    for org_id, take_id in spent:
        prefix = checkpoints_prefix(org_id, take_id)
        try:
            await objects.delete_prefix(prefix)
        except StoreError as error:
            log.warning("checkpoints_stay", prefix=prefix, why=str(error))
            continue
        async with database.write(org_id=org_id) as session:
            await delete_checkpoint(session, org_id=org_id, take_id=take_id)
        removed += 1
    return removed
