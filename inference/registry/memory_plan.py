"""What a model will do with a machine's memory, before anything is loaded: what stays, what waits, what is refused.

The plan follows the rule by which weights come and go (`pipelines/weight_offload.py`): what was used last stays while
it leaves the room that a render's own work needs (`inference/memory.py`), and a transformer beside which a render of
the model's own size would find none goes block by block. It is of one model that has the machine to itself. Torch-free.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from inference.catalogue import ModelCard, RequestRefused
from inference.memory import BLOCKS_ALIVE, SPARE, WORKSPACE, Job, usable_bytes, work_bytes
from inference.registry.specs import ModelSpec

_IN_ORDER_OF_USE = ("text_encoder", "image_encoder", "vae", "transformer", "transformer_2")


@dataclass(frozen=True)
class Machine:
    """cards: accelerators of `card_bytes` each; none where the CPU renders. host_bytes: what may be filled there."""

    name: str
    cards: int
    card_bytes: int
    host_bytes: int

    @property
    def element_bytes(self) -> int:
        """Of a weight, but for the VAE's: bfloat16 on an accelerator, float32 on a CPU."""
        return 2 if self.cards else 4


@dataclass(frozen=True)
class MemoryPlan:
    """One render's memory. layout: ranks for the texts of guidance, and for the tokens of each.

    resident: parts on each card while it denoises. waiting: those in the host's memory. by_block: a transformer goes
    block by block. peak_bytes: of the fullest card, at the fullest moment. host_bytes: of all ranks' weights.
    """

    model: str
    machine: Machine
    layout: tuple[int, int]
    resident: tuple[str, ...]
    waiting: tuple[str, ...]
    by_block: bool
    resident_bytes: int
    peak_bytes: int
    host_bytes: int

    def words(self) -> str:
        """`46.6 GB resident, 68 GB at the peak of 80`, and what waits where."""
        whole = self.machine.card_bytes if self.machine.cards else self.machine.host_bytes
        told = [f"{self.resident_bytes / 1e9:.1f} GB resident", *self._whereabouts()]
        told.append(f"{self.peak_bytes / 1e9:.0f} GB at the peak of {whole / 1e9:.0f}")
        ranks = self.layout[0] * self.layout[1]
        if ranks > 1:
            told.append(f"on each of {ranks} cards ({self.layout[0]}x{self.layout[1]})")
        return ", ".join(told)

    def _whereabouts(self) -> Iterator[str]:
        if not self.machine.cards:
            return
        experts = [part for part in (*self.resident, *self.waiting) if part.startswith("transformer")]
        if self.by_block:
            yield "the transformer block by block from the host"
        elif len(experts) > 1 and not set(experts) <= set(self.resident):
            yield "one of two experts at a time"
        others = [_said(part) for part in self.waiting if part not in experts]
        if others:
            yield f"{' and '.join(others)} on the host"


def _said(part: str) -> str:
    return part.replace("_", " ").replace("vae", "VAE")


def plan_memory(card: ModelCard, spec: ModelSpec, job: Job, machine: Machine) -> MemoryPlan:
    """How `job` would be rendered. Raises RequestRefused with the nearest sizes or lengths that fit this machine."""
    plan = _try(card, spec, job, machine)
    if isinstance(plan, MemoryPlan):
        _check_host(plan)
        return plan
    field, nearest = _nearest(card, spec, job, machine)
    way = f"try {' or '.join(nearest)}" if nearest else "no size and no length of it fits: take a larger machine"
    asked = f"{spec.name} at {job.width}x{job.height} and {job.frames} frames needs {plan / 1e9:.0f} GB"
    raise RequestRefused(field, f"{asked}, and {_where(machine)}: {way}", nearest)


