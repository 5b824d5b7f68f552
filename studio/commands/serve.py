"""`dramatis serve` and `dramatis api`: the API in the foreground, with the faults of starting told in one line."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

import structlog
import uvicorn
from fastapi import FastAPI

from storage.migrate import SchemaIsNewer, SchemaIsOlder
from storage.seaweed import StoreUnavailable
from studio.app import Start, create_app, local_key_of, sign_in_path_of
from studio.browser.files import read_index
from studio.commands.console import err, out, refuse
from studio.commands.sign_in import note_address
from studio.config import Settings
from studio.embedded.folder import FolderFull, FolderInUse, check_room, locked_folder
from studio.embedded.store_routes import BucketNameTaken
from studio.http.listening import PortTaken, listen
from studio.http.request_heads import StrictHeads
from studio.logs import configure_logs
from studio.observability.listener import MetricsPortTaken
from studio.roles import api, serve
from studio.roles.patience import ToldToStop, start_patiently
from studio.roles.requirements import SettingsMissing, require

log = structlog.get_logger(__name__)

GRACE_S = 2  # for open streams; takes that render go on after the next start
EXPECTED_FAULTS = (
    BucketNameTaken,
    FolderInUse,
    FolderFull,
    MetricsPortTaken,
    SchemaIsNewer,
    SchemaIsOlder,
    SettingsMissing,
    StoreUnavailable,
)


class AnnouncingServer(uvicorn.Server):
    """Calls `on_ready` once requests are accepted, and sets `stop` when it is told to."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], stop: asyncio.Event) -> None:
        super().__init__(config)
        self._on_ready, self._stop = on_ready, stop
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        if self.should_exit:
            self._stop.set()
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)


def serve_studio(settings: Settings, ready_file: Path | None, *, announce: bool = False) -> None:
    """Serve until told to stop. With `announce` the URL and the key are printed for people."""
    configure_logs("warning" if announce else settings.log_level)
    with _told_in_a_line(settings) as listener:
        url, said = _url_of(settings, listener), hints(settings, _address_of(listener))

        def tell(app: FastAPI) -> None:
            key, sign_in_url = local_key_of(app).api_key, url + sign_in_path_of(app)
            note_address(settings.data_dir, url)
            if ready_file is not None:
                write_ready_file(ready_file, {"url": url, "api_key": key, "sign_in_url": sign_in_url})
            if announce:
                lines = (f"studio   {url}", f"sign in  {sign_in_url}", f"API key  {key}", f"docs     {url}/docs")
                out.print("\n".join((*lines, *said)), "\nThe link works once. Ctrl-C stops the studio", markup=False)
            elif sys.stderr.isatty():
                err.print("\n".join((f"sign in (once): {sign_in_url}", *said)), markup=False)

        _serve(settings, listener, serve.start, tell, asyncio.Event())


def serve_replica(settings: Settings, ready_file: Path | None) -> None:
    """Answer requests as one of several, until told to stop."""
    configure_logs(settings.log_level)
    with _told_in_a_line(settings) as listener:
        require("api", settings)
        url = _url_of(settings, listener)
        hints(settings, _address_of(listener))

        def tell(_: FastAPI) -> None:
            if ready_file is not None:
                write_ready_file(ready_file, {"url": url})

        stop = asyncio.Event()

        async def start(app: FastAPI, settings: Settings, stack: contextlib.AsyncExitStack) -> None:
            await start_patiently(lambda tried: api.start(app, settings, tried), stack, stop)

        _serve(settings, listener, start, tell, stop)


@contextlib.contextmanager
def _told_in_a_line(settings: Settings) -> Iterator[socket.socket]:
    """The data folder and a socket to listen at; what keeps a server from starting is told in a line."""
    try:
        with locked_folder(settings.data_dir):
            check_room(settings.data_dir)
            yield listen(settings.host, settings.port)
    except (*EXPECTED_FAULTS, PortTaken) as error:
        raise refuse(str(error)) from error


def _address_of(listener: socket.socket) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(listener.getsockname()[0])


def _url_of(settings: Settings, listener: socket.socket) -> str:
    if settings.public_url:
        return str(settings.public_url).rstrip("/")
    host, port = listener.getsockname()[:2]
    return f"http://{'127.0.0.1' if _address_of(listener).is_unspecified else host}:{port}"


def _serve(
    settings: Settings,
    listener: socket.socket,
    start: Start,
    tell: Callable[[FastAPI], None],
    stop: asyncio.Event,
) -> None:
    faults: list[Exception] = []
    port = listener.getsockname()[1]

    def note(fault: Exception) -> None:
        faults.append(fault)
        if isinstance(fault, (*EXPECTED_FAULTS, ToldToStop)):
            logging.getLogger("uvicorn.error").disabled = True  # it would log a traceback; a line says it all

    app = create_app(settings.model_copy(update={"port": port}), note, start)

    def ready() -> None:
        gc.collect()
        gc.freeze()  # what is loaded by now stays: a collection that walks over it holds every request for 0.1 s
        tell(app)

    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=GRACE_S, http=StrictHeads
    )
    # Once it has stopped, the server sends itself the signal that it was stopped by: being asked is no fault.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        AnnouncingServer(config, ready, stop).run(sockets=[listener])
    except SystemExit:  # how it tells that the application did not start
        if not faults:
            raise
    for fault in faults:
        _tell_fault(fault)


def _tell_fault(fault: Exception) -> NoReturn:
    """End the process, with what kept it from starting."""
    if isinstance(fault, ToldToStop):
        raise SystemExit(0)
    if isinstance(fault, EXPECTED_FAULTS):
        raise fault
    raise refuse(f"the studio could not start: {fault!r}; its log says more")


def hints(settings: Settings, at: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[str]:
    """What whoever starts a studio should know, in a line each; logged, too."""
    told = []
    if read_index() is None:
        told.append("the browser's pages are not built: ./scripts/studio-app builds them, once; the API works without")
        log.warning("pages_not_built", remedy="./scripts/studio-app")
    if not at.is_loopback and not settings.is_https:
        told.append("other machines reach this by plain http: API keys work, signing in does not (docs/tls.md)")
        log.warning(
            "plain_http_on_the_network", remedy="set DRAMATIS_PUBLIC_URL to an https address", see="docs/tls.md"
        )
    return told


def _leave(*_: object) -> None:
    raise SystemExit(0)


def write_ready_file(path: Path, told: dict[str, str]) -> None:
    """Readable by this user alone, whole from the first moment that it is there."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(told, stream)
    fresh.replace(path)
