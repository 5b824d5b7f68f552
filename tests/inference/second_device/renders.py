"""What is rendered in a process that has the second device, there and on the CPU; whatever it makes lies on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch

from inference.parallel.mesh import Layout, Mesh
from inference.parallel.virtual import run_virtually
from inference.pipelines import wan
from inference.pipelines.checkpoints import Checkpoints
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.device_placement import Offload
from inference.pipelines.tiers import choose_policies
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.pipelines.weight_offload import WeightOffload
from inference.protocol import RenderRequest, Tier
from inference.registry.machine import find_machine
from inference.registry.tiny import build_tiny_wan_animate, build_tiny_wan_vace
from tests.inference.pipelines.test_lora import LAYERS, adapter_of
from tests.inference.pipelines.tiny import ANIMATE, CARD, noise_driving, noise_photo, request_of
from tests.inference.second_device.twin import TWIN

__all__ = ["find_machine"]

T = TypeVar("T")
DRAFT_STEPS = 5  # of which a draft computes four
FAMILIES = ("vace", "vace of two experts", "animate")
IN_BOTH = tuple(layer for layer in LAYERS if not layer.startswith("vace"))
Made = tuple[torch.Tensor, npt.NDArray[np.uint8]]  # latents, frames_FHWC


def load(
    family: str,
    device: str = TWIN,
    mesh: Mesh | None = None,
    offload: Offload = "auto",
    checkpoints: Checkpoints | None = None,
) -> WanVacePipeline | WanAnimatePipeline:
    lent = WeightOffload(torch.device(device), offload)
    if family == "animate":
        return WanAnimatePipeline(ANIMATE, build_tiny_wan_animate(), {}, mesh, checkpoints, weight_offload=lent)
    parts = build_tiny_wan_vace(experts=2 if "two" in family else 1)
    return WanVacePipeline(CARD, parts, {}, mesh, checkpoints, weight_offload=lent)


def render(
    family: str, device: str = TWIN, mesh: Mesh | None = None, offload: Offload = "auto", tier: Tier = "exact",
    *, adapted: bool = False, steps: int = 3,
) -> Made:  # fmt: skip
    """One driven shot of one character, from the photo to the frames."""
    adapter = adapter_of(1, layers=IN_BOTH) if adapted else None
    cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),), adapter),)
    loaded, request, cancel = load(family, device, mesh, offload), request_for(cast, tier, steps), CancelToken()
    acted = note_experts(loaded)
    shot = loaded.prepare(request, cast, None, cancel, noise_driving(request))
    told = [*shot.guided.towards.values(), *shot.guided.away.values(), *shot.fixed.values()]
    assert {one.device.type for one in told if one is not None} == {device}
    latents = loaded.denoise(shot, lambda *_: None, cancel)
    assert adapted or len(acted) == len(loaded._experts), "each takes its steps; adapters act in a copy"
    return latents, np.stack(list(loaded.decode(shot, latents, cancel)))


def request_for(cast: tuple[CastPhoto, ...], tier: Tier = "exact", steps: int = 3) -> RenderRequest:
    """At this shift the last of three steps is the second expert's."""
    return request_of(cast, tier=tier, steps=steps, shift=3.0)


def note_experts(loaded: WanVacePipeline | WanAnimatePipeline) -> set[int]:
    """Which of its transformers are called from now on."""
    acted: set[int] = set()
    for number, expert in enumerate(loaded._experts):
        expert.register_forward_pre_hook(lambda *_, number=number: acted.add(number))
    return acted


def render_on_ranks(family: str, ranks: int) -> list[Made]:
    return run_virtually(Layout(1, ranks), partial(render, family, TWIN))


def render_draft(device: str) -> Made:
    """Without a compiler, which knows no such device."""
    policies = choose_policies("draft", torch.device("cpu"))
    wan.choose_policies = lambda *_, **__: policies
    try:
        return render("vace", device, tier="draft", steps=DRAFT_STEPS)
    finally:
        wan.choose_policies = choose_policies


def denoise_in_two_attempts(family: str, folder: Path) -> tuple[torch.Tensor, list[int]]:
    """Latents of a second attempt at what broke off after two of three steps, and the steps that it did."""
    loaded = load(family, checkpoints=Checkpoints(folder))
    cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
    request, cancel = request_for(cast), CancelToken()
    shot, done = loaded.prepare(request, cast, None, cancel, noise_driving(request)), list[int]()

    def break_off(step: int, total: int) -> None:
        if step == 2:
            raise BrokenOff

    with suppress(BrokenOff):
        loaded.denoise(shot, break_off, cancel)
    return loaded.denoise(shot, lambda step, total: done.append(step), cancel), done


class BrokenOff(Exception):
    """Whatever ends a process between two steps."""


def render_where_inputs_stay_behind(family: str) -> None:
    """An encoder's weights come to the device, and what it is given was placed where they were before."""
    lending = WeightOffload.lending

    def with_weights_alone(self: WeightOffload, module: torch.nn.Module, work: Callable[..., T]) -> Callable[..., T]:
        def encode(*args: object, **kwargs: object) -> T:
            with self.use(module):
                return work(*args, **kwargs)

        return encode

    WeightOffload.lending = with_weights_alone  # type: ignore[method-assign]  # put back below
    try:
        render(family)
    finally:
        WeightOffload.lending = lending  # type: ignore[method-assign]


def add() -> None:
    torch.ones(2, device=TWIN) + torch.ones(2)


def project() -> None:
    torch.nn.functional.linear(torch.ones(2, 2, device=TWIN), torch.ones(2, 2))


def join() -> None:
    torch.cat([torch.ones(2), torch.ones(2, device=TWIN)])


def look_at() -> None:
    torch.ones(2, device=TWIN).numpy()
