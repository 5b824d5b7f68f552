"""`dramatis appliance`: what a box without a network needs, packed, signed, and unpacked there."""

from __future__ import annotations

from pathlib import Path

from studio.commands.appliance_archive import ArchiveRefused, make_key, pack, unpack
from studio.commands.console import meter, out, refuse
from studio.config import Settings


def make_signing_key(path: Path) -> None:
    """A key to sign archives with, and the half that a box trusts."""
    try:
        public = make_key(path)
    except (ArchiveRefused, OSError) as error:
        raise refuse(str(error)) from error
    out.print(f"{path} signs; carry {public} to the box by another way than the archives", markup=False)


def pack_appliance(archive: Path, key: Path, images: Path | None, wheels: Path | None, models: Path | None) -> None:
    """Pack what is given, and the models of this installation."""
    given = {"images": images, "wheels": wheels, "models": models or Settings().models_dir}
    folders = {name: folder for name, folder in given.items() if folder is not None}
    try:
        with meter() as shown:
            packed = pack(archive, folders, key, shown.stage)
    except (ArchiveRefused, OSError) as error:
        raise refuse(str(error)) from error
    out.print(f"{archive}: {packed} files of {', '.join(folders)}, signed", markup=False)


def unpack_appliance(archive: Path, into: Path | None, trusted: Path) -> None:
    """Compare an archive with its signature, and lay it into a new folder where one is named."""
    try:
        with meter() as shown:
            manifest = unpack(archive, into, trusted, shown.stage)
    except ArchiveRefused as error:
        raise refuse(str(error)) from error
    done = f"laid into {into}" if into is not None else "nothing was written"
    words = f"{len(manifest['files'])} files of {manifest['software']}, packed at {manifest['made_at']}, are whole"
    out.print(f"{words}: {done}", markup=False)
