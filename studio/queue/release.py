"""Which of an organisation's waiting takes nodes can see (decision 42).

Takes wait in `takes`, in their organisation's own order. Only their heads are *released* into the queues of nodes: so
few that one organisation cannot fill those queues, and never more, with those that render, than its plan may have
running, on all nodes together: they are counted in units that hold the organisation. A head that others have passed is
withdrawn, unless a node has taken it up meanwhile. Which takes are heads, and with which tags, `schedule.py` decides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.fair_queue import (
    Account,
    QueuedHead,
    advance_pool,
    clear_tags,
    get_account,
    list_lost_heads,
    list_organisations_that_wait,
    list_tagged,
    list_tagged_and_untagged,
    list_untagged,
    move_workflow,
    rebase_pool,
    set_account,
    set_heads,
    set_tags,
    withdraw_workflow,
)
from storage.queries.room import ask_for_room
from storage.queries.serving import get_served, list_held_back
from storage.queries.standing import get_standing
from storage.queries.takes import move_take
from storage.tables.takes import TERMINAL_STATES
from storage.unit import Database
from studio.organisations.plans import Plan, plan_of
from studio.progress.events import publish_queue_event
from studio.queue.durable import RENDER_TAKE, SHARED, enqueue, queue_of
from studio.queue.schedule import (
    CREDIT_S,
    FIRST_TICK,
    MOST_HEADS,
    TICKS_A_SECOND,
    Heads,
    Tag,
    Waiting,
    durable_priority,
    needs_rebase,
    plan_heads,
    settle,
    tag_to_go_on,
)


@dataclass(frozen=True)
class _Pool:
    """An organisation's takes in one pool. room: how many heads it may have; unserved: models that no node takes up."""

    name: str
    account: Account
    waiting: Sequence[QueuedHead]
    room: int
    unserved: Collection[str] = ()


async def release_takes(session: AsyncSession, *, org_id: str) -> None:
    """Release what may be released now, and no other. Call it in every unit that submits, begins, ends, cancels or
    moves a take: the unit holds the organisation."""
    plan = await plan_of(session, org_id=org_id)
    choice = (await get_standing(session, org_id=org_id)).choice
    tagged, shared = await list_tagged_and_untagged(session, org_id=org_id, pool=SHARED, limit=MOST_HEADS)
    for name in dict.fromkeys([SHARED, *choice.pools, *(take.pool for take in tagged)]):
        here = [take for take in tagged if take.pool == name]
        untagged = shared
        if name != SHARED:
            untagged = await list_untagged(session, org_id=org_id, pool=name, limit=MOST_HEADS)
        unserved = await _find_unserved(session, name, (*here, *untagged))
        if unserved:
            served = await get_served(session, pool=name)
            untagged = await list_untagged(session, org_id=org_id, pool=name, limit=MOST_HEADS, models=served)
        if not choice.paused and _stays_as_it_is(here, untagged, unserved):
            continue
        if any(take.head and take.model in unserved for take in here):
            await publish_queue_event(session, org_id=org_id, unserved=sorted(unserved))
        account = await get_account(session, org_id=org_id, pool=name)
        settled = await _settle(session, org_id, plan, account, [one for one in here if one.state in TERMINAL_STATES])
        waiting = [take for take in here if take.state == "QUEUED"] + untagged
        waiting.sort(key=lambda take: (take.rank, take.id))
        room = 0 if choice.paused else _room(plan, account, name)
        finish = await _release(session, org_id, plan, _Pool(name, settled, waiting, room, unserved))
        if finish != account.finish:
            await set_account(session, org_id=org_id, pool=name, finish=finish)


async def _find_unserved(session: AsyncSession, pool: str, takes: Sequence[QueuedHead]) -> frozenset[str]:
    """Models of these takes that no node takes up, though there are nodes: they would be in the way of the others.
    Looked up anew before anything is decided by it."""
    models = frozenset(take.model for take in takes if take.state == "QUEUED")
    served = await get_served(session, pool=pool) if models else None
    if served is not None and not models <= served:
        served = await get_served(session, pool=pool, anew=True)
    return models - served if served else frozenset()  # where nobody serves anything, nothing is in the way


