"""Plans: what an organisation may use at once. A plan is a name on the organisation; what it means stands here."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.standing import get_standing

GIB = 1024**3


@dataclass(frozen=True)
class Plan:
    """Limits of one organisation. storage_bytes None: as much as there is room for. weight: its share of the devices,
    while others want them too."""

    name: str
    requests_a_minute: int
    queued_jobs: int
    running_jobs: int
    storage_bytes: int | None
    weight: float = 1.0


PLANS: dict[str, Plan] = {
    plan.name: plan
    for plan in (
        # Whoever runs the machine and films on it: not to be hit by work of any one person.
        Plan("local", requests_a_minute=60_000, queued_jobs=20_000, running_jobs=64, storage_bytes=None, weight=4.0),
        Plan("starter", requests_a_minute=600, queued_jobs=50, running_jobs=1, storage_bytes=5 * GIB),
        Plan("studio", requests_a_minute=3_000, queued_jobs=500, running_jobs=4, storage_bytes=200 * GIB, weight=2.0),
        Plan(
            "scale", requests_a_minute=12_000, queued_jobs=5_000, running_jobs=16, storage_bytes=2_048 * GIB, weight=4.0
        ),
    )
}
MOST_QUEUED = max(plan.queued_jobs for plan in PLANS.values())
DEFAULT_PLAN = "starter"
LOCAL_PLAN = "local"


async def plan_of(session: AsyncSession, *, org_id: str) -> Plan:
    """The organisation's plan; one that this version does not know counts as the default one.

    A unit looks it up once, and goes by what it found (`get_standing`).
    """
    return PLANS.get((await get_standing(session, org_id=org_id)).plan, PLANS[DEFAULT_PLAN])