def choose_layout(heads: int, cards: int, *, guided: bool) -> tuple[int, int]:
    """Ranks for guidance, which exchange least, times ranks for the sequence: as many of the cards as can be used."""
    texts = 2 if guided and cards > 1 else 1
    return texts, max(n for n in range(1, cards // texts + 1) if heads % n == 0)


def _check_host(plan: MemoryPlan) -> None:
    """Weights are read into the host's memory, a copy for each rank, and wait there."""
    host, ranks = plan.machine.host_bytes, plan.layout[0] * plan.layout[1]
    if plan.host_bytes <= SPARE * host:
        return
    fit = int(SPARE * host * ranks / plan.host_bytes)
    fewer = (f"{fit} cards" if fit > 1 else "1 card",) if fit else ()
    way = f"let {fewer[0]} render" if fewer else "give it more memory"
    raise RequestRefused(
        "model",
        f"the weights of {plan.model} for {ranks} ranks fill {plan.host_bytes / 1e9:.0f} GB of the host's memory, and "
        f"{host / 1e9:.0f} GB are free: {way}",
        fewer,
    )


def _where(machine: Machine) -> str:
    if machine.cards:
        return f"{machine.name} has {machine.card_bytes / 1e9:.0f} GB a card"
    return f"{machine.name} has {machine.host_bytes / 1e9:.1f} GB free and no accelerator"


def _nearest(card: ModelCard, spec: ModelSpec, job: Job, machine: Machine) -> tuple[str, tuple[str, ...]]:
    """The largest sizes at this length that fit; where there are none, the longest clip at this size, in seconds."""

    def fits(other: Job) -> bool:
        return isinstance(_try(card, spec, other, machine), MemoryPlan)

    ordered = sorted(card.limits.sizes, key=lambda size: -size[0] * size[1])
    sizes = [size for size in ordered if fits(job._replace(width=size[0], height=size[1]))]
    if sizes:
        return "size", tuple(f"{width}x{height}" for width, height in sizes[:3])
    lengths = range(job.frames - card.limits.frame_step, 0, -card.limits.frame_step)
    longest = next((frames for frames in lengths if fits(job._replace(frames=frames))), None)
    return "seconds", () if longest is None else (f"{longest / card.default_fps:.6g}",)


def _try(card: ModelCard, spec: ModelSpec, job: Job, machine: Machine) -> MemoryPlan | int:
    """The plan, or the bytes that a card (or the host, where there is none) would have to have."""
    shape = card.shape
    assert shape is not None, "the architecture of every large model is counted"
    layout = choose_layout(shape.heads, max(1, machine.cards), guided=card.default_guidance_scale != 1.0)
    sizes = spec.parts_bytes(machine.element_bytes)
    work = work_bytes(shape, job, machine.element_bytes, layout[1])
    weights = sum(sizes.values())
    if not machine.cards:
        need = weights + work
        plan = MemoryPlan(spec.name, machine, layout, tuple(sizes), (), False, weights, need, weights)
        return plan if need <= SPARE * machine.host_bytes else int(need / SPARE)
    usable = usable_bytes(machine.card_bytes)
    foreseen = work_bytes(shape, card.default_job, machine.element_bytes, layout[1])
    by_block = sizes["transformer"] > usable - foreseen
    alive = BLOCKS_ALIVE * -(-sizes["transformer"] // (shape.blocks + shape.vace_blocks)) if by_block else 0
    least = max((alive or sizes["transformer"]) + work, *_sizes_beside(sizes))
    if least > usable:
        return int((least + WORKSPACE) / SPARE)
    resident = _walk(sizes, usable - max(foreseen, work) - alive, by_block=by_block)
    held = sum(sizes[part] for part in resident) + alive
    peak = max(held + work, *_sizes_beside(sizes)) + WORKSPACE
    waiting = tuple(part for part in sizes if part not in resident)
    return MemoryPlan(
        spec.name, machine, layout, resident, waiting, by_block, held, peak, layout[0] * layout[1] * weights
    )


def _sizes_beside(sizes: dict[str, int]) -> list[int]:
    """Of the parts that work while no step is computed: each has to fit by itself."""
    return [size for part, size in sizes.items() if not part.startswith("transformer")]


def _walk(sizes: dict[str, int], room: int, *, by_block: bool) -> tuple[str, ...]:
    """The parts on the card while it denoises, when most are: each comes for its work and pushes out the least used."""
    held: OrderedDict[str, int] = OrderedDict()
    fullest: tuple[str, ...] = ()
    for part in _IN_ORDER_OF_USE:
        denoises = part.startswith("transformer")
        if part in sizes and not (denoises and by_block):
            while held and sum(held.values()) + sizes[part] > room:
                held.popitem(last=False)
            held[part] = sizes[part]
        if denoises and sum(held.values()) > sum(sizes[one] for one in fullest):
            fullest = tuple(held)
    return fullest
