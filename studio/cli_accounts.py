"""Organisations, their keys, people, pools and audit logs, as commands of `dramatis`."""

from __future__ import annotations

from typing import Annotated

import typer

from studio.cli_options import Data

accounts = typer.Typer()
keys = typer.Typer(no_args_is_help=True, help="API keys of a data folder: create, list, revoke.")
organisations = typer.Typer(no_args_is_help=True, help="Organisations of a data folder, and their plans.")
pools = typer.Typer(no_args_is_help=True, help="Pools of nodes: whose takes they render.")
people = typer.Typer(no_args_is_help=True, help="People who sign in: who of them runs the installation.")
audit = typer.Typer(no_args_is_help=True, help="The audit log: who did what, when and from where.")
accounts.add_typer(keys, name="keys")
accounts.add_typer(organisations, name="organisations")
accounts.add_typer(people, name="people")
accounts.add_typer(pools, name="pools")
accounts.add_typer(audit, name="audit")


@keys.command("create")
def keys_create(
    name: Annotated[str, typer.Option(help="What the key is for.")],
    data: Data = None,
    test: Annotated[
        bool, typer.Option("--test", help="Of test mode: data of its own, and nothing costs anything.")
    ] = False,
) -> None:
    """Make an API key and print it: the only time that it is shown.

    **Example**

    `dramatis keys create --name "content app"`
    """
    from studio.commands.keys import create_key

    create_key(data, name, test=test)


@keys.command("list")
def keys_list(data: Data = None) -> None:
    """The keys of a data folder: names, first characters, when used, whether revoked."""
    from studio.commands.keys import list_keys

    list_keys(data)


@keys.command("revoke")
def keys_revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `dramatis keys list` shows it.")],
    data: Data = None,
) -> None:
    """Revoke a key; requests with it are refused from then on."""
    from studio.commands.keys import revoke_key

    revoke_key(data, key_id)


@people.command("operator")
def people_operator(
    email: Annotated[
        str | None, typer.Argument(help="The address that somebody signs in with. [default: the folder's own owner]")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="No operator any more, from the next request on.")] = False,
    data: Data = None,
) -> None:
    """Make somebody an operator: the page `/operator` shows them every organisation's account, grants and refunds.

    **Examples**

    `dramatis people operator ada@example.com`

    `dramatis people operator ada@example.com --off`
    """
    from studio.commands.people import make_operator

    make_operator(data, email, is_operator=not off)


@people.command("operators")
def people_operators(data: Data = None) -> None:
    """Who is an operator."""
    from studio.commands.people import show_operators

    show_operators(data)


@audit.command("verify")
def audit_verify(data: Data = None) -> None:
    """Check the audit log of every organisation in a data folder; exit 1 when an entry was changed or is missing.

    **Example**

    `dramatis audit verify --data /var/lib/dramatis`
    """
    from studio.commands.sign_in import verify_audit_logs

    verify_audit_logs(data)


PoolName = Annotated[str, typer.Argument(help="See `dramatis pools list`.")]


@pools.command("list")
def pools_list(data: Data = None) -> None:
    """Pools, how many nodes of each are there, and whose they are."""
    from studio.commands.pools import show_pools

    show_pools(data)


@pools.command("create")
def pools_create(name: PoolName, data: Data = None) -> None:
    """Make a pool. Its nodes are started with `dramatis node --pool NAME`."""
    from studio.commands.pools import create_pool

    create_pool(data, name)


@pools.command("assign")
def pools_assign(
    name: PoolName,
    org_id: Annotated[str, typer.Argument(help="The organisation's id, as `dramatis organisations list` shows it.")],
    data: Data = None,
) -> None:
    """Let an organisation's takes, and nobody else's, go to a pool; `shared` takes all its pools back.

    It may have several: the one that was assigned last, or again, is the usual one, and the others are named by takes.
    """
    from studio.commands.pools import assign

    assign(data, name, org_id)


@pools.command("remove")
def pools_remove(name: PoolName, data: Data = None) -> None:
    """Remove a pool; what waits for it goes to its owner's usual one, or the shared one."""
    from studio.commands.pools import remove_pool

    remove_pool(data, name)


@organisations.command("list")
def organisations_list(data: Data = None) -> None:
    """Every organisation with its plan, and what it uses of it."""
    from studio.commands.organisations import list_organisations

    list_organisations(data)


@organisations.command("plan")
def organisations_plan(
    org_id: Annotated[str, typer.Argument(help="The organisation's id, as `dramatis organisations list` shows it.")],
    plan: Annotated[str, typer.Argument(help="local, starter, studio or scale.")],
    data: Data = None,
) -> None:
    """Put an organisation on a plan; a running server goes by it within ten seconds.

    **Example**

    `dramatis organisations plan org_01J9ZK3Q5T8M4N6P7R9S0V2W3X studio`
    """
    from studio.commands.organisations import set_plan

    set_plan(data, org_id, plan)
