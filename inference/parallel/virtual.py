"""Virtual ranks: the code of P ranks, run in turn on one device, with copies for collectives.

Each rank is a thread, and one runs at a time: it hands over when it waits for what another has to send. So P = 8 is
proven where there is one device, at true shapes if need be, and without the noise of real communication.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

import torch

from inference.parallel.mesh import Layout, Mesh

T = TypeVar("T")


class RankLost(RuntimeError):
    """Another rank failed, so this one cannot go on; the other one's error is the cause."""


class _Table:
    """Where ranks lay down what they send and wait for the others'. `turn` is held by the rank that runs."""

    def __init__(self) -> None:
        self.turn = threading.Condition()
        self.failure: BaseException | None = None
        self._laid: dict[tuple[int, int], dict[int, object]] = {}

    def exchange(self, link: int, call: int, rank: int, size: int, sent: T) -> list[T]:
        """Everybody's `sent` for the `call`-th exchange over `link`, by rank."""
        laid = self._laid.setdefault((link, call), {})
        laid[rank] = sent
        if len(laid) == size:
            del self._laid[link, call]
            self.turn.notify_all()
        self.turn.wait_for(lambda: len(laid) == size or self.failure is not None)
        if len(laid) < size:
            raise RankLost from self.failure
        return [laid[i] for i in range(size)]  # type: ignore[misc]  # each rank lays down one kind of thing

    def fail(self, error: BaseException) -> None:
        self.failure = self.failure or error
        self.turn.notify_all()


class _VirtualLink:
    def __init__(self, table: _Table, number: int, rank: int, size: int) -> None:
        self.rank = rank
        self.size = size
        self._table, self._number, self._calls = table, number, 0

    def all_gather(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        return [one.clone() for one in self._exchange(tensor)]

    def all_to_all(self, parts: list[torch.Tensor]) -> list[torch.Tensor]:
        return [sent[self.rank].clone() for sent in self._exchange(parts)]

    def ask_whether_any(self, says_so: bool) -> Callable[[], bool]:
        answer = any(self._exchange(says_so))
        return lambda: answer

    def _exchange(self, sent: T) -> list[T]:
        self._calls += 1
        return self._table.exchange(self._number, self._calls, self.rank, self.size, sent)


class _Rank(threading.Thread, Generic[T]):
    def __init__(self, table: _Table, mesh: Mesh, work: Callable[[Mesh], T], threads: int) -> None:
        super().__init__(name=f"rank-{mesh.rank}", daemon=True)
        self.made: list[T] = []
        self._table, self._mesh, self._work, self._threads = table, mesh, work, threads

    def run(self) -> None:
        torch.set_num_threads(self._threads)  # a thread of Python brings its own pool
        with self._table.turn:
            try:
                self.made.append(self._work(self._mesh))
            except BaseException as error:
                self._table.fail(error)


def run_virtually(layout: Layout, work: Callable[[Mesh], T]) -> list[T]:
    """What `work` returns on each rank. Raises the first rank's error once all of them have stopped."""
    table = _Table()
    threads = torch.get_num_threads()
    ranks = [_Rank(table, mesh, work, threads) for mesh in _meshes(layout, table)]
    for rank in ranks:
        rank.start()
    for rank in ranks:
        rank.join()
    if table.failure is not None:
        raise table.failure
    return [rank.made[0] for rank in ranks]


def _meshes(layout: Layout, table: _Table) -> list[Mesh]:
    sequences, guidances = layout.sequences(), layout.guidances()
    meshes = []
    for rank in range(layout.size):
        text, token = divmod(rank, layout.sequence)
        meshes.append(
            Mesh(
                sequence=_VirtualLink(table, 1 + text, token, len(sequences[text])),
                guidance=_VirtualLink(table, 1 + len(sequences) + token, text, len(guidances[token])),
                world=_VirtualLink(table, 0, rank, layout.size),
                votes=_VirtualLink(table, -1, rank, layout.size),
            )
        )
    return meshes
