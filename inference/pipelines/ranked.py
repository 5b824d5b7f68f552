"""A model that is loaded in a group of ranks, behind the contract of a pipeline: the engine cannot tell it apart.

A render survives the death of any rank: the group is started again and goes on from the last step's checkpoint.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from inference.catalogue import ModelCard, RequestRefused
from inference.motion.parameters import Track
from inference.parallel.group import RankFailed, RankGroup, RankLost
from inference.parallel.wire import Words
from inference.pipelines.contract import (
    BadReference,
    CancelToken,
    CastPhoto,
    Driving,
    OnStep,
    Picture,
    PipelineNote,
    Prepared,
)
from inference.pipelines.lora import AdapterDoesNotFit
from inference.pipelines.parcel import Parcel, write_parcel
from inference.protocol import RenderRequest, Tier, UsedControl

log = logging.getLogger(__name__)

_LIVES = 3  # of the group, in one render: who loses more is not helped by another try
_RAISED: dict[str, type[Exception]] = {
    "BadReference": BadReference, "AdapterDoesNotFit": AdapterDoesNotFit, "MemoryError": MemoryError
}  # fmt: skip


@dataclass(frozen=True)
class RankedShot:
    """Prepared on every rank; `folder` is the parcel's."""

    folder: Path
    notes: tuple[PipelineNote, ...]
    drawn: dict[str, tuple[str, ...]]
    control: UsedControl | None


class RankedPipeline:
    """`scratch_dir` belongs to this pipeline alone: what an earlier one left there is cleared."""

    def __init__(self, card: ModelCard, group: RankGroup, scratch_dir: Path) -> None:
        """Waits until the ranks are up. Raises RankLost."""
        self.card = card
        loaded = group.wait_ready()["loaded"][card.name]
        self.weights: dict[str, str] = loaded["weights"]
        self.revision: str | None = loaded["revision"]
        self.overlaps = False
        self._on: dict[Tier, list[str]] = loaded["on"]
        self._group, self._scratch = group, scratch_dir
        shutil.rmtree(scratch_dir, ignore_errors=True)
        scratch_dir.mkdir(parents=True)

    def prepare(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        plate_rgb: Picture | None,
        cancel: CancelToken,
        driving: Driving | None = None,
    ) -> RankedShot:
        """On every rank. Raises what the model's own `prepare` raises."""
        for old in self._scratch.iterdir():
            shutil.rmtree(old, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        write_parcel(Parcel(folder, request, cast, plate_rgb, driving))
        answer = self._persist(folder, [{"do": "prepare", "folder": str(folder)}], cancel)
        control = answer["control"]
        return RankedShot(
            folder=folder,
            notes=tuple(PipelineNote(code, message, tuple(words)) for code, message, words in answer["notes"]),
            drawn={character: tuple(photos) for character, photos in answer["drawn"].items()},
            control=control and UsedControl.model_validate(control),
        )

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """On all ranks together."""
        folder = _own(prepared).folder
        self._persist(folder, [{"do": "denoise"}], cancel, on_step)
        latents: torch.Tensor = load_file(folder / "latents.safetensors")["latents"]
        return latents

    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        """Decoded by all ranks, then read frame by frame."""
        folder = _own(prepared).folder
        self._persist(folder, [{"do": "decode"}], cancel)
        with safe_open(folder / "frames.safetensors", "np") as stored:
            frames = stored.get_slice("frames")
            for number in range(frames.get_shape()[0]):
                cancel.check()
                yield frames[number]
        shutil.rmtree(folder, ignore_errors=True)

    def motion(self, prepared: Prepared, latents: torch.Tensor) -> dict[str, Track]:
        """None: such models draw pictures, not motion parameters."""
        return {}

    def switched_on(self, tier: Tier) -> tuple[str, ...]:
        """As the ranks said when they came up."""
        return tuple(self._on[tier])

    def remarks(self, prepared: Prepared, latents: torch.Tensor) -> tuple[PipelineNote, ...]:
        return ()

    def _persist(
        self, folder: Path, commands: list[Words], cancel: CancelToken, on_step: OnStep = lambda *_: None
    ) -> Words:
        """Rank 0's answer to the last of `commands`. New ranks are first brought to where the lost ones stood."""
        before: list[Words] = []
        for life in range(1, _LIVES + 1):
            try:
                for command in (*before, *commands):
                    answer = self._group.call(command, cancel.check, on_step)[0]
                return answer
            except RankFailed as error:
                if error.kind == "RequestRefused":
                    words = error.words
                    raise RequestRefused(words["field"], str(error), tuple(words["nearest"])) from error
                raise _RAISED.get(error.kind, RuntimeError)(str(error)) from error
            except RankLost as error:
                log.warning("ranks lost", extra={"life": life, "why": str(error)})
                lost = error
                before = _way_to(commands[0], folder)
        raise lost


def _way_to(command: Words, folder: Path) -> list[Words]:
    """What ranks that know nothing have to do before `command`; denoising goes on from its checkpoint."""
    way = ["prepare", "denoise", "decode"]
    return [{"do": one, "folder": str(folder)} for one in way[: way.index(command["do"])]]


def _own(prepared: Prepared) -> RankedShot:
    assert isinstance(prepared, RankedShot), "prepared by another pipeline"
    return prepared