def _stays_as_it_is(tagged: Sequence[QueuedHead], untagged: Sequence[QueuedHead], unserved: Collection[str]) -> bool:
    """Whether there are as many heads as may be, none has ended, and nothing passes them: so it is for most submits
    to a queue that is not short. (A plan that became smaller is heard of with the next begin or end.)"""
    heads = [take for take in tagged if take.head and take.state == "QUEUED"]
    others = [take for take in (*tagged, *untagged) if take.state == "QUEUED" and not take.head]
    others = [take for take in others if take.model not in unserved]
    if len(heads) != MOST_HEADS or any(take.model in unserved for take in heads):
        return False
    if any(take.state in TERMINAL_STATES for take in tagged):
        return False
    last = max((take.rank, take.id) for take in heads)
    return all((take.rank, take.id) > last for take in others)


async def put_back(session: AsyncSession, *, org_id: str, take_id: str, attempt: int, left: float) -> bool:
    """A take that made room for another one waits again; `left`: the part of it that is still to be done. False when
    it has ended, or is tried anew."""
    take = await move_take(session, org_id=org_id, take_id=take_id, to="QUEUED", attempt=attempt)
    if take is None:
        return False
    take.preempted += 1
    if take.tag_finish is not None:
        plan = await plan_of(session, org_id=org_id)
        account = await get_account(session, org_id=org_id, pool=take.pool)
        tag, left_s = Tag(take.tag_start or 0.0, take.tag_finish), left * (take.expected_ms or 0) / 1000
        take.tag_finish = tag_to_go_on(tag, virtual=account.virtual, left_s=left_s, weight=plan.weight).finish
    await session.flush()
    return True


async def let_go_first(session: AsyncSession, *, org_id: str, take_id: str) -> bool:
    """A draft asks a render to make room, and is the one that is begun there. False where it has asked, or waits no
    longer."""
    asked = await ask_for_room(session, org_id=org_id, take_id=take_id)
    if asked:
        await move_workflow(session, workflow_id=take_id, priority=FIRST_TICK)
    return asked


async def note_begun(database: Database, *, pool: str, start: float) -> None:
    """A take whose tag starts there is begun: the pool's time moves on. In a unit of its own, for the pool is
    everybody's; whoever loses it loses nothing, the next one moves further."""
    async with database.write() as session:
        account = await advance_pool(session, pool=pool, start=start)
        if account is not None and needs_rebase(account.virtual, account.base):
            ticks = round((account.virtual - CREDIT_S - account.base) * TICKS_A_SECOND)
            await rebase_pool(session, pool=pool, base=account.base + ticks / TICKS_A_SECOND, ticks=ticks)


async def release_take(session: AsyncSession, *, org_id: str, take_id: str, model: str, pool: str = SHARED) -> None:
    """Whatever its place: a take that renders, as it says, and whose workflow broke. The workflow has the take's id."""
    await enqueue(
        session, workflow=RENDER_TAKE, workflow_id=take_id, queue=queue_of(model, pool), arguments=(org_id, take_id)
    )


async def repair_heads(session: AsyncSession, *, org_id: str) -> None:
    """See to it that an organisation with waiting takes, not paused and within its plan, has heads that are in their
    queues, where their tags say: nothing is to be done unless a workflow broke, or a pool began to count anew."""
    lost = await list_lost_heads(session, org_id=org_id)
    await set_heads(session, org_id=org_id, take_ids=lost, head=False)
    await release_takes(session, org_id=org_id)
    for take in await list_tagged(session, org_id=org_id):
        if take.head and take.state == "QUEUED":
            account = await get_account(session, org_id=org_id, pool=take.pool)
            await move_workflow(session, workflow_id=take.id, priority=_priority(take, _tag_of(take), account.base))


async def repair_queues(database: Database) -> None:
    """`repair_heads` of every organisation that has something waiting."""
    async with database.read() as session:
        waiting = await list_organisations_that_wait(session)
    for org_id in waiting:
        async with database.write(org_id=org_id) as session:
            await repair_heads(session, org_id=org_id)


