"""Payments as commands of `dramatis`: what an operator does with orders."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli_options import Data

payments = typer.Typer()
orders = typer.Typer(no_args_is_help=True, help="Payments: orders, refunds, and asking providers anew.")
payments.add_typer(orders, name="payments")

Organisation = Annotated[str, typer.Argument(help="The organisation's id, as `dramatis organisations list` shows it.")]
Order = Annotated[str, typer.Argument(help="The order's id, as `dramatis payments orders` shows it.")]


@orders.command("orders")
def payments_orders(org_id: Organisation, data: Data = None) -> None:
    """The organisation's orders, newest first: what was paid, what went back, and what is still owed."""
    from studio.commands.payments import show_orders

    show_orders(data, org_id)


@orders.command("refund")
def payments_refund(
    org_id: Organisation,
    order_id: Order,
    reason: Annotated[str, typer.Option(help="Why, for the books.")],
    amount: Annotated[int | None, typer.Option(help="In cents or fen; without it, all that is left.")] = None,
    data: Data = None,
) -> None:
    """Send money back through the provider that took it; credits that were not spent go with it.

    **Example**

    `dramatis payments refund org_01J… ord_01J… --amount 500 --reason "clip was late"`
    """
    from studio.commands.payments import refund_order

    refund_order(data, org_id, order_id, amount, reason)


@orders.command("reconcile")
def payments_reconcile(data: Data = None) -> None:
    """Ask the providers now after every order that is due; the sweeper does so by itself each minute."""
    from studio.commands.payments import reconcile_orders

    reconcile_orders(data)
