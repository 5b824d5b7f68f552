"""Prices, credits, caps and statements, as commands of `dramatis`: for whoever runs a studio."""

from __future__ import annotations

import enum
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from studio.cli_options import Data

billing = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="""Credits: what things cost, who has how many, what became of them.

    Everything is free until a price is set. Then a take's quote is held when it is submitted, and it is charged if it
    succeeds.

    **Examples**

    `dramatis billing prices previs 0.01` — a second of a device costs a hundredth of a credit

    `dramatis billing grant 50 --org org_01J9ZK3Q5T8M4N6P7R9S0V2W3X --reason "to try it out"`

    `dramatis billing caps --org org_01J9ZK3Q5T8M4N6P7R9S0V2W3X --period month --limit 25`
    """,
)

Org = Annotated[
    str | None,
    typer.Option(help="The organisation's id, as `dramatis organisations list` shows it. [default: this folder's own]"),
]
Reason = Annotated[str, typer.Option(help="Why; it stands in the ledger and in the audit log.")]


class Kind(enum.StrEnum):
    """Of credits that an operator grants."""

    grant = "grant"
    gift = "gift"
    subscription = "subscription"
    purchase = "purchase"


class Scope(enum.StrEnum):
    """Whose spending a cap is on."""

    organisation = "organisation"
    member = "member"
    key = "key"
    project = "project"


class Span(enum.StrEnum):
    """The time that a cap is for."""

    day = "day"
    month = "month"
    lifetime = "lifetime"


@billing.command("prices")
def billing_prices(
    item: Annotated[str | None, typer.Argument(help="A model, `enrolment`, or `credit`: what one is sold for.")] = None,
    amount: Annotated[
        str | None, typer.Argument(help="In credits a device-second, or a piece; at most six decimals.")
    ] = None,
    currency: Annotated[str, typer.Option(help="For the item `credit`: USD, EUR, CNY, …")] = "credits",
    since: Annotated[datetime | None, typer.Option(help="From then on, in UTC. [default: now]")] = None,
    data: Data = None,
) -> None:
    """Show every price with its history, or set one. A running server goes by it within ten seconds.

    **Examples**

    `dramatis billing prices`

    `dramatis billing prices wan-vace-14b 0.25 --since 2027-01-01`

    `dramatis billing prices credit 0.01 --currency USD`
    """
    from studio.commands.billing import put_price, show_prices

    if item is None:
        show_prices(data)
    else:
        put_price(data, item, amount, currency, since)


@billing.command("grant")
def billing_grant(
    credits: Annotated[str, typer.Argument(help="How many; at most six decimals.")],
    reason: Reason,
    org: Org = None,
    kind: Annotated[
        Kind, typer.Option(help="Free ones are spent before paid ones; purchases never expire.")
    ] = Kind.grant,
    expires: Annotated[datetime | None, typer.Option(help="When they are void, in UTC. [default: never]")] = None,
    reference: Annotated[
        str | None, typer.Option(help="Of an invoice or payment: granting it again changes nothing.")
    ] = None,
    data: Data = None,
) -> None:
    """Give an organisation credits.

    **Example**

    `dramatis billing grant 500 --kind purchase --reference invoice-17 --reason "invoice 17 was paid"`
    """
    from studio.commands.billing import grant_credits

    grant_credits(data, org, credits, kind.value, expires, reason, reference)


@billing.command("reverse")
def billing_reverse(
    lot_id: Annotated[str, typer.Argument(help="Of the credits, as `dramatis billing lots` shows it.")],
    reason: Reason,
    org: Org = None,
    credits: Annotated[str | None, typer.Option(help="How many. [default: all that are left]")] = None,
    data: Data = None,
) -> None:
    """Take back credits that are neither spent nor held.

    **Example**

    `dramatis billing reverse lot_01J9ZK3Q5T8M4N6P7R9S0V2W3X --reason "the payment was charged back"`
    """
    from studio.commands.billing import reverse_credits

    reverse_credits(data, org, lot_id, credits, reason)


@billing.command("lots")
def billing_lots(org: Org = None, data: Data = None) -> None:
    """An organisation's credits as they came in, newest first, and what became of them."""
    from studio.commands.billing import show_lots

    show_lots(data, org)


@billing.command("caps")
def billing_caps(
    org: Org = None,
    scope: Annotated[Scope, typer.Option(help="Whose spending.")] = Scope.organisation,
    subject: Annotated[str | None, typer.Option(help="Id of the member, key or project.")] = None,
    period: Annotated[Span, typer.Option(help="Days and months of UTC.")] = Span.month,
    limit: Annotated[str | None, typer.Option(help="In credits: set it. Without it, caps are shown.")] = None,
    remove: Annotated[str | None, typer.Option(metavar="CAP", help="Remove this cap.")] = None,
    data: Data = None,
) -> None:
    """Show, set or remove caps on spending. What is submitted beyond one is refused.

    **Examples**

    `dramatis billing caps`

    `dramatis billing caps --scope key --subject key_01J9ZK3Q5T8M4N6P7R9S0V2W3X --period day --limit 5`
    """
    from studio.commands.billing import drop_cap, set_limit, show_caps

    if remove is not None:
        drop_cap(data, org, remove)
    elif limit is not None:
        set_limit(data, org, scope.value, subject, period.value, limit)
    else:
        show_caps(data, org)


@billing.command("statement")
def billing_statement(
    month: Annotated[str | None, typer.Argument(help="As 2026-11. [default: every month]")] = None,
    org: Org = None,
    csv: Annotated[Path | None, typer.Option(help="Write the ledger's entries of that time to this file.")] = None,
    data: Data = None,
) -> None:
    """What months of UTC came to: opening, granted, charged, expired, reversed, closing.

    **Example**

    `dramatis billing statement 2026-11 --csv november.csv`
    """
    from studio.commands.billing import show_statements

    show_statements(data, org, month, csv)


@billing.command("verify")
def billing_verify(data: Data = None) -> None:
    """Recompute every balance, hold and statement from the ledger's entries; exit 1 when one differs.

    **Example**

    `dramatis billing verify --data /var/lib/dramatis`
    """
    from studio.commands.billing import verify_ledgers

    verify_ledgers(data)
