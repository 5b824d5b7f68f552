"""Which devices share an engine: a machine's accelerators in groups of as many as share a render."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from inference.registry.machine import has_driver

_ASK = "import json; from inference.vendors import find_visible; print(json.dumps(find_visible()))"


class GroupsDoNotFit(ValueError):
    """The devices cannot be grouped as was asked; the message says why."""


@dataclass(frozen=True)
class Devices:
    """Accelerators of one kind. variable: how a process is told which are its own; ids: by which it is told."""

    kind: str
    variable: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class DeviceGroup:
    """devices: in words. environment: what its engine is started with, so that it sees no others."""

    number: int
    devices: tuple[str, ...] = ("cpu",)
    environment: Mapping[str, str] = field(default_factory=dict)


def count_ranks(layout: str) -> int:
    """Processes of GUIDANCExSEQUENCE, one a device. Raises GroupsDoNotFit. (inference.parallel says it with torch.)"""
    found = re.fullmatch(r"([12])x([1-9]\d?)", layout)
    if found is None:
        raise GroupsDoNotFit(f"ranks are GUIDANCExSEQUENCE, as 1x1 or 2x4, not {layout}")
    return int(found[1]) * int(found[2])


def find_devices(environment: Mapping[str, str]) -> Devices | None:
    """This machine's accelerators, those alone that `environment` lets a process see; None where a CPU renders.

    torch is asked by a child: what it takes to know of devices stays in memory.
    """
    if not has_driver():
        return None
    asked = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True, env=environment)
    found = json.loads(asked.stdout)
    if found is None:
        return None
    kind, count, variable = found
    given = [one.strip() for one in environment.get(variable, "").split(",") if one.strip()]
    return Devices(kind, variable, tuple(given or map(str, range(count))))


def make_groups(devices: Devices | None, ranks: int, count: int | None) -> tuple[DeviceGroup, ...]:
    """`count` groups of `ranks` devices each; None: as many as the devices make. Raises GroupsDoNotFit."""
    if devices is None:
        return tuple(DeviceGroup(number) for number in range(count or 1))
    most = len(devices.ids) // ranks
    count = most if count is None else count
    if not 1 <= count <= most:
        words = f"{len(devices.ids)} devices make {most} groups of {ranks}, not {count}"
        raise GroupsDoNotFit(f"{words}: choose other --ranks, or --groups")
    return tuple(_group(devices, number, ranks) for number in range(count))


def _group(devices: Devices, number: int, ranks: int) -> DeviceGroup:
    ids = devices.ids[number * ranks : (number + 1) * ranks]
    return DeviceGroup(number, tuple(f"{devices.kind}:{one}" for one in ids), {devices.variable: ",".join(ids)})
