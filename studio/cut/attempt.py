"""One try at a cut: its clips fetched into a folder of its own, joined by a child, put into the store, kept.

It ends by compare-and-set on the cut and the number of the try; whoever comes second deletes what it wrote.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from storage.objects import ObjectMissing, Objects
from storage.queries.assets import get_ready_assets, insert_ready_asset
from storage.queries.characters import find_forbidden
from storage.queries.cuts import (
    begin_cut_attempt,
    get_cut,
    list_takes_by_number,
    move_cut,
    record_cut_progress,
)
from storage.queries.durable import holds_workflow
from storage.retry import retried
from storage.tables import Cut
from storage.tables.cuts import CutState
from storage.unit import Database
from studio.billing.spending import settle_cut
from studio.cut.process import ClipUnreadable, WrittenCut, write_cut
from studio.cut.workflow import Claim, Outcome
from studio.generation.attempt import TakenOver
from studio.http.ids import new_id
from studio.progress.events import tell_cut
from studio.storyboard.grading import Grade, filter_of

log = structlog.get_logger(__name__)

TELL_EVERY_S = 0.5
CONTENT_TYPE = "video/mp4"


class CutElsewhere(Exception):
    """The cut was cancelled, erased or begun anew: this try is void."""


class SourceGone(Exception):
    """A take of the cut has no file any more, or one that cannot be decoded."""


@dataclass(frozen=True)
class Begun:
    """A try that may go on: the cut as it stands, and where its clips lie, in order."""

    cut: Cut
    keys: list[str]

    @property
    def object_key(self) -> str:
        """Where the film goes: a place of this try alone."""
        return f"{prefix_of(self.cut.org_id, self.cut.id)}{new_id('try')}/film.mp4"


def prefix_of(org_id: str, cut_id: str) -> str:
    """Where everything of a cut lies in the store."""
    return f"orgs/{org_id}/cuts/{cut_id}/"


class CutMaker:
    """Makes cuts, in folders below `scratch_dir`, signed with the installation's key in `signer_dir`."""

    def __init__(
        self, database: Database, objects: Objects, *, scratch_dir: Path, signer_dir: Path, software: str
    ) -> None:
        self._database, self._objects = database, objects
        self._scratch_dir, self._signer_dir, self._software = scratch_dir, signer_dir, software

    async def try_cut(self, org_id: str, cut_id: str, is_last: bool, claim: Claim) -> Outcome:
        """'settled': the cut has ended, by this or otherwise. 'retry': it may be tried again, unless this was the last
        time. 'elsewhere': its workflow is another node's by now, and nothing began here."""
        folder = self._scratch_dir / cut_id
        try:
            begun = await self._begin(org_id, cut_id, claim)
            await self._clear(org_id, cut_id, folder, begun)
            if begun is not None:
                await self._make(begun, folder)
        except TakenOver:
            log.warning("cut_is_elsewhere", cut_id=cut_id)
            return "elsewhere"
        except CutElsewhere:
            log.info("cut_overtaken", cut_id=cut_id)
        except SourceGone as error:
            await self._fail(org_id, cut_id, "bad_source", str(error))
        except Exception:  # what broke here is ours, not the film's: the durable workflow tries again
            log.exception("cut_broke", cut_id=cut_id)
            if not is_last:
                return "retry"
            words = "the film could not be written; the studio's log says why"
            await self._fail(org_id, cut_id, "engine_error", words)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return "settled"

    async def _begin(self, org_id: str, cut_id: str, claim: Claim) -> Begun | None:
        """None: the cut has ended, or ends here for want of consent. Raises SourceGone, TakenOver."""
        cut = await self._begin_rows(org_id, cut_id, claim)
        if cut is None:
            return None
        async with self._database.read(org_id=org_id) as session:
            return Begun(cut, await _clip_keys(session, cut))

    @retried
    async def _begin_rows(self, org_id: str, cut_id: str, claim: Claim) -> Cut | None:
        async with self._database.write(org_id=org_id) as session:
            if not await holds_workflow(session, workflow_id=claim.workflow_id, token=claim.token):
                raise TakenOver(cut_id)
            cut = await begin_cut_attempt(session, org_id=org_id, cut_id=cut_id)
            if cut is None:
                return None
            if not await _is_consented(session, cut):
                await _move(session, cut, "CONSENT_BLOCKED")
                return None
            await tell_cut(session, cut)
            return cut

    async def _clear(self, org_id: str, cut_id: str, folder: Path, begun: Begun | None) -> None:
        """Remove what tries before this one left: they are void. Where the cut has its file, there is nothing else."""
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        async with self._database.read(org_id=org_id) as session:
            cut = await get_cut(session, org_id=org_id, cut_id=cut_id)
        if begun is not None or cut is None or cut.asset_id is None:
            await self._objects.delete_prefix(prefix_of(org_id, cut_id))

    async def _make(self, begun: Begun, folder: Path) -> None:
        cut, film = begun.cut, folder / "film.mp4"
        folder.mkdir(parents=True)
        clips = []
        for place, key in enumerate(begun.keys):
            clips.append(folder / f"{place:04d}.mp4")
            await self._tell(cut, 0.0)  # and see whether it is still wanted
            try:
                await self._objects.get_file(key, clips[-1])
            except ObjectMissing as error:
                raise SourceGone(f"the take of shot {cut.entries[place]['number']} was erased") from error
        told_at = time.monotonic()

        async def on_written(frames: int) -> None:
            nonlocal told_at
            if time.monotonic() - told_at >= TELL_EVERY_S:
                told_at = time.monotonic()
                await self._tell(cut, min(frames / cut.frames, 1.0))

        try:
            written = await write_cut(self._asked(cut, clips, film), on_written)
        except ClipUnreadable as error:
            words = f"the take of shot {cut.entries[error.clip]['number']} cannot be decoded: render it again"
            raise SourceGone(words) from error
        key = begun.object_key
        await self._objects.put_file(key, film, content_type=CONTENT_TYPE)
        try:
            await self._settle(cut, written, key)
        except CutElsewhere:
            await self._objects.delete([key])
            raise

    def _asked(self, cut: Cut, clips: list[Path], film: Path) -> dict[str, Any]:
        return {
            "title": cut.name,
            "title_frames": cut.title_frames,
            "width": cut.width,
            "height": cut.height,
            "fps": cut.fps,
            "clips": [_clip(entry, path) for entry, path in zip(cut.entries, clips, strict=True)],
            "output": str(film),
            "signer": str(self._signer_dir),
            "software": self._software,
            "receipt": {"cut": cut.id, "entries": cut.entries},
        }

    @retried
    async def _tell(self, cut: Cut, progress: float) -> None:
        """Raises CutElsewhere."""
        async with self._database.write(org_id=cut.org_id) as session:
            kept = await record_cut_progress(
                session, org_id=cut.org_id, cut_id=cut.id, attempt=cut.attempt, progress=progress
            )
            if kept is None:
                raise CutElsewhere
            await tell_cut(session, kept)

    @retried
    async def _settle(self, cut: Cut, written: WrittenCut, key: str) -> None:
        """Asset, state and event, all or none. Raises CutElsewhere."""
        async with self._database.write(org_id=cut.org_id) as session:
            if not await _is_consented(session, cut):
                await _move(session, cut, "CONSENT_BLOCKED")
                blocked = True
            else:
                blocked = False
                asset = await insert_ready_asset(
                    session,
                    org_id=cut.org_id,
                    asset_id=new_id("ast"),
                    kind="clip",
                    content_type=CONTENT_TYPE,
                    size_bytes=written.size_bytes,
                    object_key=key,
                    sha256=written.sha256,
                )
                counted = zip(cut.entries, written.clip_frames, strict=True)
                entries = [{**entry, "frames": frames} for entry, frames in counted]
                told = {"frames": written.frames, "titled": written.titled, "entries": entries, "progress": 1.0}
                await _move(session, cut, "SUCCEEDED", {"asset_id": asset.id, **told})
        if blocked:
            raise CutElsewhere

    @retried
    async def _fail(self, org_id: str, cut_id: str, code: str, message: str) -> None:
        """Unless it ended otherwise."""
        async with self._database.write(org_id=org_id) as session:
            failure = {"failure_code": code, "failure_message": message}
            moved = await move_cut(session, org_id=org_id, cut_id=cut_id, to="FAILED", values=failure)
            if moved is not None:
                await settle_cut(session, moved)
                await tell_cut(session, moved)


