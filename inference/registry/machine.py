"""Which machine this is, as far as its memory decides what can be rendered: its accelerators, and the host's memory."""

from __future__ import annotations

from pathlib import Path

from inference.catalogue import ModelCard, RequestRefused, pullable_cards
from inference.devices import DEVICES, find_device
from inference.host_memory import free_host_bytes
from inference.registry.memory_plan import Machine, plan_memory
from inference.registry.specs import ModelSpec, list_specs

_NODES = ("nvidia[0-9]*", "davinci[0-9]*", "kfd", "accel/accel*")  # what a driver of an accelerator leaves in /dev
_LARGE_CARD = Machine("one card of 80 GB", 1, 80_000_000_000, 1 << 62)


def find_machine(dev: Path = Path("/dev")) -> Machine:
    """This machine. torch is imported only where a driver says that there is something to ask it for."""
    if has_driver(dev):
        import torch

        if torch.accelerator.is_available():
            return _ask_torch()
    return Machine("this machine", 0, 0, free_host_bytes())


def has_driver(dev: Path = Path("/dev")) -> bool:
    """Whether a driver of an accelerator says that there is something to ask torch for."""
    return any(any(dev.glob(node)) for node in _NODES)


def parse_cards(words: str) -> Machine:
    """`2x80` → two cards of 80 GB, `8xH20` → eight of a card that is known. Raises ValueError saying what is."""
    number, _, kind = words.partition("x")
    known = find_device(kind)
    if not number.isdecimal() or int(number) < 1 or not (known or kind.isdecimal()):
        names = ", ".join(device.name for device in DEVICES.values())
        raise ValueError(f"cards are COUNTxGB or COUNTxNAME (8x80, 1xH20) of {names}; not {words!r}")
    count, several = number if int(number) > 1 else "one", "s" if int(number) > 1 else ""
    if known is not None:
        return Machine(f"{count} {known.name}", int(number), known.memory_bytes, 1 << 62)
    return Machine(f"{count} card{several} of {kind} GB", int(number), int(kind) * 1_000_000_000, 1 << 62)


def describe_plans(machine: Machine, models_dir: Path) -> dict[str, tuple[str, ...]]:
    """What every large model would do on `machine` at its own size and length, in words.

    A machine without an accelerator says what one card of 80 GB would do, too.
    """
    machines = (machine,) if machine.cards else (machine, _LARGE_CARD)
    cards, specs = pullable_cards(models_dir), list_specs(models_dir)
    return {name: tuple(plan_words(card, specs[name], one)[1] for one in machines) for name, card in cards.items()}


def plan_words(card: ModelCard, spec: ModelSpec, machine: Machine) -> tuple[bool, str]:
    """Whether a large model can be rendered at its own size and length, and how, or why not and what instead."""
    job = card.default_job
    try:
        plan = plan_memory(card, spec, job, machine)
    except RequestRefused as refused:
        return False, refused.message
    return True, f"{machine.name}, {job.width}x{job.height}, {job.frames} frames: {plan.words()}"


def _ask_torch() -> Machine:
    import torch

    from inference.vendors import describe_device

    kind = torch.accelerator.current_accelerator()
    assert kind is not None, "torch says that there is one"
    count = torch.accelerator.device_count()
    smallest = min(torch.accelerator.get_memory_info(torch.device(kind.type, one))[1] for one in range(count))
    name = describe_device(torch.device(kind.type, 0)).name
    return Machine(f"{count} x {name}" if count > 1 else name, count, smallest, free_host_bytes())
