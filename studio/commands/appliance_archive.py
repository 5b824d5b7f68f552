"""One signed archive that carries a studio to a box without a network.

A tar file whose first member is the manifest (bytes and SHA-256 of every file that follows) and whose second one is an
Ed25519 signature of the manifest's bytes. So whoever reads it from its beginning knows from two small members whose
it is, and of each file whether it is whole before the next one is looked at.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
_FORMAT = 1
_CHUNK = 1 << 20
_MOST_HEAD_BYTES = 64 << 20
Say = Callable[[str], None]


class ArchiveRefused(Exception):
    """An archive cannot be made or is not what it should be; the message says why, and nothing was left behind."""


def make_key(path: Path) -> Path:
    """A new signing key at `path`, readable by this user alone; returns the path of its public half, beside it."""
    key, public = Ed25519PrivateKey.generate(), path.with_name(path.name + ".pub")
    for target in (path, public):
        if target.exists():
            raise ArchiveRefused(f"{target} is there already")
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(secret)
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
    return public


def pack(archive: Path, folders: Mapping[str, Path], key_file: Path, say: Say) -> int:
    """Put every file of `folders`, each under its name, into `archive`; returns how many. Raises ArchiveRefused."""
    if archive.exists():
        raise ArchiveRefused(f"{archive} is there already")
    key = _private(key_file)
    files = {
        f"{name}/{path.relative_to(folder).as_posix()}": path
        for name, folder in folders.items()
        for path in _files(folder)
    }
    if not files:
        raise ArchiveRefused("there is nothing to pack")
    manifest = _manifest(files, say)
    fresh = archive.with_name(archive.name + ".partial")
    try:
        with tarfile.open(fresh, "w", format=tarfile.PAX_FORMAT) as tar:
            for name, body in ((MANIFEST, manifest), (SIGNATURE, key.sign(manifest))):
                _add(tar, name, io.BytesIO(body), len(body))
            for name, path in files.items():
                say(f"packing {name}")
                with path.open("rb") as stream:
                    _add(tar, name, stream, path.stat().st_size)
        fresh.replace(archive)
    finally:
        fresh.unlink(missing_ok=True)
    return len(files)


def _manifest(files: Mapping[str, Path], say: Say) -> bytes:
    entries = {}
    for name, path in files.items():
        say(f"reading {name}")
        with path.open("rb") as stream:
            entries[name] = {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    software = f"dramatis {version('dramatis')}"
    facts = {"format": _FORMAT, "made_at": made_at, "software": software, "files": entries}
    return json.dumps(facts, sort_keys=True).encode()


def unpack(archive: Path, target: Path | None, trusted: Path, say: Say) -> dict[str, Any]:
    """Compare everything with the signature's key and, with `target`, lay it there, all or nothing.

    Returns the manifest. Raises ArchiveRefused.
    """
    if target is not None and target.exists():
        raise ArchiveRefused(f"{target} is there already: unpack into a new folder")
    staging = target.with_name(f".{target.name}.partial") if target is not None else None
    if staging is not None:
        shutil.rmtree(staging, ignore_errors=True)
    try:
        with archive.open("rb") as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            manifest = _read_head(tar, _public(trusted))
            _read_files(tar, manifest["files"], staging, say)
        if staging is not None and target is not None:
            staging.replace(target)
    except (tarfile.TarError, OSError) as error:
        raise ArchiveRefused(f"{archive} cannot be read: {error}") from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
    return manifest


def _read_head(tar: tarfile.TarFile, key: Ed25519PublicKey) -> dict[str, Any]:
    head = [_small(tar, name) for name in (MANIFEST, SIGNATURE)]
    try:
        key.verify(head[1], head[0])
    except InvalidSignature as error:
        raise ArchiveRefused("it is not signed by the key that you trust: nothing of it was unpacked") from error
    manifest: dict[str, Any] = json.loads(head[0])
    if manifest["format"] != _FORMAT:
        raise ArchiveRefused(f"it has format {manifest['format']}, and this version reads {_FORMAT}")
    return manifest


def _read_files(tar: tarfile.TarFile, entries: dict[str, Any], staging: Path | None, say: Say) -> None:
    missing = dict(entries)
    while (member := tar.next()) is not None:
        entry = missing.pop(member.name, None)
        if entry is None or not member.isreg() or ".." in PurePosixPath(member.name).parts:
            raise ArchiveRefused(f"{member.name} is not in its manifest")
        say(f"comparing {member.name}")
        source = tar.extractfile(member)
        assert source is not None  # noqa: S101 (a regular file)
        if _copy(source, staging / member.name if staging is not None else None) != entry["sha256"]:
            raise ArchiveRefused(f"{member.name} is damaged: its SHA-256 is not the manifest's")
    if missing:
        raise ArchiveRefused(f"{len(missing)} files are missing, {next(iter(missing))} among them: it was cut off")


def _copy(source: IO[bytes], target: Path | None) -> str:
    """Writes, where there is a target; returns the SHA-256."""
    digest = hashlib.sha256()
    if target is None:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
        return digest.hexdigest()
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as stream:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            stream.write(chunk)
    return digest.hexdigest()


def _small(tar: tarfile.TarFile, name: str) -> bytes:
    member = tar.next()
    if member is None or member.name != name or not member.isreg() or member.size > _MOST_HEAD_BYTES:
        raise ArchiveRefused(f"it is no archive of ours: {name} is not where it should be")
    source = tar.extractfile(member)
    return source.read() if source is not None else b""


def _add(tar: tarfile.TarFile, name: str, stream: IO[bytes], size: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o644
    tar.addfile(member, stream)


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ArchiveRefused(f"{folder} is no folder")
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ArchiveRefused(f"{path} is no signing key; `dramatis appliance key` makes one") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ArchiveRefused(f"{path} is a key of another kind; `dramatis appliance key` makes one")
    return key


def _public(path: Path) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ArchiveRefused(f"{path} is no public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ArchiveRefused(f"{path} is a key of another kind")
    return key