async def release_held_back(database: Database, *, pool: str, models: Collection[str]) -> None:
    """A node begins to serve these models: what was held back since none did is released, as far as may be."""
    async with database.read() as session:
        held_back = await list_held_back(session, pool=pool, models=models)
    for org_id in held_back:
        async with database.write(org_id=org_id) as session:
            await release_takes(session, org_id=org_id)
            await publish_queue_event(session, org_id=org_id, served=sorted(models))


def _room(plan: Plan, account: Account, pool: str) -> int:
    """A plan says how much of the shared pool an organisation may have; its own nodes are its own."""
    if pool != SHARED:
        return MOST_HEADS
    return plan.running_jobs - account.rendering


async def _settle(
    session: AsyncSession, org_id: str, plan: Plan, account: Account, ended: Sequence[QueuedHead]
) -> Account:
    """Takes that have ended are charged what they used, and are heads no longer."""
    finish = account.finish
    for take in ended:
        used_s = take.seconds if take.preempted else take.used_s  # of one that made room only the last part is known
        finish = settle(finish, predicted_s=take.seconds, used_s=used_s, weight=plan.weight)
        if take.head:
            await withdraw_workflow(session, workflow_id=take.id)
    if ended:
        await clear_tags(session, org_id=org_id, take_ids=[take.id for take in ended])
    return replace(account, finish=finish)


async def _release(session: AsyncSession, org_id: str, plan: Plan, pool: _Pool) -> float:
    """Returns where the account stands then. A head that a node has taken up meanwhile stays what it is, and takes up
    its room."""
    takes, room = list(pool.waiting), pool.room
    while True:
        heads = plan_heads(
            [_waiting(take, pool.unserved) for take in takes],
            virtual=pool.account.virtual,
            finish=pool.account.finish,
            weight=plan.weight,
            room=room,
        )
        taken = {one for one in heads.withdrawn if not await withdraw_workflow(session, workflow_id=one)}
        if not taken:
            break
        gone = set(heads.withdrawn) - taken
        await set_heads(session, org_id=org_id, take_ids=sorted(gone), head=False)
        takes = [replace(take, head=take.head and take.id not in gone) for take in takes if take.id not in taken]
        room -= len(taken)
    await _apply(session, org_id, pool, takes, heads)
    return heads.finish


async def _apply(session: AsyncSession, org_id: str, pool: _Pool, takes: Sequence[QueuedHead], heads: Heads) -> None:
    tags = {one: (tag.start, tag.finish) for one, tag in heads.tags.items()}
    await set_tags(session, org_id=org_id, tags=tags, heads=heads.released)
    await set_heads(session, org_id=org_id, take_ids=heads.withdrawn, head=False)
    await set_heads(session, org_id=org_id, take_ids=[one for one in heads.released if one not in tags], head=True)
    for take in takes:
        tag = heads.tags.get(take.id) or (_tag_of(take) if take.finish is not None else None)
        if tag is None:
            continue
        priority = _priority(take, tag, pool.account.base)
        if take.id in heads.released:
            await enqueue(
                session,
                workflow=RENDER_TAKE,
                workflow_id=take.id,
                queue=queue_of(take.model, pool.name),
                arguments=(org_id, take.id),
                priority=priority,
            )
        elif take.id in heads.tags and take.head and take.id not in heads.withdrawn:
            await move_workflow(session, workflow_id=take.id, priority=priority)


def _priority(take: QueuedHead, tag: Tag, base: float) -> int:
    return durable_priority(tag, base, has_asked=take.has_asked)


def _waiting(take: QueuedHead, unserved: Collection[str]) -> Waiting:
    tag = _tag_of(take) if take.finish is not None else None
    return Waiting(take.id, take.seconds, tag, take.head, take.preempted > 0, take.model not in unserved)


def _tag_of(take: QueuedHead) -> Tag:
    return Tag(take.start or 0.0, take.finish or 0.0)
