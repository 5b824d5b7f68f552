"""A group of ranks in processes of their own: started, watched, torn down and started again as one.

torch.distributed.elastic launches the ranks, ends all of them when one dies, and starts them anew. Ours is what it does
not have: a command pipe to each rank, and step progress as the sign of life, so that a rank that hangs in a collective
is noticed as surely as one that died.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from inference.parallel.mesh import Layout
from inference.parallel.wire import Pipe, Words

log = logging.getLogger(__name__)

READY_S = 180.0  # from the start to the last rank's greeting: a large model is read from disk meanwhile
SILENCE_S = 300.0  # without a sign of life in the middle of a command; the longest known step takes a tenth of it
_POLL_S = 0.05
_GRACE_S = 2.0  # for the other ranks' answers, once one has failed
_STOPPING_S = 0.3  # for the ranks to agree on a cancel while somebody waits; a longer step ends behind their back
_MANY = 1_000_000  # restarts: who restarts in vain is stopped by READY_S


class RankLost(RuntimeError):
    """A rank died or fell silent; the group is being started again, and the command has to be given anew."""


class RankFailed(RuntimeError):
    """What a rank's own code raised: `kind` is the exception's name, `words` the whole answer. The group is whole."""

    def __init__(self, words: Words) -> None:
        super().__init__(words["message"])
        self.kind: str = words["failed"]
        self.words = words


@dataclass
class _Rank:
    pipe: Pipe
    pid: int
    greeting: Words


class RankGroup:
    """`command` starts one rank (its rank is in the environment); it is given the socket's path as last word."""

    def __init__(
        self, layout: Layout, command: list[str], ready_s: float = READY_S, silence_s: float = SILENCE_S
    ) -> None:
        self.layout = layout
        self._command, self._ready_s, self._silence_s = command, ready_s, silence_s
        self._folder = Path(tempfile.mkdtemp(prefix="ranks-"))  # short: a socket's path holds 107 bytes
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self._folder / "s"))
        self._socket.listen(2 * layout.size)
        self._heard: queue.SimpleQueue[tuple[_Rank, Words | None]] = queue.SimpleQueue()
        self._ranks: dict[int, _Rank] = {}
        self._closing = False
        self._number = 0
        threading.Thread(target=self._accept, name="ranks-accept", daemon=True).start()
        self._agent = threading.Thread(target=self._launch, name="ranks-agent", daemon=True)
        self._agent.start()

    @property
    def pids(self) -> dict[int, int]:
        """Process of every rank that has greeted and not been lost."""
        return {number: rank.pid for number, rank in self._ranks.items()}

    def wait_ready(self, check: Callable[[], None] = lambda: None) -> Words:
        """Until every rank has greeted; returns rank 0's greeting. `check` may raise. Raises RankLost after READY_S."""
        until = time.monotonic() + self._ready_s
        while len(self._ranks) < self.layout.size:
            check()
            if time.monotonic() > until or not self._agent.is_alive():
                raise RankLost(f"{len(self._ranks)} of {self.layout.size} ranks came up within {self._ready_s:.0f} s")
            self._hear(_POLL_S)
        return self._ranks[0].greeting

    def call(
        self,
        command: Words,
        check: Callable[[], None] = lambda: None,
        on_step: Callable[[int, int], None] = lambda *_: None,
    ) -> list[Words]:
        """Give every rank `command` and return their answers, by rank. `on_step` hears rank 0's progress.

        When `check` raises, the ranks are told to stop, which they do within a step, and its error goes on; what they
        still say of this command is dropped. Raises RankFailed, RankLost.
        """
        self.wait_ready(check)
        self._number += 1
        for rank in self._ranks.values():
            self._send(rank, command | {"number": self._number})
        return _Call(self, self._number, check, on_step).answers()

    def ping(self) -> None:
        """Whether every rank listens: the shortest command there is. Raises RankLost."""
        self.call({"do": "ping"})

    def kill(self) -> None:
        """End every rank at once; the agent starts new ones."""
        for rank in list(self._ranks.values()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(rank.pid, signal.SIGKILL)
            rank.pipe.close()
        self._ranks.clear()

    def close(self) -> None:
        """Stop the ranks for good."""
        self._closing = True
        for rank in self._ranks.values():
            self._send(rank, {"do": "stop"})
        self._agent.join(timeout=10)
        if self._agent.is_alive():
            self.kill()
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _launch(self) -> None:
        config = LaunchConfig(
            min_nodes=1, max_nodes=1, nproc_per_node=self.layout.size, rdzv_backend="c10d",
            rdzv_endpoint="127.0.0.1:0", local_addr="127.0.0.1", max_restarts=_MANY, monitor_interval=0.1,
            start_method="spawn", role="rank", shutdown_timeout=1, logs_specs=DefaultLogsSpecs(),
        )  # fmt: skip
        try:
            elastic_launch(config, self._command[0])(*self._command[1:], str(self._folder / "s"))
        except Exception:
            if not self._closing:
                log.exception("the ranks cannot be kept running")

    def _accept(self) -> None:
        while True:
            try:
                connected, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._listen, args=(Pipe(connected),), name="ranks-listen", daemon=True).start()

    def _listen(self, pipe: Pipe) -> None:
        greeting = pipe.receive()
        if greeting is None:
            return
        rank = _Rank(pipe, int(greeting["pid"]), greeting)
        self._heard.put((rank, greeting))
        while True:
            words = pipe.receive()
            self._heard.put((rank, words))
            if words is None:
                return

    def _hear(self, wait_s: float) -> tuple[int, Words] | None:
        """The next rank's message, None when there is none. Greetings are noted here. Raises RankLost."""
        try:
            rank, words = self._heard.get(timeout=wait_s)
        except queue.Empty:
            return None
        number = int(rank.greeting["rank"])
        if words is rank.greeting:
            self._ranks[number] = rank
            return None
        if self._ranks.get(number) is not rank:
            return None  # somebody who is gone already
        if words is None:
            self.kill()
            raise RankLost(f"rank {number} died")
        return number, words

    @staticmethod
    def _send(rank: _Rank, words: Words) -> None:
        with contextlib.suppress(OSError):  # whoever is gone is noticed by the one who listens
            rank.pipe.send(words)