def _clip(entry: dict[str, Any], path: Path) -> dict[str, Any]:
    """One shot's file, with its grade as numbers and the place that is heard under it."""
    colours = filter_of(Grade.model_validate(entry.get("grade", {})))
    return {
        "path": str(path),
        "colours": None if colours is None else colours.model_dump(),
        "ambience": entry.get("ambience"),
        "scene": entry.get("scene_id") or "",
    }


async def _is_consented(session: AsyncSession, cut: Cut) -> bool:
    take_ids = [str(entry["take_id"]) for entry in cut.entries]
    return not await find_forbidden(session, org_id=cut.org_id, take_ids=take_ids)


async def _move(session: AsyncSession, cut: Cut, to: CutState, values: dict[str, Any] | None = None) -> None:
    """While this try is the cut's own. Raises CutElsewhere."""
    moved = await move_cut(session, org_id=cut.org_id, cut_id=cut.id, to=to, attempt=cut.attempt, values=values)
    if moved is None:
        raise CutElsewhere
    await settle_cut(session, moved)
    await tell_cut(session, moved)


async def _clip_keys(session: AsyncSession, cut: Cut) -> list[str]:
    """Where each entry's clip lies. Raises SourceGone."""
    takes = await list_takes_by_number(
        session, org_id=cut.org_id, take_ids=[str(entry["take_id"]) for entry in cut.entries]
    )
    clips = {take_id: take.clip_asset_id for take_id, (_, take) in takes.items()}
    assets = await get_ready_assets(
        session, org_id=cut.org_id, asset_ids={clip for clip in clips.values() if clip is not None}
    )
    keys = []
    for entry in cut.entries:
        asset = assets.get(clips.get(entry["take_id"]) or "")
        if asset is None or asset.object_key is None:
            raise SourceGone(f"the take of shot {entry['number']} was erased")
        keys.append(asset.object_key)
    return keys
