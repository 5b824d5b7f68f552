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

from inference.parallel.command_pipe import Pipe, Words
from inference.parallel.mesh import Layout

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
    """`command` starts one rank (its rank is in the environment); it is given the socket's path as last word.

    Any thread may call. The ranks do one command after another, but decode beside the rest.
    """

    def __init__(
        self, layout: Layout, command: list[str], ready_s: float = READY_S, silence_s: float = SILENCE_S
    ) -> None:
        self.layout = layout
        self._command, self._ready_s, self._silence_s = command, ready_s, silence_s
        self._folder = Path(tempfile.mkdtemp(prefix="ranks-"))  # short: a socket's path holds 107 bytes
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self._folder / "s"))
        self._socket.listen(2 * layout.size)
        self._changed = threading.Condition()  # guards all below
        self._ranks: dict[int, _Rank] = {}
        self._calls: dict[int, _Call] = {}
        self._number = 0
        self._closing = False
        self.resident: Words = {}  # what rank 0 last said of its models' weights
        threading.Thread(target=self._accept, name="ranks-accept", daemon=True).start()
        self._agent = threading.Thread(target=self._launch, name="ranks-agent", daemon=True)
        self._agent.start()

    @property
    def pids(self) -> dict[int, int]:
        """Process of every rank that has greeted and not been lost."""
        with self._changed:
            return {number: rank.pid for number, rank in self._ranks.items()}

    def wait_ready(self, check: Callable[[], None] = lambda: None) -> Words:
        """Until every rank has greeted; returns rank 0's greeting. `check` may raise. Raises RankLost after READY_S."""
        until = time.monotonic() + self._ready_s
        while True:
            check()
            with self._changed:
                if self._whole():
                    return self._ranks[0].greeting
                if time.monotonic() > until or not self._agent.is_alive():
                    up = f"{len(self._ranks)} of {self.layout.size} ranks came up"
                    raise RankLost(f"{up} within {self._ready_s:.0f} s")
                self._changed.wait(_POLL_S)

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
        call = self._begin(command, check, on_step)
        try:
            return call.answers()
        finally:
            with self._changed:
                del self._calls[call.number]

    def ping(self) -> None:
        """Whether every rank listens: the shortest command there is. Raises RankLost."""
        self.call({"do": "ping"})

    def kill(self, why: str = "they were ended") -> None:
        """End every rank at once, and with them all that they were told to do; the agent starts new ones."""
        with self._changed:
            for rank in self._ranks.values():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(rank.pid, signal.SIGKILL)
                rank.pipe.close()
            self._ranks.clear()
            for call in self._calls.values():
                call.lose(why)
            self._changed.notify_all()

    def tell(self, words: Words) -> None:
        """Say something that no rank answers; whoever is gone is noticed by the one who listens."""
        with self._changed:
            for rank in self._ranks.values():
                with contextlib.suppress(OSError):
                    rank.pipe.send(words)

    def close(self) -> None:
        """Stop the ranks for good."""
        self._closing = True
        self.tell({"do": "stop"})
        self._agent.join(timeout=10)
        if self._agent.is_alive():
            self.kill()
        self._socket.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _whole(self) -> bool:
        return len(self._ranks) == self.layout.size

    def _begin(self, command: Words, check: Callable[[], None], on_step: Callable[[int, int], None]) -> _Call:
        """All ranks hear all commands in one order, whichever threads call."""
        while True:
            self.wait_ready(check)
            with self._changed:
                if not self._whole():
                    continue
                self._number += 1
                call = self._calls[self._number] = _Call(self, self._number, check, on_step, self._silence_s)
                self.tell(command | {"number": self._number})
                return call

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
        number, rank = int(greeting["rank"]), _Rank(pipe, int(greeting["pid"]), greeting)
        with self._changed:
            self._ranks[number] = rank
            self._changed.notify_all()
        while True:
            words = pipe.receive()
            with self._changed:
                if self._closing or self._ranks.get(number) is not rank:
                    return
                if words is None:
                    self.kill(f"rank {number} died")
                    return
                self._hand_on(number, words)

    def _hand_on(self, number: int, words: Words) -> None:
        call = self._calls.get(words["number"])
        if call is not None:
            call.hear(number, words)
        elif "failed" in words:  # in a command that was given up: the other ranks may wait for this one for ever
            self.kill(f"rank {number} failed in what was cancelled: {words['message']}")


class _Call:
    """One command's answers."""

    def __init__(
        self,
        group: RankGroup,
        number: int,
        check: Callable[[], None],
        on_step: Callable[[int, int], None],
        silence_s: float,
    ) -> None:
        self.number = number
        self._group, self._check, self._on_step, self._silence_s = group, check, on_step, silence_s
        self._heard: queue.SimpleQueue[tuple[int, Words] | str] = queue.SimpleQueue()
        self._answers: dict[int, Words] = {}
        self._stopping: BaseException | None = None
        self._stopping_at = self._failed_at = float("inf")

    def hear(self, rank: int, words: Words) -> None:
        """What a rank says of this command."""
        self._heard.put((rank, words))

    def lose(self, why: str) -> None:
        """The ranks are gone."""
        self._heard.put(why)

    def answers(self) -> list[Words]:
        size, heard_at = self._group.layout.size, time.monotonic()
        while len(self._answers) < size:
            self._look_at_cancel()
            heard = self._wait()
            now = time.monotonic()
            if heard is not None:
                heard_at = now
                self._take(*heard, now)
            elif now > self._stopping_at + _STOPPING_S:
                break
            elif now > self._failed_at + _GRACE_S:
                break  # the others wait for the failed one in a collective, and always would
            elif now > heard_at + self._silence_s:
                self._group.kill(f"no rank gave a sign of life for {self._silence_s:.0f} s")
        self._judge()
        return [self._answers[number] for number in range(size)]

    def _wait(self) -> tuple[int, Words] | None:
        """The next thing that is said of this command, None when there is none. Raises RankLost."""
        try:
            heard = self._heard.get(timeout=_POLL_S)
        except queue.Empty:
            return None
        if isinstance(heard, str):
            raise RankLost(heard)
        return heard

    def _look_at_cancel(self) -> None:
        if self._stopping is not None:
            return
        try:
            self._check()
        except BaseException as error:
            self._stopping, self._stopping_at = error, time.monotonic()
            self._group.tell({"do": "cancel", "number": self.number})

    def _take(self, rank: int, words: Words, now: float) -> None:
        if "step" in words:
            if rank == 0:
                self._on_step(words["step"], words["total"])
            return
        self._answers[rank] = words
        if "failed" in words:
            self._failed_at = min(self._failed_at, now)

    def _judge(self) -> None:
        """Raise what the answers amount to."""
        failed = [words for words in self._answers.values() if "failed" in words]
        if failed and len(failed) < self._group.layout.size:
            self._group.kill(f"a rank failed alone: {failed[0]['message']}")
        if self._stopping is not None:
            raise self._stopping
        if failed:
            raise RankFailed(failed[0])