class _Call:
    """One command's answers."""

    def __init__(
        self, group: RankGroup, number: int, check: Callable[[], None], on_step: Callable[[int, int], None]
    ) -> None:
        self._group, self._number, self._check, self._on_step = group, number, check, on_step
        self._answers: dict[int, Words] = {}
        self._stopping: BaseException | None = None
        self._stopping_at = self._failed_at = float("inf")

    def answers(self) -> list[Words]:
        size, heard_at = self._group.layout.size, time.monotonic()
        while len(self._answers) < size:
            self._look_at_cancel()
            heard = self._group._hear(_POLL_S)
            now = time.monotonic()
            if heard is not None:
                heard_at = now
                self._take(*heard, now)
            elif now > self._stopping_at + _STOPPING_S:
                break
            elif now > self._failed_at + _GRACE_S:
                break  # the others wait for the failed one in a collective, and always would
            elif now > heard_at + self._group._silence_s:
                self._group.kill()
                raise RankLost(f"no rank gave a sign of life for {self._group._silence_s:.0f} s")
        self._judge()
        return [self._answers[number] for number in range(size)]

    def _look_at_cancel(self) -> None:
        if self._stopping is not None:
            return
        try:
            self._check()
        except BaseException as error:
            self._stopping, self._stopping_at = error, time.monotonic()
            for rank in self._group._ranks.values():
                self._group._send(rank, {"do": "cancel", "number": self._number})

    def _take(self, number: int, words: Words, now: float) -> None:
        if words["number"] != self._number:
            if "failed" in words:  # of a command that was given up: the other ranks may wait for this one for ever
                self._group.kill()
                raise RankLost(f"rank {number} failed in what was cancelled: {words['message']}")
        elif "step" in words:
            if number == 0:
                self._on_step(words["step"], words["total"])
        else:
            self._answers[number] = words
            if "failed" in words:
                self._failed_at = min(self._failed_at, now)

    def _judge(self) -> None:
        """Raise what the answers amount to."""
        failed = [words for words in self._answers.values() if "failed" in words]
        if failed and len(failed) < self._group.layout.size:
            self._group.kill()
        if self._stopping is not None:
            raise self._stopping
        if failed:
            raise RankFailed(failed[0])
