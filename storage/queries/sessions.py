"""Sessions, one-time links, sign-ins under way, and how often sign-ins were tried."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.tenants import delete_idle, each_tenant
from storage.queries.timestamps import instant_after, read_clock
from storage.tables import OidcFlow, Person, Session, SignInLink, SignInTries, database_now
from storage.tenant_scope import set_person_scope, set_secret_scope, set_sweep_scope


async def insert_session(
    session: AsyncSession,
    *,
    session_id: str,
    token_sha256: str,
    person_id: str,
    org_id: str,
    way: str,
    address: str | None,
    browser: str,
    valid_for: timedelta,
) -> Session:
    await set_person_scope(session, person_id)
    row = Session(
        id=session_id,
        token_sha256=token_sha256,
        person_id=person_id,
        chosen_org_id=org_id,
        way=way,
        address=address,
        browser=browser,
        expires_at=await instant_after(session, valid_for),
    )
    session.add(row)
    await session.flush()
    return row


async def find_live_session(session: AsyncSession, *, token_sha256: str) -> Session | None:
    """The session with this token's hash, unless it has expired. Nobody is known yet: this query finds out."""
    await set_secret_scope(session, token_sha256)
    return await session.scalar(
        select(Session).where(Session.token_sha256 == token_sha256, Session.expires_at > database_now())
    )


async def find_live_session_with_person(
    session: AsyncSession, *, token_sha256: str
) -> tuple[Session, Person, datetime] | None:
    """As `find_live_session`, with whose it is and the time."""
    await set_secret_scope(session, token_sha256)
    found = await session.execute(
        select(Session, Person, database_now())
        .join(Person, Person.id == Session.person_id)
        .where(Session.token_sha256 == token_sha256, Session.expires_at > database_now())
    )
    row = found.first()
    return None if row is None else (row[0], row[1], row[2])


async def list_sessions(session: AsyncSession, *, person_id: str) -> list[Session]:
    """The person's live sessions, the last used one first."""
    await set_person_scope(session, person_id)
    return list(
        await session.scalars(
            select(Session)
            .where(Session.person_id == person_id, Session.expires_at > database_now())
            .order_by(Session.last_seen_at.desc(), Session.id)
        )
    )


async def touch_session(session: AsyncSession, *, person_id: str, session_id: str) -> None:
    """Remember that the session was used."""
    await set_person_scope(session, person_id)
    await session.execute(
        update(Session)
        .where(Session.person_id == person_id, Session.id == session_id)
        .values(last_seen_at=database_now())
    )


async def choose_organisation(session: AsyncSession, *, person_id: str, session_id: str, org_id: str) -> None:
    await set_person_scope(session, person_id)
    await session.execute(
        update(Session).where(Session.person_id == person_id, Session.id == session_id).values(chosen_org_id=org_id)
    )


async def delete_session(session: AsyncSession, *, person_id: str, session_id: str) -> bool:
    """End a session; False when the person has no such one."""
    await set_person_scope(session, person_id)
    ended = await session.execute(
        delete(Session)
        .where(Session.person_id == person_id, Session.id == session_id)
        .returning(Session.id)
        .execution_options(synchronize_session=False)
    )
    return ended.first() is not None


async def insert_sign_in_link(
    session: AsyncSession, *, org_id: str, person_id: str, token_sha256: str, valid_for: timedelta
) -> None:
    expires_at = await instant_after(session, valid_for)
    session.add(SignInLink(token_sha256=token_sha256, org_id=org_id, person_id=person_id, expires_at=expires_at))
    await session.flush()


async def find_sign_in_link(session: AsyncSession, *, token_sha256: str) -> SignInLink | None:
    """The link with this token's hash, unless it has expired. No tenant is known yet: this query finds out."""
    await set_secret_scope(session, token_sha256)
    return await session.scalar(
        select(SignInLink).where(SignInLink.token_sha256 == token_sha256, SignInLink.expires_at > database_now())
    )


async def use_sign_in_link(session: AsyncSession, *, org_id: str, token_sha256: str) -> bool:
    """Use the link up; False when another request was first."""
    used = await session.execute(
        delete(SignInLink)
        .where(SignInLink.org_id == org_id, SignInLink.token_sha256 == token_sha256)
        .returning(SignInLink.person_id)
        .execution_options(synchronize_session=False)
    )
    return used.first() is not None


async def count_try(session: AsyncSession, *, key: str, window: timedelta) -> tuple[int, datetime]:
    """Count one more try; returns how many there were within the window, and when that ends."""
    now = await read_clock(session)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    over = SignInTries.began_at <= now - window
    counted = await session.execute(
        insert(SignInTries)
        .values(key=key, tries=1, began_at=now)
        .on_conflict_do_update(
            index_elements=[SignInTries.key],
            set_={
                "tries": case((over, 1), else_=SignInTries.tries + 1),
                "began_at": case((over, now), else_=SignInTries.began_at),
            },
        )
        .returning(SignInTries.tries, SignInTries.began_at)
    )
    tries, began_at = counted.one()
    return tries, began_at + window


async def delete_tries(session: AsyncSession, *, key: str) -> None:
    await session.execute(delete(SignInTries).where(SignInTries.key == key))


async def insert_oidc_flow(
    session: AsyncSession,
    *,
    state_sha256: str,
    nonce: str,
    code_verifier: str,
    invitation: str | None,
    next_path: str,
    valid_for: timedelta,
) -> None:
    flow = OidcFlow(
        state_sha256=state_sha256,
        nonce=nonce,
        code_verifier=code_verifier,
        invitation=invitation,
        next_path=next_path,
        expires_at=await instant_after(session, valid_for),
    )
    session.add(flow)
    await session.flush()


async def take_oidc_flow(session: AsyncSession, *, state_sha256: str) -> OidcFlow | None:
    """The flow with this state's hash, used up; None when it is unknown, expired or was answered before."""
    return await session.scalar(
        delete(OidcFlow)
        .where(OidcFlow.state_sha256 == state_sha256, OidcFlow.expires_at > database_now())
        .returning(OidcFlow)
        .execution_options(synchronize_session=False)
    )


async def delete_expired(session: AsyncSession, *, tries_older_than: timedelta) -> None:
    """Drop expired sessions, links and flows, and old counts of tries. For the sweeper alone."""
    await set_sweep_scope(session)
    horizon = await instant_after(session, -tries_older_than)
    await delete_idle(session, Session.id, Session.expires_at < database_now())
    await delete_idle(session, OidcFlow.state_sha256, OidcFlow.expires_at < database_now())
    await delete_idle(session, SignInTries.key, SignInTries.began_at < horizon)
    async for org_id in each_tenant(session):
        expired = (SignInLink.org_id == org_id) & (SignInLink.expires_at < database_now())
        await delete_idle(session, SignInLink.token_sha256, expired)
