"""On what latents were computed: the device, its software and the kernels, as receipts and checkpoints name them.

Bits are promised again on the very same only, so all of it is compared before anything is gone on with.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch.nn import functional

from inference.exact.versions import installed_versions
from inference.parallel.mesh import Link
from inference.protocol import UsedDevice
from inference.vendors import describe_device


def describe_used_device(device: torch.device, kernels: tuple[str, ...] = ()) -> UsedDevice:
    """`device` with its driver, capability and library, and the kernels that were chosen for it."""
    return UsedDevice(**describe_device(device)._asdict(), kernels=kernels, kind=device.type)


def agree_on_device(mine: UsedDevice, link: Link) -> UsedDevice:
    """The same answer on every rank: what theirs have in common once, and what differs beside each other.

    So ranks on equal cards are one card, however many they are. All of them call this together.
    """
    words = _gather_words(mine.model_dump_json(), link)
    everybody = [UsedDevice.model_validate_json(one) for one in words]
    joined = {
        name: " + ".join(sorted({getattr(one, name) for one in everybody}))
        for name in ("kind", "name", "driver", "capability", "library")
    }
    return UsedDevice(**joined, kernels=tuple(sorted({word for one in everybody for word in one.kernels})))


def list_computing_facts(device: UsedDevice) -> Mapping[str, str]:
    """All that must be the same for the same bits, by name: the device's own facts and every package's version."""
    own = {"device": device.name, "driver": device.driver, "capability": device.capability, "library": device.library}
    return own | {"kernels": ", ".join(device.kernels)} | installed_versions()


def _gather_words(words: str, link: Link) -> list[str]:
    """Every rank's words, by rank: UTF-8, padded to the longest with zeros."""
    sent = torch.tensor(list(words.encode()), dtype=torch.uint8)
    longest = max(int(length) for length in link.all_gather(torch.tensor([len(sent)])))
    padded = functional.pad(sent, (0, longest - len(sent)))
    return [bytes(one.tolist()).rstrip(b"\0").decode() for one in link.all_gather(padded)]
