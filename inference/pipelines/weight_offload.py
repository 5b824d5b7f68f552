"""Which weights lie on the device. The others wait warm in the host's memory and are moved when their turn comes.

One `WeightOffload` serves all models of a process: what was used last stays as long as there is room. So a model that
fits is never moved, several models take turns without being read from disk again, a model that is too large goes part
by part (text encoder, transformers, VAE), and a part that is too large by itself goes block by block. Room is what a
render's own work leaves (`inference.memory`): weights beside which a step could not be computed are sent away before
it begins. Moving changes no bit.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch.utils._pytree import tree_map_only

from inference.host_memory import free_host_bytes
from inference.memory import BLOCKS_ALIVE, SPARE, usable_bytes
from inference.pipelines.device_placement import Offload

T = TypeVar("T")

_HOST = torch.device("cpu")


@dataclass
class _Tenant:
    """Weights that come and go together. modules: the structural copies that share them, by id; placed: those moved."""

    size_bytes: int
    modules: dict[int, torch.nn.Module] = field(default_factory=dict)
    placed: set[int] = field(default_factory=set)
    users: int = 0


class WeightOffload:
    """Weights on one device. Any thread may `use` them; who finds no room waits until others are done.

    offload: as in `DevicePlacement`. budget_bytes: for weights and work; None takes it from the device, which is this
    process's alone.
    """

    def __init__(self, device: torch.device, offload: Offload = "auto", budget_bytes: int | None = None) -> None:
        self.device = device
        self._offload = offload
        self._unlimited = offload == "none" or (device.type == _HOST.type and budget_bytes is None)
        on_host = device.type == _HOST.type
        self._usable = budget_bytes or (0 if on_host else usable_bytes(free_bytes(device)))
        self._foreseen = self._kept_free = 0  # for the work of usual renders, and of the one that is under way
        self._passing = 0  # through which the transformers go that go block by block
        self._floor = 0  # what is promised to fit together at any time
        self._tenants: OrderedDict[int, _Tenant] = OrderedDict()  # by their first parameter; the latest used last
        self._by_block: set[int] = set()  # modules that move by themselves
        self._changed = threading.Condition()
        self._transformer_bytes = self._beside_bytes = 0  # the largest ones

    @contextmanager
    def use(self, module: torch.nn.Module) -> Iterator[None]:
        """While it lasts, the weights of `module` are on the device."""
        with self._changed:
            tenant = self._tenant(module)
            if tenant is not None:
                self._changed.wait_for(lambda: self._has_room(tenant))
                tenant.users += 1
                if id(module) not in tenant.placed:
                    module.to(self.device)
                    tenant.placed.add(id(module))
        try:
            yield
        finally:
            if tenant is not None:
                with self._changed:
                    tenant.users -= 1
                    if self._offload == "parts" and not tenant.users:
                        self._send_away(tenant)
                    self._changed.notify_all()

    def lending(self, module: torch.nn.Module, work: Callable[..., T]) -> Callable[..., T]:
        """`work`, with the weights of `module` on the device whenever it runs, and its tensors with them.

        Who prepares the tensors puts them where the weights are, which is where they are before they come.
        """

        def with_weights(*args: object, **kwargs: object) -> T:
            with self.use(module):
                args, kwargs = tree_map_only(torch.Tensor, lambda tensor: tensor.to(self.device), (args, kwargs))
                return work(*args, **kwargs)

        return with_weights

    def adopt(self, transformer: torch.nn.Module, work_bytes: int = 0) -> None:
        """Let a transformer go block by block, if it has to: the next one is copied while one computes.

        work_bytes: what its usual renders fill beside it.
        """
        self._foreseen = self._kept_free = max(self._foreseen, work_bytes)
        if self._offload == "blocks" or _size_bytes(transformer) > self._budget:
            from diffusers.hooks import apply_group_offloading

            apply_group_offloading(
                transformer, onload_device=self.device, offload_device=_HOST, offload_type="block_level",
                num_blocks_per_group=1, use_stream=self.device.type != _HOST.type,
            )  # fmt: skip
            self._by_block.add(id(transformer))
            self._passing = max(self._passing, BLOCKS_ALIVE * _largest_block(transformer))
        else:
            self._transformer_bytes = max(self._transformer_bytes, _size_bytes(transformer))

    def always_beside(self, module: torch.nn.Module) -> bool:
        """Whether `module`, and all that this was asked for before, finds room beside any transformer at any time.

        If so none of them ever waits for another to leave. Ranks that wait for each other must not wait here as well.
        """
        self._beside_bytes = max(self._beside_bytes, _size_bytes(module))
        together = self._transformer_bytes + self._beside_bytes
        fits = together <= self._budget
        self._floor = together if fits else 0
        return fits

    def holds(self, module: torch.nn.Module) -> bool:
        """Whether its weights are on the device now. Waits for nobody: what is being moved counts as before."""
        first = next(module.parameters(), None)
        tenant = None if first is None else self._tenants.get(id(first))
        always = self._unlimited and self.device.type == _HOST.type
        return always or (tenant is not None and bool(tenant.placed))

    def stays(self, module: torch.nn.Module) -> bool:
        """Whether all its weights are on the device at once, while it is in use."""
        return id(module) not in self._by_block

    def leave_room(self, work_bytes: int) -> None:
        """Keep this much free for the render that begins: weights that nobody uses leave until it is there."""
        with self._changed:
            self._kept_free = max(self._foreseen, work_bytes)
            for tenant in list(self._tenants.values()):
                if self._filled() > self._budget and not tenant.users:
                    self._send_away(tenant)
            self._changed.notify_all()

    def words(self) -> tuple[str, ...]:
        """What makes weights wait in the host's memory, for the receipt."""
        if self._by_block:
            return ("transformer offloaded block by block",)
        if self._offload == "parts":
            return ("parts offloaded after use",)
        return () if self._unlimited else ("parts offloaded where room is needed",)

    def room_beside(self, module: torch.nn.Module) -> int:
        """Bytes that a step of `module` may fill, once all that is not needed has left the device.

        Of an accelerator it is the same whatever is being decoded there just now, which the step's count contains.
        """
        if self.device.type == _HOST.type:
            return int(SPARE * free_bytes(self.device))
        own = BLOCKS_ALIVE * _largest_block(module) if id(module) in self._by_block else _size_bytes(module)
        return max(0, self._usable - own - self._beside_bytes)

    @property
    def _budget(self) -> float:
        """Bytes for weights."""
        return float("inf") if self._unlimited else max(self._usable - self._kept_free - self._passing, self._floor)

    def _tenant(self, module: torch.nn.Module) -> _Tenant | None:
        """None for what moves by itself."""
        first = next(module.parameters(), None)
        if first is None or id(module) in self._by_block:
            return None
        tenant = self._tenants.setdefault(id(first), _Tenant(_size_bytes(module)))
        tenant.modules[id(module)] = module
        self._tenants.move_to_end(id(first))
        return tenant

    def _has_room(self, wanted: _Tenant) -> bool:
        """Send away what was not used for longest until `wanted` fits; False while somebody is in the way."""
        if wanted.placed:
            return True
        for tenant in list(self._tenants.values()):
            if self._filled() + wanted.size_bytes <= self._budget:
                return True
            if not tenant.users and tenant is not wanted:
                self._send_away(tenant)
        alone = all(not tenant.users for tenant in self._tenants.values())
        return alone or self._filled() + wanted.size_bytes <= self._budget

    def _send_away(self, tenant: _Tenant) -> None:
        for number in tenant.placed:
            tenant.modules[number].to(_HOST)
        tenant.placed.clear()

    def _resident(self) -> list[_Tenant]:
        return [tenant for tenant in self._tenants.values() if tenant.placed]

    def _filled(self) -> int:
        return sum(tenant.size_bytes for tenant in self._resident())


def free_bytes(device: torch.device) -> int:
    """What can still be allocated on the device."""
    if device.type != _HOST.type:
        free, _ = torch.accelerator.get_memory_info(device)
        return int(free)
    return free_host_bytes()


def _size_bytes(module: torch.nn.Module) -> int:
    return sum(one.numel() * one.element_size() for one in (*module.parameters(), *module.buffers()))


def _largest_block(transformer: torch.nn.Module) -> int:
    """Bytes of the largest module of its lists: what group offloading moves at a time."""
    lists = (one for one in transformer.children() if isinstance(one, torch.nn.ModuleList))
    return max((_size_bytes(block) for blocks in lists for block in blocks), default=0)
