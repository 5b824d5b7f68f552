"""Mail is written down in the transaction that it is about, and commits with it or not at all."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.durable import forget_ended
from storage.queries.mails import forget_mails, insert_mail
from storage.unit import Database
from studio.auth.post import Mail
from studio.http.ids import new_id
from studio.queue.durable import MAILS, SEND_MAIL, enqueue

KEPT_FOR = timedelta(days=30)


async def post_mail(session: AsyncSession, mail: Mail) -> None:
    """Send it once the transaction has committed."""
    mail_id = new_id("mail")
    await insert_mail(session, mail_id=mail_id, kind=mail.kind, to=mail.to, language=mail.language, values=mail.values)
    await enqueue(session, workflow=SEND_MAIL, workflow_id=mail_id, queue=MAILS, arguments=("", mail_id))


async def forget_old_mail(database: Database) -> None:
    """Forget that mail was sent a month ago, and tokens that have expired."""
    async with database.write() as session:
        await forget_mails(session, older_than=KEPT_FOR)
        await forget_ended(session, workflow=SEND_MAIL, older_than=KEPT_FOR)
