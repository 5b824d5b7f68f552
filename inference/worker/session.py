"""The worker's side of the conversation: greeting, listening on a thread of its own, answering what is malformed.

Exit statuses: 0 told to stop or left alone, 3 could not load, 4 other protocol version, 5 not this protocol at all.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from inference.engine.failures import describe_failure
from inference.protocol import COMMAND, PROTOCOL_VERSION, Command, Failed, Hello, Shutdown
from inference.protocol.framing import BrokenFrame
from inference.worker.child_process import exit_soon
from inference.worker.transport import MessageChannel

log = logging.getLogger(__name__)

Obey = Callable[[Command | None], None]

EXIT_NOT_LOADED = 3
EXIT_MISMATCH = 4
EXIT_NONSENSE = 5


class WorkerSession:
    """Listens from the first moment, so that a version mismatch or a lost parent is noticed while models load.

    Commands are handed on, on the listening thread, once `report_ready` has said to whom.
    """

    def __init__(self, channel: MessageChannel, role: str, software: str) -> None:
        self._channel = channel
        self._hello = Hello(version=PROTOCOL_VERSION, role=role, software=software)
        self._obey: Obey | None = None
        self._ready = threading.Event()
        threading.Thread(target=self._listen, name="listen", daemon=True).start()

    def report_ready(self, obey: Obey) -> None:
        """Send our greeting: commands can be obeyed now. `obey` must return at once; None: no more will come."""
        self._obey = obey
        self._ready.set()
        self._channel.send(self._hello)

    def report_not_loaded(self, error: BaseException) -> None:
        """In place of the greeting: why there will be none. Its id is empty, since no request is meant."""
        self._channel.send(describe_failure("", error))

    def _listen(self) -> None:
        try:
            self._check_greeting(self._channel.receive())
            self._hand_on_commands()
        except (BrokenFrame, OSError) as error:
            log.warning("the connection broke", extra={"why": str(error)})
        except BaseException:
            log.exception("the listening thread broke")
        exit_soon(0)
        if self._obey is not None:
            self._obey(None)

    def _hand_on_commands(self) -> None:
        """Until the stream ends or the product says so."""
        while (body := self._channel.receive()) is not None:
            command = self._understand(body)
            if isinstance(command, Shutdown):
                return
            if command is not None:
                self._ready.wait()
                assert self._obey is not None
                self._obey(command)

    def _check_greeting(self, body: bytes | None) -> None:
        """Read only what every version has, so that a newer product is told about the mismatch and nothing else."""
        if body is None:
            os._exit(0)
        greeting = _parse(body)
        version = greeting.get("version")
        if greeting.get("kind") != "hello" or not isinstance(version, int):
            log.critical("the other side did not begin with a greeting")
            os._exit(EXIT_NONSENSE)
        if version != PROTOCOL_VERSION:
            words = (
                f"this engine speaks protocol {PROTOCOL_VERSION}, the product {version}: start both from one version"
            )
            log.critical("version mismatch", extra={"ours": PROTOCOL_VERSION, "theirs": version})
            self._channel.send(self._hello)
            self._channel.send(Failed(id="", code="version_mismatch", message=words, retryable=False))
            os._exit(EXIT_MISMATCH)

    def _understand(self, body: bytes) -> Command | None:
        try:
            return COMMAND.validate_json(body)
        except ValidationError as error:
            request_id = _parse(body).get("id")
            first = error.errors(include_url=False, include_input=False)[0]
            words = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
            log.warning("a command was not understood", extra={"id": request_id, "why": words})
            if isinstance(request_id, str):
                self._channel.send(Failed(id=request_id, code="bad_request", message=words, retryable=False))
            return None


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
