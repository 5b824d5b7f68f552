"""Mail is sent through a real server, later than the request that it is about, in the reader's language."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.mails import get_mail
from storage.queries.people import insert_membership
from storage.tables import MailRow
from storage.tenant_scope import mail_scope
from storage.unit import Database
from studio.auth.passwords import hash_password
from studio.auth.people import make_person
from studio.auth.post import Mail
from studio.mail.outbox import post_mail
from studio.mail.smtp import MailDelayed, MailRefused, SmtpServer
from studio.mail.words import KINDS, write_mail
from studio.mail.workflow import MailRunner
from studio.progress.events import publish_credits_event
from studio.queue.executor import Executor
from studio.webhooks.alarms import Alarm, give_up
from studio.webhooks.endpoints import make_endpoint
from studio.webhooks.outbox import follow_events
from tests.studio.conftest import Tenant, add_person, open_browser, sign_in_as
from tests.studio.mail.mail_server import PASSWORD, USER, MailServer, open_mail_server
from tests.tls_proxy import certify

SENDER = "Studio <studio@films.example>"
OLD, NEW = "a long old sentence", "a long new sentence"


@pytest.fixture
async def mail(database: Database, app: FastAPI) -> AsyncIterator[MailServer]:
    """The studio sends mail, to a server on this machine."""
    app.state.post = post_mail
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(open_mail_server())
        executor = Executor(database, "tests", 1)
        stack.push_async_callback(executor.close)
        executor.launch()
        runner = MailRunner(executor, database, SmtpServer("127.0.0.1", server.port, "none", None, None, SENDER))
        stack.push_async_callback(runner.close)
        await runner.launch()
        yield server


async def ada(database: Database, tenant: Tenant) -> str:
    """A member with a password; returns her id."""
    kept = await hash_password(OLD)
    async with database.write(org_id=tenant.org_id) as session:
        person = await make_person(session, email="ada@example.com", name="Ada", password_hash=kept)
        await insert_membership(session, org_id=tenant.org_id, person_id=person.id, role="owner")
    return person.id


def link_in(text: str) -> str:
    found = re.search(r"https?://\S+", text)
    assert found is not None
    return found[0]


async def sign_in(browser: httpx.AsyncClient, password: str) -> int:
    reply = await browser.post("/v1/sessions", json={"email": "ada@example.com", "password": password})
    return reply.status_code


async def test_a_forgotten_password_is_chosen_anew_by_a_link_that_works_once(
    app: FastAPI, tenant: Tenant, database: Database, mail: MailServer
) -> None:
    signed_in = await sign_in_as(app, await ada(database, tenant))
    browser = open_browser(app)
    asked = await browser.post("/v1/password-resets", json={"email": "Ada@example.com", "language": "zh"})
    assert asked.status_code == 202, asked.text
    (message,) = await mail.until(1)
    assert (message["To"], message["From"], message["Subject"]) == ("ada@example.com", SENDER, "重设 Dramatis 密码")
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    link = link_in(plain.get_content())
    assert link in page.get_content()
    token = link.partition("token=")[2]
    weak = await browser.post("/v1/password-resets/use", json={"token": token, "password": "short"})
    assert weak.status_code == 422
    used = await browser.post("/v1/password-resets/use", json={"token": token, "password": NEW})
    assert used.status_code == 204, used.text
    again = await browser.post("/v1/password-resets/use", json={"token": token, "password": OLD})
    assert (again.status_code, again.json()["code"]) == (410, "password_reset_gone")
    assert (await signed_in.get("/v1/me")).status_code == 401  # every session has ended
    assert await sign_in(browser, OLD) == 401
    assert await sign_in(browser, NEW) == 201
    log = (await tenant.http.get("/v1/audit-log")).json()["data"]
    assert "password.changed" in [entry["action"] for entry in log]


async def test_nobody_learns_who_signs_in_here_and_nobody_is_flooded(
    app: FastAPI, tenant: Tenant, database: Database, mail: MailServer
) -> None:
    await ada(database, tenant)
    browser = open_browser(app)
    unknown = await browser.post("/v1/password-resets", json={"email": "nobody@example.com"})
    replies = [await browser.post("/v1/password-resets", json={"email": "ada@example.com"}) for _ in range(6)]
    assert {(one.status_code, one.text) for one in replies} == {(unknown.status_code, unknown.text)}
    await mail.until(3)
    async with database.write() as session:
        await post_mail(session, Mail("password_reset", "last@example.com", "en", {"email": "", "link": "https://a"}))
    received = await mail.until(4)
    assert sorted(one["To"] for one in received) == ["ada@example.com"] * 3 + ["last@example.com"]


async def test_an_invitation_is_mailed_and_shown(tenant: Tenant, mail: MailServer) -> None:
    made = await tenant.http.post("/v1/invitations", json={"email": "grace@example.com", "role": "editor"})
    assert made.json()["mailed"] is True
    (message,) = await mail.until(1)
    body = message.get_body(("plain",))
    assert body is not None
    assert link_in(body.get_content()) == made.json()["url"]
    assert message["Subject"] == "A invites you"


async def test_without_mail_the_studio_says_so(app: FastAPI, tenant: Tenant) -> None:
    browser = open_browser(app)
    assert (await browser.get("/v1/sign-in-options")).json()["mail"] is False
    refused = await browser.post("/v1/password-resets", json={"email": "ada@example.com"})
    assert (refused.status_code, refused.json()["code"]) == (409, "mail_is_off")
    made = await tenant.http.post("/v1/invitations", json={"email": "grace@example.com", "role": "editor"})
    assert made.json()["mailed"] is False
    assert "/join?token=" in made.json()["url"]


async def test_what_was_sent_or_refused_for_good_is_forgotten(database: Database, mail: MailServer) -> None:
    mail.refusals = ["554 no thanks"]
    async with database.write() as session:
        await post_mail(
            session, Mail("password_reset", "a@example.com", "en", {"email": "a", "link": "https://secret"})
        )
    async with database.write() as session:
        await post_mail(
            session, Mail("password_reset", "b@example.com", "en", {"email": "b", "link": "https://secret"})
        )
    await mail.until(1)
    rows = await _settled(database, 2)
    assert sorted(row.state for row in rows) == ["failed", "sent"]
    assert [row.told for row in rows] == [{}, {}]
    assert mail.tries == 2


async def _settled(database: Database, count: int) -> list[MailRow]:
    async with asyncio.timeout(60):
        while True:
            async with database.read() as session, mail_scope(session):
                rows = list(await session.scalars(select(MailRow).where(MailRow.state != "pending")))
            if len(rows) >= count:
                return rows
            await asyncio.sleep(0.05)


async def test_mail_is_seen_by_nobody_else(tenant: Tenant, database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no row level security")
    async with database.write(org_id=tenant.org_id) as session:
        await post_mail(
            session, Mail("password_reset", "a@example.com", "en", {"email": "a", "link": "https://secret"})
        )
        assert list(await session.scalars(select(MailRow))) == []
        (mail_id,) = [row.id for row in await _all(session)]
        assert await get_mail(session, mail_id=mail_id) is not None


async def _all(session: AsyncSession) -> list[MailRow]:
    async with mail_scope(session):
        return list(await session.scalars(select(MailRow)))


async def test_a_server_that_wants_tls_and_a_password_gets_both_and_others_are_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = certify(tmp_path, x509.DNSName("localhost"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    message = write_mail(
        "invitation", "en", {"organisation": "A\r\nBcc: evil@example.com", "role": "editor", "link": "https://a"},
        to="a@example.com", sender=SENDER, message_id="<a@films.example>",
    )  # fmt: skip
    async with open_mail_server(tls) as server:
        ours = SmtpServer("localhost", server.port, "starttls", USER, PASSWORD, SENDER)
        with pytest.raises(MailDelayed):  # nobody has signed its certificate
            await ours.send(message)
        plain = SmtpServer("localhost", server.port, "none", None, None, SENDER)
        with pytest.raises(MailRefused):
            await plain.send(message)
        assert server.received == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        await ours.send(message)
        (received,) = server.received
        assert (received["To"], received["Bcc"]) == ("a@example.com", None)
        with pytest.raises(MailDelayed, match="does not let us in: 535"):  # the right server, and a wrong password
            await SmtpServer("localhost", server.port, "starttls", USER, "another", SENDER).send(message)


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_says_the_same_in_both_languages_and_escapes_what_people_wrote(kind: str) -> None:
    names = ("organisation", "role", "link", "email", "name", "url", "reason", "percent", "spent", "limit", "cap")
    names += ("credits", "money", "order", "provider", "plan")
    values = dict.fromkeys(names, "<b>x</b>") | {"link": "https://films.example/x?a=1&b=2", "reason": "gone"}
    for language in ("en", "zh", "both"):
        message = write_mail(
            kind,
            language,
            values,
            to="a@example.com",
            sender=SENDER,
            message_id="<a@films.example>",  # type: ignore[arg-type]
        )
        page = message.get_body(("html",))
        assert page is not None
        assert "<b>" not in page.get_content()
        assert "https://films.example/x?a=1&amp;b=2" in page.get_content()


async def test_whoever_signs_in_without_a_password_is_mailed_no_link(
    app: FastAPI, tenant: Tenant, database: Database, mail: MailServer
) -> None:
    await add_person(database, tenant.org_id, "editor", "oidc@example.com")
    browser = open_browser(app)
    assert (await browser.post("/v1/password-resets", json={"email": "oidc@example.com"})).status_code == 202
    assert (await tenant.http.post("/v1/invitations", json={"email": "g@example.com", "role": "editor"})).is_success
    assert [one["To"] for one in await mail.until(1)] == ["g@example.com"]


async def test_admins_are_told_of_budgets_and_of_endpoints_that_are_given_up(
    tenant: Tenant, database: Database, mail: MailServer
) -> None:
    await ada(database, tenant)
    following = asyncio.create_task(follow_events(database, Alarm(post_mail, "https://films.example")))
    async with database.write(org_id=tenant.org_id) as session:
        limits = {
            "percent": 80,
            "period": "month",
            "limit_micro_credits": 5_000_000,
            "committed_micro_credits": 4_100_000,
        }
        await publish_credits_event(session, org_id=tenant.org_id, event="budget.threshold", **limits)
    (budget,) = await mail.until(1)
    assert budget["To"] == "ada@example.com"
    assert budget["Subject"].startswith("A: 80% of a spending cap · ")
    body = budget.get_body(("plain",))
    assert body is not None
    assert "4.10 of 5.00 credits are spent or held (monthly)." in body.get_content()
    assert "https://films.example/account/caps" in body.get_content()
    async with database.write(org_id=tenant.org_id) as session:
        declined = {"event": "credits.top_up_failed", "reason": "the card was declined"}
        await publish_credits_event(session, org_id=tenant.org_id, **declined)  # type: ignore[arg-type]
    stopped = (await mail.until(2))[1].get_body(("plain",))
    assert stopped is not None
    assert "Nothing was bought: the card was declined." in stopped.get_content()
    following.cancel()
    await asyncio.wait([following])
    async with database.write(org_id=tenant.org_id) as session:
        of = {"org_id": tenant.org_id, "name": "app", "url": "https://hooks.example.com/"}
        endpoint = await make_endpoint(session, **of, event_types=["*"])
        await give_up(session, endpoint, reason="failing", alarm=Alarm(post_mail, "https://films.example"))
    disabled = (await mail.until(3))[2]
    assert disabled["Subject"].startswith("Webhook endpoint app of A is disabled · ")
