"""Forwards recorded once and replayed: the device is told of thousands of kernels by one word. Changes nothing.

`torch.accelerator.Graph` is whatever a device's maker calls a graph. The first forward of a loop that has certain
shapes is computed as it comes (so that all there is to compile, to round or to look up is done), the second is
recorded, and it and those that follow are replayed on copies of what they are told. Graphs hold addresses: they are
made only where the weights stay for the whole loop, by one rank, and are gone after it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch.utils import _pytree as pytree

from inference.parallel.replaced import replace
from inference.pipelines.policies.contract import Change, Policy, PolicyUnavailable, Running

Work = Callable[[], Any]
Record = Callable[[Work], tuple[Any, Callable[[], object]]]


def record_graph(work: Work) -> tuple[Any, Callable[[], object]]:
    """What `work` will have made once it is replayed, in tensors that each replay fills anew, and how to replay it."""
    graph = torch.accelerator.Graph(capture_error_mode="thread_local")  # another thread may be decoding
    with torch.Stream(), graph:
        made = work()
    return made, graph.replay


@dataclass(frozen=True)
class GraphedForwards(Policy):
    """Only where its operator asks for it: no card has tried it yet. A cancel is heard between two steps then."""

    record: Record = record_graph

    name: ClassVar[str] = "graphed forwards"
    changes: ClassVar[Change] = "nothing"
    price: ClassVar[str] = "none in quality; what it saves is unmeasured"

    def words(self) -> str:
        return "forwards replayed from a graph where weights stay"

    def check(self, device: torch.device) -> None:
        """By trying."""
        try:
            torch.accelerator.Graph()
        except RuntimeError as error:
            raise PolicyUnavailable(f"there are no graphs here: {str(error).partition(chr(10))[0]}. Try off") from error

    @contextmanager
    def applied(self, running: Running) -> Iterator[None]:
        with ExitStack() as stack:
            for expert in running.experts if running.stays else ():
                replace(stack, expert, "forward", _Replayed(expert.forward, self.record))
            yield


class _Replayed:
    """A forward that is recorded at the second call of its kind."""

    def __init__(self, forward: Callable[..., Any], record: Record) -> None:
        self._forward, self._record = forward, record
        self._recorded: dict[Hashable, _Recording | None] = {}

    def __call__(self, *args: object, **kwargs: object) -> object:
        told, shape = pytree.tree_flatten((args, kwargs))
        kind = (shape, tuple((one.shape, one.dtype) if isinstance(one, torch.Tensor) else one for one in told))
        if kind not in self._recorded:
            self._recorded[kind] = None
            return self._forward(*args, **kwargs)
        recording = self._recorded[kind]
        if recording is None:
            recording = self._recorded[kind] = _Recording(self._forward, told, shape, self._record)
        return recording.replay(told)


class _Recording:
    def __init__(self, forward: Callable[..., Any], told: list[Any], shape: pytree.TreeSpec, record: Record) -> None:
        self._told = [one.clone() if isinstance(one, torch.Tensor) else one for one in told]
        args, kwargs = pytree.tree_unflatten(self._told, shape)
        self._made, self._again = record(lambda: forward(*args, **kwargs))

    def replay(self, told: list[Any]) -> object:
        for mine, given in zip(self._told, told, strict=True):
            if isinstance(mine, torch.Tensor):
                mine.copy_(given)
        self._again()
        return pytree.tree_map_only(torch.Tensor, torch.clone, self._made)
