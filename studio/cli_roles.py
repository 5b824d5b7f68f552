"""The roles of an installation of several processes, as commands of `dramatis`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli_options import Data, Host

roles = typer.Typer()


@roles.command()
def api(
    data: Data = None,
    host: Host = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes any free one. [default: 8420]")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written when ready: {url}.")] = None,
) -> None:
    """Answer requests as one of several replicas behind a load balancer; nodes render (docs/fleet.md).

    Needs DRAMATIS_DATABASE_URL (PostgreSQL), brought up to date by `dramatis migrate`, and DRAMATIS_S3_ENDPOINT with
    its keys. It keeps nothing of its own: its data folder (one a process) is scratch. Its models are those that nodes
    announce.

    **Example**

    `dramatis api --host 0.0.0.0 --port 8420`
    """
    from studio.commands.serve import serve_replica
    from studio.commands.setting_options import settings_for

    serve_replica(settings_for(data, port, host), ready_file)


@roles.command()
def node(
    serves: Annotated[
        list[str] | None,
        typer.Option("--serves", metavar="MODEL", help="A model that this node renders; repeat it for more."),
    ] = None,
    pool: Annotated[str | None, typer.Option(help="The pool that it is in. [default: shared]")] = None,
    name: Annotated[
        str | None,
        typer.Option(help="Its name, for one process at a time: who starts under it has the place of the one before."),
    ] = None,
    triton: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Render through this Triton server.")] = None,
    process: Annotated[
        bool, typer.Option("--process", help="Render in child processes, whatever DRAMATIS_TRITON_URL says.")
    ] = False,
    data: Data = None,
    host: Host = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Of /healthz and /readyz; 0: any free one. [default: 8421]")
    ] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written when ready: {url, id}.")] = None,
) -> None:
    """Render beside this machine's devices: pull takes of what it serves, as many as it has room for (docs/fleet.md).

    Needs what `dramatis api` needs. SIGTERM drains it: nothing more is taken up, and what runs has
    DRAMATIS_NODE_DRAIN_S seconds; then it goes on elsewhere, from its checkpoint. A node that is not heard of for 20 s
    is dead, its work goes on elsewhere, and it exits with status 3 when it finds out: let a supervisor start it again.

    **Examples**

    `dramatis node --serves previs`

    `dramatis node --serves wan-vace-14b --serves wan-animate --name gpu-7 --triton localhost:8001`
    """
    from studio.commands.node import run_node
    from studio.commands.setting_options import settings_for

    chosen = {"node_serves": tuple(serves) if serves else None, "node_pool": pool, "node_name": name, "node_port": port}
    settings = settings_for(data, None, host, triton_url=triton, **chosen)
    run_node(settings.model_copy(update={"triton_url": None}) if process else settings, ready_file)


@roles.command()
def sweeper(data: Data = None) -> None:
    """Keep house for all: retention, erasure, and the work of nodes that died. Several may run; one of them leads.

    **Example**

    `dramatis sweeper`
    """
    from studio.commands.node import run_sweeper
    from studio.commands.setting_options import settings_for

    run_sweeper(settings_for(data))


@roles.command()
def migrate(data: Data = None) -> None:
    """Bring the database up to date, and exit; every other role but `serve` waits for that.

    DRAMATIS_DATABASE_OWNER_URL names the role that owns the tables. Doing it again changes nothing.

    **Example**

    `dramatis migrate && dramatis api`
    """
    from studio.commands.migrate import migrate_database
    from studio.commands.setting_options import settings_for

    migrate_database(settings_for(data))
