"""That mail is sent: a durable workflow a message, tried again for some hours; run by `serve` and by sweepers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, cast

import structlog
from dbos import DBOS

from storage.queries.mails import get_mail, settle_mail
from storage.retry import retried
from storage.tables import MailRow
from storage.unit import Database
from studio.auth.post import Language, MailKind
from studio.mail.smtp import MailDelayed, MailRefused, SmtpServer
from studio.mail.words import write_mail
from studio.queue.durable import MAILS, SEND_MAIL
from studio.queue.executor import Executor
from studio.queue.running import Running

log = structlog.get_logger(__name__)

AT_A_TIME = 8
POLL_S = 0.5
PAUSES_S = (30.0, 300.0, 1800.0, 7200.0, 21600.0)  # between tries; after the last one it is given up
Outcome = Literal["settled", "retry"]
TrySend = Callable[[str, bool], Awaitable[Outcome]]

# DBOS is one to a process, and so are what its workflows call and the ones that run.
_try_send: TrySend | None = None
_running = Running()


class MailRunner:
    """Sends mail in this process while it is launched. Close it before its executor."""

    def __init__(self, executor: Executor, database: Database, server: SmtpServer) -> None:
        self._executor, self._database, self._server = executor, database, server

    async def launch(self) -> None:
        """Begin; the executor is launched."""
        global _try_send
        _try_send = self._send
        await self._executor.listen(MAILS, at_a_time=AT_A_TIME, poll_s=POLL_S)

    async def close(self) -> None:
        """Stop; what is unsent is sent by whoever is next."""
        global _try_send
        _try_send = None
        await _running.cancel()

    async def _send(self, mail_id: str, is_last: bool) -> Outcome:
        row = await self._read(mail_id)
        if row is None or row.state != "pending":
            return "settled"
        kind, language = cast(MailKind, row.kind), cast(Language, row.language)
        ours = f"<{row.id}@{self._server.sender.rpartition('@')[2].rstrip('>')}>"
        message = write_mail(kind, language, row.told, to=row.to_address, sender=self._server.sender, message_id=ours)
        try:
            await self._server.send(message)
        except MailRefused as refused:
            return await self._settle(mail_id, str(refused))
        except MailDelayed as delayed:
            log.warning("mail_delayed", mail=mail_id, kind=kind, why=str(delayed))
            return await self._settle(mail_id, str(delayed)) if is_last else "retry"
        return await self._settle(mail_id, None)

    @retried
    async def _read(self, mail_id: str) -> MailRow | None:
        async with self._database.read() as session:
            return await get_mail(session, mail_id=mail_id)

    @retried
    async def _settle(self, mail_id: str, error: str | None) -> Outcome:
        if error is not None:
            log.error("mail_given_up", mail=mail_id, why=error)
        async with self._database.write() as session:
            await settle_mail(session, mail_id=mail_id, error=error)
        return "settled"


@DBOS.workflow(name=SEND_MAIL, max_recovery_attempts=None)  # type: ignore[untyped-decorator]  # dbos is not followed
async def send_mail(_: str, mail_id: str) -> None:
    """Try until it is sent, a few times. The first argument is a tenant's everywhere else; mail has none."""
    with _running.counted():
        for pause_s in PAUSES_S:
            if await try_mail(mail_id, False) == "settled":
                return
            await DBOS.sleep_async(pause_s)
        await try_mail(mail_id, True)


@DBOS.step(name="try_mail")  # type: ignore[untyped-decorator]  # dbos is not followed
async def try_mail(mail_id: str, is_last: bool) -> Outcome:
    """At least once: a crash after the server has taken it means a second copy, under the same Message-ID."""
    if _try_send is None:  # this process is closing: the workflow is taken up by the next one
        raise asyncio.CancelledError
    return await _try_send(mail_id, is_last)
