"""Large models from their pulled folders: loaded in this process, or in a group of ranks that share every render."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

import torch

from inference.catalogue import LOCK_NAME, ModelCard, folder_of_model, pullable_cards, with_distilled
from inference.distilled import WEIGHTS, folder_of_distilled
from inference.engine.host_memory_check import check_host_memory
from inference.parallel.group import RankGroup
from inference.parallel.mesh import Layout, Mesh
from inference.pipelines.checkpoints import Checkpoints
from inference.pipelines.device_placement import UNCHOSEN, DevicePlacement
from inference.pipelines.driven_parts import load_driven_parts
from inference.pipelines.lora import Adapter
from inference.pipelines.ranked import RankedPipeline
from inference.pipelines.tiers import check_placement
from inference.pipelines.wan import WanPipeline
from inference.pipelines.wan_animate import WanAnimatePipeline
from inference.pipelines.wan_animate_2 import WanAnimate2Pipeline
from inference.pipelines.wan_vace import WanVacePipeline
from inference.pipelines.weight_offload import WeightOffload
from inference.registry.lock import NotPulled, read_lock
from inference.registry.specs import Family, ModelSpec, list_specs

if TYPE_CHECKING:
    from inference.pipelines.contract import Pipeline
    from inference.pipelines.wan_parts import Parts

log = logging.getLogger(__name__)

SHARE = "DRAMATIS_RANK_SHARE"  # how a group tells its ranks where the weights are, and how to use their devices


_PIPELINES: dict[Family, type[WanPipeline]] = {
    "wan-vace": WanVacePipeline, "wan-animate": WanAnimatePipeline, "wan-animate-2": WanAnimate2Pipeline
}  # fmt: skip


class LoadModel(Protocol):
    """What an entry point of the group `dramatis.models.load` names, for the card of the same name."""

    def __call__(self, models_dir: Path) -> Pipeline: ...


def load_pulled(
    models_dir: Path,
    layout: Layout,
    scratch_dir: Path,
    placement: DevicePlacement,
    serves: tuple[str, ...] | None = None,
) -> dict[str, Pipeline]:
    """Every model that was pulled, and every one that an entry point adds; `serves`: of those, these alone.

    Raises HostTooSmall, RanksDoNotFit, PolicyUnavailable, NotPulled, RankLost.
    """
    names = _list_pulled(models_dir, serves)
    added = {
        entry.name: cast("LoadModel", entry.load())(models_dir)
        for entry in entry_points(group="dramatis.models.load")
        if serves is None or entry.name in serves
    }
    checkpoints_dir = scratch_dir / "checkpoints"
    if not names:
        return added
    device = _device()
    check_placement(placement, device)
    check_host_memory(names, models_dir, _precision(device).itemsize, layout.size)
    if layout.size == 1:
        return {**_load_all(names, models_dir, Mesh(), Checkpoints(checkpoints_dir), placement), **added}
    os.environ[SHARE] = json.dumps([str(models_dir), asdict(placement), names])
    shape = f"{layout.guidance}x{layout.sequence}"
    loader = "inference.engine.pulled_models:load_share"
    command = [sys.executable, "-m", "inference.worker.rank", loader, shape, str(checkpoints_dir)]
    group = RankGroup(layout, command)
    cards = pullable_cards(models_dir)
    return {
        name: RankedPipeline(with_distilled(cards[name], models_dir), group, scratch_dir / name) for name in names
    } | added


def load_share(mesh: Mesh, checkpoints: Checkpoints) -> Mapping[str, Pipeline]:
    """One rank's share of every pulled model; where they lie and how to use the device is in the environment."""
    folder, chosen, names = json.loads(os.environ[SHARE])
    models_dir, placement = Path(folder), DevicePlacement(**chosen)
    return _load_all(names, models_dir, mesh, checkpoints, placement)


def _list_pulled(models_dir: Path, serves: tuple[str, ...] | None) -> list[str]:
    pulled = [name for name in pullable_cards(models_dir) if (folder_of_model(models_dir, name) / LOCK_NAME).is_file()]
    return [name for name in pulled if serves is None or name in serves]


def _load_all(
    names: list[str], models_dir: Path, mesh: Mesh, checkpoints: Checkpoints, placement: DevicePlacement
) -> dict[str, Pipeline]:
    """All of them share one device: who is not at work makes room there."""
    weight_offload = WeightOffload(_device(), placement.offload)
    specs = list_specs(models_dir)
    return {name: load_model(specs[name], models_dir, mesh, checkpoints, weight_offload, placement) for name in names}


def _device() -> torch.device:
    """This process's own accelerator, the CPU where there is none."""
    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def _precision(device: torch.device) -> torch.dtype:
    """Of the weights, but for the VAE's."""
    return torch.float32 if device.type == "cpu" else torch.bfloat16


def load_model(
    spec: ModelSpec,
    models_dir: Path,
    mesh: Mesh,
    checkpoints: Checkpoints,
    weight_offload: WeightOffload,
    placement: DevicePlacement = UNCHOSEN,
) -> Pipeline:
    """From the folder alone: nothing is fetched, nothing but safetensors is read, no code of the repository runs.

    The weights lie in the host's memory until a render asks for them. Raises NotPulled, RanksDoNotFit,
    PolicyUnavailable.
    """
    lock = read_lock(models_dir, spec.name)
    parts = _load_parts(spec, folder_of_model(models_dir, spec.name), _precision(weight_offload.device))
    parts.vae.enable_tiling()
    build = _PIPELINES[spec.family]
    log.info("model loaded", extra={"model": spec.name, "device": str(weight_offload.device), "commit": lock.commit})
    card = with_distilled(pullable_cards(models_dir)[spec.name], models_dir)
    return build(
        card, parts, lock.weights, mesh, checkpoints, lock.commit, weight_offload, placement,
        _read_distilled_adapter(card, models_dir),
    )  # fmt: skip


def _load_parts(spec: ModelSpec, folder: Path, dtype: torch.dtype) -> Parts:
    """The VAE is in float32, whatever the rest is in."""
    from diffusers import AutoencoderKLWan
    from diffusers import WanAnimatePipeline as AnimateParts
    from diffusers import WanVACEPipeline as VaceParts

    if spec.family == "wan-animate-2":
        return load_driven_parts(folder, dtype)
    local = {"local_files_only": True, "use_safetensors": True}
    vae = AutoencoderKLWan.from_pretrained(folder, subfolder="vae", torch_dtype=torch.float32, **local)
    family = VaceParts if spec.family == "wan-vace" else AnimateParts
    parts: Parts = family.from_pretrained(folder, vae=vae, torch_dtype=dtype, **local)
    return parts


def _read_distilled_adapter(card: ModelCard, models_dir: Path) -> Adapter | None:
    """Its hash is compared when it is loaded. Raises NotPulled."""
    if card.distilled is None:
        return None
    path = folder_of_distilled(models_dir, card.name) / WEIGHTS
    try:
        return Adapter(card.distilled.sha256, path.read_bytes())
    except OSError as error:
        raise NotPulled(f"{path} cannot be read: dramatis models distil {card.name} --from FILE") from error
