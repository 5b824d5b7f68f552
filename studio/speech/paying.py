"""What hearing a line costs, where it has a price: one preview for each line in a voice, however often it is heard.

Recordings are people's own: nothing is made for them.
"""

from __future__ import annotations

from inference.protocol import Line
from storage.retry import retried
from storage.unit import Database
from studio.billing.spending import charge_once, require_credits
from studio.generation.dialogue import length_digest
from studio.organisations.suspension import refuse_suspended

_ID_LENGTH = 40


async def require_preview(database: Database, *, org_id: str, line: Line, project_id: str | None) -> bool:
    """Whether hearing it will be charged, asked before it is said. Raises OrganisationSuspended, SpendCapReached,
    InsufficientCredits."""
    async with database.read(org_id=org_id) as session:
        await refuse_suspended(session, org_id=org_id)
        if line.voice is None:
            return False
        return await require_credits(
            session, org_id=org_id, subject="speech_preview", subject_id=_id_of(line), project_id=project_id
        )


@retried
async def pay_preview(database: Database, *, org_id: str, line: Line, project_id: str | None) -> None:
    """It was said. Raises SpendCapReached, InsufficientCredits."""
    async with database.write(org_id=org_id) as session:
        await charge_once(
            session, org_id=org_id, subject="speech_preview", subject_id=_id_of(line), project_id=project_id
        )


def _id_of(line: Line) -> str:
    return length_digest(line)[:_ID_LENGTH]
