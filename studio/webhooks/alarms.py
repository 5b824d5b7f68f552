"""What those who look after an organisation are told by e-mail: an endpoint was disabled, a budget is nearly spent,
something was paid or went back, a renewal or an automatic top-up failed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from storage.queries.accounts import get_organisation
from storage.queries.mails import list_admin_addresses
from storage.tables import Event, WebhookEndpoint
from studio.auth.post import Mail, MailKind, Post
from studio.webhooks.endpoints import DisabledReason, disable_endpoint

BUDGET_EVENT = "budget.threshold"
RECEIPTS: dict[str, MailKind] = {
    "order.paid": "order_paid",
    "order.refunded": "order_refunded",
    "credits.renewal_failed": "renewal_failed",
    "credits.top_up_failed": "top_up_failed",
}
ALARMING = frozenset({BUDGET_EVENT, *RECEIPTS})
MICRO, CENTS = 1_000_000, 100


@dataclass(frozen=True)
class Alarm:
    """How people are told. post: None where no mail is sent; origin: of the studio's pages."""

    post: Post | None
    origin: str


SILENT = Alarm(None, "")


async def give_up(session: AsyncSession, endpoint: WebhookEndpoint, *, reason: DisabledReason, alarm: Alarm) -> None:
    """Disable an endpoint and say so, within the caller's transaction."""
    await disable_endpoint(session, endpoint, reason=reason)
    told = {"name": endpoint.name, "url": endpoint.url, "reason": reason, "link": f"{alarm.origin}/account/webhooks"}
    await _tell_admins(session, alarm, "endpoint_disabled", endpoint.org_id, told)


async def tell_of(session: AsyncSession, event: Event, *, alarm: Alarm) -> None:
    """Say what an event of `ALARMING` tells, within the caller's transaction."""
    if event.type == BUDGET_EVENT:
        await _tell_of_budget(session, event, alarm)
        return
    payload = event.payload
    money = f"{payload.get('amount', 0) / CENTS:,.2f} {str(payload.get('currency', '')).upper()}"
    told = {name: str(payload.get(name, "")) for name in ("provider", "plan", "reason")}
    told |= {"order": str(payload.get("order_id", "")), "money": money}
    told["credits"] = f"{payload.get('micro_credits', 0) / MICRO:,.6g}"
    told["link"] = str(payload.get("receipt_url") or f"{alarm.origin}/account/credits")
    await _tell_admins(session, alarm, RECEIPTS[event.type], event.org_id, told)


async def _tell_of_budget(session: AsyncSession, event: Event, alarm: Alarm) -> None:
    payload = event.payload
    told = {
        "percent": str(payload.get("percent", "")),
        "cap": str(payload.get("period", "")),
        "spent": f"{payload.get('committed_micro_credits', 0) / MICRO:,.2f}",
        "limit": f"{payload.get('limit_micro_credits', 0) / MICRO:,.2f}",
        "link": f"{alarm.origin}/account/caps",
    }
    await _tell_admins(session, alarm, "budget_threshold", event.org_id, told)


async def _tell_admins(session: AsyncSession, alarm: Alarm, kind: MailKind, org_id: str, told: dict[str, str]) -> None:
    if alarm.post is None:
        return
    organisation = await get_organisation(session, org_id=org_id)
    values = {"organisation": organisation.name if organisation is not None else "", **told}
    for address in await list_admin_addresses(session, org_id=org_id):
        await alarm.post(session, Mail(kind, address, "both", values))
