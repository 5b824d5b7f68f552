"""What is kept elsewhere: backups, and archives for a box without a network, as commands of `dramatis`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from studio.cli_options import Data

backups = typer.Typer()
objects = typer.Typer(no_args_is_help=True, help="Photos, clips and whatever else lies in the object store.")
appliance = typer.Typer(no_args_is_help=True, help="Carry a studio to a box without a network, signed.")
backups.add_typer(objects, name="objects")
backups.add_typer(appliance, name="appliance")


@backups.command()
def backup(
    to: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder, which appears when it is complete.")],
    data: Data = None,
    objects: Annotated[bool, typer.Option(help="Whether objects are copied, or only compared and listed.")] = True,
) -> None:
    """Copy every row of one moment, and every object that those rows speak of; servers may work meanwhile.

    **Examples**

    `dramatis backup /backups/2026-11-29`

    `dramatis backup /backups/2026-11-29 --no-objects` where the bucket is versioned and replicated by its own means
    """
    from studio.commands.backup import back_up

    back_up(data, to, with_objects=objects)


@backups.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `dramatis backup` made.")],
    data: Data = None,
) -> None:
    """Put a backup back, into an empty data folder or an empty database, and compare every object with its hash.

    **Example**

    `dramatis restore /backups/2026-11-29 --data /var/lib/dramatis`
    """
    from studio.commands.backup import restore as put_back

    put_back(data, source)


@appliance.command("key")
def appliance_key(
    path: Annotated[Path, typer.Argument(help="Where the signing key goes; PATH.pub beside it.")],
) -> None:
    """Make a key that signs archives, and the public half that boxes trust."""
    from studio.commands.appliance import make_signing_key

    make_signing_key(path)


@appliance.command("pack")
def appliance_pack(
    archive: Annotated[Path, typer.Argument(help="The archive to write.")],
    key: Annotated[Path, typer.Option(help="What `dramatis appliance key` made.")],
    images: Annotated[Path | None, typer.Option(help="A folder of images, as `docker save` writes them.")] = None,
    wheels: Annotated[Path | None, typer.Option(help="A folder of wheels, as `pip download` fills it.")] = None,
    models: Annotated[Path | None, typer.Option(help="A folder of models. [default: this installation's]")] = None,
) -> None:
    """Pack images, wheels and models into one signed archive.

    **Example**

    `dramatis appliance pack box.tar --key signing.pem --images runs/images`
    """
    from studio.commands.appliance import pack_appliance

    pack_appliance(archive, key, images, wheels, models)


@appliance.command("unpack")
def appliance_unpack(
    archive: Annotated[Path, typer.Argument(help="What `dramatis appliance pack` wrote.")],
    trust: Annotated[Path, typer.Option(help="The public key of whoever packed it.")],
    into: Annotated[Path | None, typer.Option(help="A new folder; without one the archive is only verified.")] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Only verify; write nothing.")] = False,
) -> None:
    """Compare an archive with its signature and hashes, and unpack it, all or nothing.

    **Examples**

    `dramatis appliance unpack box.tar --trust signing.pem.pub --verify`

    `dramatis appliance unpack box.tar --trust signing.pem.pub --into /opt/dramatis-box`
    """
    from studio.commands.appliance import unpack_appliance

    unpack_appliance(archive, None if verify else into, trust)


@objects.command("verify")
def objects_verify(data: Data = None) -> None:
    """Compare every object that rows speak of with its hash; exit 1 when one is missing or is other bytes."""
    from studio.commands.backup import check_objects

    check_objects(data)
