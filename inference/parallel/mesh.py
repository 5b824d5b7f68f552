"""Who computes what of one render, and how they exchange it.

A *link* joins the ranks that exchange something; a *mesh* is a rank's links, one for each way of sharing the work. A
mesh is passed to whoever needs it: nothing here is global. With one rank every exchange is a no-op.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import torch
from torch import distributed

from inference.vendors import VENDORS, vendor_of

VOTING = timedelta(days=1)  # the engine watches for silence; a time-out here would only hide who was silent


class RanksDoNotFit(ValueError):
    """The work cannot be shared so; the message names the numbers of ranks that can."""


class Link(Protocol):
    """Some ranks that exchange tensors; `rank` counts among them. All of them make the same calls in the same order."""

    @property
    def rank(self) -> int: ...

    @property
    def size(self) -> int: ...

    def all_gather(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        """Every rank's tensor, by rank; all are of one shape and type."""

    def all_to_all(self, parts: list[torch.Tensor]) -> list[torch.Tensor]:
        """parts[i] goes to rank i; what comes back at i was sent by rank i."""

    def ask_whether_any(self, says_so: bool) -> Callable[[], bool]:
        """Whether any rank says so: asked at once, and what is returned waits for the answer."""


@dataclass(frozen=True)
class SingleRank:
    """A link of one."""

    rank: int = 0
    size: int = 1

    def all_gather(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        return [tensor]

    def all_to_all(self, parts: list[torch.Tensor]) -> list[torch.Tensor]:
        return parts

    def ask_whether_any(self, says_so: bool) -> Callable[[], bool]:
        return lambda: says_so


@dataclass(frozen=True)
class GroupLink:
    """Ranks in processes of their own, joined by a process group of torch.distributed.

    through_host: what is gathered passes through the host's memory, whatever the devices are.
    """

    group: distributed.ProcessGroup
    through_host: bool = False

    @property
    def rank(self) -> int:
        return distributed.get_rank(self.group)

    @property
    def size(self) -> int:
        return distributed.get_world_size(self.group)

    def all_gather(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        sent = (tensor.cpu() if self.through_host else tensor).contiguous()
        gathered = [torch.empty_like(sent) for _ in range(self.size)]
        distributed.all_gather(gathered, sent, group=self.group)
        return [one.to(tensor.device) for one in gathered]

    def all_to_all(self, parts: list[torch.Tensor]) -> list[torch.Tensor]:
        received = [torch.empty_like(part, memory_format=torch.contiguous_format) for part in parts]
        distributed.all_to_all(received, [part.contiguous() for part in parts], group=self.group)
        return received

    def ask_whether_any(self, says_so: bool) -> Callable[[], bool]:
        any_says_so = torch.tensor([says_so], dtype=torch.uint8)
        asked = distributed.all_reduce(any_says_so, distributed.ReduceOp.MAX, group=self.group, async_op=True)

        def answer() -> bool:
            asked.wait()
            return bool(any_says_so)

        return answer


@dataclass(frozen=True)
class Mesh:
    """One rank's links. `guidance` joins the ranks of the two texts, `sequence` those that share one text's tokens.

    `world` joins them all: whole VAE tiles are spread over it. `votes` joins them all too: what every rank has to
    decide alike is decided there. Both pass through the host's memory: a clip is decoded while the next one is
    denoised, and device collectives of two threads can wait for each other for ever.
    """

    sequence: Link = SingleRank()
    guidance: Link = SingleRank()
    world: Link = SingleRank()
    votes: Link = SingleRank()

    @property
    def rank(self) -> int:
        return self.world.rank

    @property
    def size(self) -> int:
        return self.world.size


@dataclass(frozen=True)
class Layout:
    """How many ranks share what: guidance × sequence in all. Rank = guidance rank × sequence + sequence rank."""

    guidance: int = 1
    sequence: int = 1

    def __post_init__(self) -> None:
        if self.guidance not in (1, 2):
            raise RanksDoNotFit(f"guidance has two texts: 1 or 2 ranks can share it, not {self.guidance}")
        if self.sequence < 1:
            raise RanksDoNotFit(f"{self.sequence} ranks cannot share a sequence: 1 or more can")

    @property
    def size(self) -> int:
        return self.guidance * self.sequence

    def sequences(self) -> list[list[int]]:
        """The world's ranks that share a sequence, a list for each text."""
        return [[text * self.sequence + i for i in range(self.sequence)] for text in range(self.guidance)]

    def guidances(self) -> list[list[int]]:
        """The world's ranks that hold the same tokens of the two texts."""
        return [[text * self.sequence + i for text in range(self.guidance)] for i in range(self.sequence)]


def parse_layout(words: str) -> Layout:
    """`2x4` → two ranks for the texts, times four for each one's tokens. Raises RanksDoNotFit."""
    guidance, cross, sequence = words.partition("x")
    if not (cross and guidance.isdigit() and sequence.isdigit()):
        raise RanksDoNotFit(f"ranks are GUIDANCExSEQUENCE, for instance 1x4 or 2x4, not {words!r}")
    return Layout(int(guidance), int(sequence))


def check_heads(heads: int, ranks: int) -> None:
    """Raises RanksDoNotFit when `heads` attention heads cannot be dealt out evenly."""
    if heads % ranks:
        legal = [n for n in range(1, heads + 1) if heads % n == 0]
        raise RanksDoNotFit(f"{heads} attention heads cannot be shared by {ranks} ranks: try {_words(legal)}")


def join(layout: Layout) -> Mesh:
    """This process's mesh in an initialised torch.distributed world. Raises RanksDoNotFit when the sizes differ."""
    world = distributed.get_world_size()
    if world != layout.size:
        raise RanksDoNotFit(f"the layout is for {layout.size} ranks, the world has {world}")
    if world == 1:
        return Mesh()
    return Mesh(
        sequence=_link(layout.sequences()),
        guidance=_link(layout.guidances()),
        world=GroupLink(distributed.new_group(backend="gloo", timeout=VOTING), through_host=True),
        votes=GroupLink(distributed.new_group(backend="gloo", timeout=VOTING)),
    )


def backend_of(device: torch.device) -> str:
    """The collective library of a kind of device, by its maker. Raises RanksDoNotFit where there is none."""
    library = vendor_of(device).collectives
    if library is None:
        raise RanksDoNotFit(f"there is no collective library for {device.type}: use {_words(list(VENDORS))}")
    return library


def _link(groups: list[list[int]]) -> Link:
    """Every process makes every group, in the same order; it keeps the one that it belongs to."""
    mine: Link = SingleRank()
    for ranks in groups:
        group = distributed.new_group(ranks) if len(ranks) > 1 else None
        if group is not None and distributed.get_rank() in ranks:
            mine = GroupLink(group)
    return mine


def _words(choices: list[int] | list[str]) -> str:
    return ", ".join(str(choice) for choice in choices)
