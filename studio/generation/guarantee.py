"""The identity guarantee: a take whose faces are not like enough is rendered again by another seed, and only the one
that passes is charged; when none does, the take fails and costs nothing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from inference.protocol import CharacterIdentity
from storage.queries.takes import end_attempt, list_attempts, redraw_take
from storage.retry import retried
from storage.unit import Database
from studio.generation.request import SEED_LIMIT
from studio.generation.schemas import IdentityGuarantee
from studio.generation.settlement import AttemptId, end_in_failure
from studio.progress.events import publish_event

SHORT = "identity_below_minimum"


def find_shortfall(guarantee: IdentityGuarantee | None, identity: Sequence[CharacterIdentity]) -> str | None:
    """Whose face is not what was agreed, in words; None where all are, or nothing was agreed.

    A face that is expected in every frame and could not be measured is none; one that may turn away passes then.
    """
    if guarantee is None:
        return None
    short = [
        f"{one.character_name} {'was not seen' if one.score is None else f'scored {one.score:.2f}'}"
        for one in identity
        if one.expected != "none" and _falls_short(one, guarantee.min_score)
    ]
    return f"{', '.join(short)}; {guarantee.min_score:.2f} was agreed" if short else None


def _falls_short(one: CharacterIdentity, min_score: float) -> bool:
    if one.score is None:
        return one.expected == "always"
    return one.score < min_score or one.verdict == "fail"


@retried
async def settle_shortfall(database: Database, attempt: AttemptId, guarantee: IdentityGuarantee, words: str) -> bool:
    """The clip is not what was agreed, and goes. True when that was the last try, and the take ends here."""
    take = {"org_id": attempt.org_id, "take_id": attempt.take_id}
    async with database.write(org_id=attempt.org_id) as session:
        if not await end_attempt(session, **take, number=attempt.number, state="FAILED", failure_code=SHORT):
            return False
        tries = sum(one.failure_code == SHORT for one in await list_attempts(session, **take))
        if tries >= guarantee.max_attempts:
            message = f"tried {tries} times: {words}. Nothing was charged"
            await end_in_failure(session, **take, code=SHORT, message=message)
            return True
        seed = secrets.randbelow(SEED_LIMIT)
        await redraw_take(session, **take, seed=seed)
        await publish_event(session, **take, event="take.retrying", code=SHORT, message=words, seed=seed)
    return False
