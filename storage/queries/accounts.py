"""Organisations and API keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, column, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.commit_signal import call_after_commit
from storage.queries.standing import forget_standing
from storage.tables import ApiKey, Asset, Organisation, database_now
from storage.tenant_scope import set_tenant_scope
from storage.unit import MEMORY


async def insert_organisation(session: AsyncSession, *, org_id: str, name: str, plan: str = "starter") -> Organisation:
    """A new tenant, whose the unit is from then on."""
    await set_tenant_scope(session, org_id)
    organisation = Organisation(id=org_id, name=name, plan=plan)
    session.add(organisation)
    await session.flush()
    return organisation


async def get_organisation(session: AsyncSession, *, org_id: str) -> Organisation | None:
    return await session.get(Organisation, org_id)


async def get_livemode(session: AsyncSession, *, org_id: str) -> bool | None:
    """False of a test organisation; None: there is no such one."""
    return await session.scalar(select(Organisation.livemode).where(Organisation.id == org_id))


async def rename_organisation(session: AsyncSession, *, org_id: str, name: str) -> Organisation | None:
    return await session.scalar(
        update(Organisation)
        .where(Organisation.id == org_id)
        .values(name=name)
        .returning(Organisation)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


async def get_plan_name(session: AsyncSession, *, org_id: str) -> str:
    """The name of the organisation's plan; empty for an organisation that is not there."""
    return (await session.scalar(_PLAN_NAME, {"org_id": org_id})) or ""


_PLAN_NAME = select(Organisation.plan).where(Organisation.id == bindparam("org_id"))


async def set_plan_name(session: AsyncSession, *, org_id: str, plan: str) -> bool:
    """False when there is no such organisation."""
    forget_standing(session, org_id=org_id)
    found = await session.execute(
        update(Organisation).where(Organisation.id == org_id).values(plan=plan).returning(Organisation.id)
    )
    return found.first() is not None


async def claim_example(session: AsyncSession, *, org_id: str) -> bool:
    """Whether the example film is still to be begun; whoever is told so begins it, and nobody else is."""
    claimed = await session.execute(
        update(Organisation)
        .where(Organisation.id == org_id, Organisation.example_due)
        .values(example_due=False)
        .returning(Organisation.id)
    )
    return claimed.first() is not None


async def release_example(session: AsyncSession, *, org_id: str) -> None:
    """It could not be begun: the next sign-in tries again."""
    await session.execute(update(Organisation).where(Organisation.id == org_id).values(example_due=True))


async def get_standing_consent(session: AsyncSession, *, org_id: str) -> dict[str, Any] | None:
    return await session.scalar(select(Organisation.standing_consent).where(Organisation.id == org_id))


async def set_standing_consent(session: AsyncSession, *, org_id: str, consent: dict[str, Any] | None) -> None:
    """None: there is none any more."""
    await session.execute(update(Organisation).where(Organisation.id == org_id).values(standing_consent=consent))


async def sum_stored_bytes(session: AsyncSession, *, org_id: str) -> int:
    """What the organisation keeps, announced uploads included."""
    query = select(func.coalesce(func.sum(Asset.size_bytes), 0)).where(Asset.org_id == org_id, Asset.state != "deleted")
    return int((await session.execute(query)).scalar_one())


def count_key_changes(memory: Mapping[str, Any]) -> int:
    """How many units of this process that took something from a key were committed. memory: of its database."""
    return int(memory.get(_KEY_CHANGES, 0))


def note_key_change(session: AsyncSession) -> None:
    """Call it where a key is revoked, or may do something else from now on."""
    memory: dict[str, Any] = session.info[MEMORY]

    def note() -> None:
        memory[_KEY_CHANGES] = count_key_changes(memory) + 1

    call_after_commit(session, note)


_KEY_CHANGES = "key_changes"  # in a database's memory


async def insert_api_key(
    session: AsyncSession,
    *,
    org_id: str,
    key_id: str,
    name: str,
    shown_prefix: str,
    key_sha256: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
) -> ApiKey:
    key = ApiKey(
        id=key_id,
        org_id=org_id,
        name=name,
        shown_prefix=shown_prefix,
        key_sha256=key_sha256,
        scopes=list(scopes),
        expires_at=expires_at,
    )
    session.add(key)
    await session.flush()
    return key


async def find_live_api_key(session: AsyncSession, *, key_sha256: str) -> tuple[ApiKey, datetime] | None:
    """The key with this hash unless revoked or expired, and the time. No tenant is known yet: this query finds it.

    One statement, which needs no transaction around it.
    """
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    found = await session.execute(_FIND_KEY if on_sqlite else _FIND_KEY_BY_SECRET, {"sha256": key_sha256})
    row = found.first()
    return None if row is None else (row[0], row[1])


def _find_key(key: type[ApiKey]) -> Select[ApiKey, datetime]:
    return select(key, database_now()).where(
        key.key_sha256 == bindparam("sha256"),
        key.revoked_at.is_(None),
        or_(key.expires_at.is_(None), key.expires_at > database_now()),
    )


_FIND_KEY = _find_key(ApiKey)
# PostgreSQL shows the row to whoever knows its hash, which this function tells it on the way.
_BY_SECRET = func.key_by_secret(bindparam("sha256")).table_valued(
    *(column(each.name, each.type) for each in ApiKey.__table__.columns)
)
_FIND_KEY_BY_SECRET = _find_key(aliased(ApiKey, _BY_SECRET, adapt_on_names=True))


async def touch_api_key(session: AsyncSession, *, org_id: str, key_id: str) -> None:
    """Remember that the key was used."""
    await session.execute(
        update(ApiKey).where(ApiKey.org_id == org_id, ApiKey.id == key_id).values(last_used_at=database_now())
    )


async def list_api_keys(session: AsyncSession, *, org_id: str, after: str | None, limit: int) -> list[ApiKey]:
    """Newest first, revoked ones among them."""
    query = select(ApiKey).where(ApiKey.org_id == org_id).order_by(ApiKey.id.desc()).limit(limit)
    if after is not None:
        query = query.where(ApiKey.id < after)
    return list(await session.scalars(query))


async def revoke_api_key(session: AsyncSession, *, org_id: str, key_id: str) -> ApiKey | None:
    """The key, now revoked (or revoked before); None when the organisation has no such key."""
    note_key_change(session)
    await session.execute(
        update(ApiKey)
        .where(ApiKey.org_id == org_id, ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=database_now())
    )
    return await session.scalar(
        select(ApiKey).where(ApiKey.org_id == org_id, ApiKey.id == key_id).execution_options(populate_existing=True)
    )


async def set_scopes(session: AsyncSession, *, org_id: str, key_id: str, scopes: Sequence[str]) -> None:
    """What the key may do from now on."""
    note_key_change(session)
    await session.execute(
        update(ApiKey).where(ApiKey.org_id == org_id, ApiKey.id == key_id).values(scopes=list(scopes))
    )


def needs_touch(key: ApiKey, now: datetime, every: timedelta = timedelta(minutes=1)) -> bool:
    """Whether last_used_at is old enough to be worth a write."""
    return key.last_used_at is None or now - key.last_used_at > every


async def is_live_organisation(session: AsyncSession, *, org_id: str) -> bool:
    """Whether it is none that is another's test mode."""
    return bool(await session.scalar(select(Organisation.livemode).where(Organisation.id == org_id)))
