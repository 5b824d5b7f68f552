"""A model that is loaded in a group of ranks, behind the contract of a pipeline: the engine cannot tell it apart.

A render survives the death of any rank: the group is started again and goes on from the last step's checkpoint.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from inference.catalogue import ModelCard, RequestRefused
from inference.motion.parameters import Track
from inference.parallel.command_pipe import Words
from inference.parallel.group import RankFailed, RankGroup, RankLost
from inference.pipelines.contract import (
    BadReference,
    CancelToken,
    CastPhoto,
    CheckpointPlace,
    DrivingVideo,
    Keyframe,
    OnStep,
    Picture,
    PipelineNote,
    Prepared,
    RenderPreempted,
)
from inference.pipelines.lora import AdapterDoesNotFit
from inference.pipelines.rank_bundle import RankBundle, write_bundle
from inference.protocol import RenderRequest, Tier, UsedControl, UsedDevice

log = logging.getLogger(__name__)

_LIVES = 3  # of the group, in one render: who loses more is not helped by another try
_WAY = ["prepare", "denoise", "decode"]  # of a job; denoising goes on from its checkpoint
_RAISED: dict[str, type[Exception]] = {
    "BadReference": BadReference, "AdapterDoesNotFit": AdapterDoesNotFit, "MemoryError": MemoryError
}  # fmt: skip


@dataclass(frozen=True)
class RankedShot:
    """Prepared on every rank; `folder` is the bundle's."""

    folder: Path
    notes: tuple[PipelineNote, ...]
    drawn: dict[str, tuple[str, ...]]
    control: UsedControl | None
    checkpoint: CheckpointPlace | None = None


class _Stopping(CancelToken):
    """A render's stop sign that a preemption raises too: ranks are told to stop, and `check` says why they were."""

    def __init__(self, cancel: CancelToken, on_step: OnStep) -> None:
        super().__init__()
        self._cancel, self._on_step = cancel, on_step
        self._preempted: RenderPreempted | None = None

    def after_step(self, done: int, total: int) -> None:
        """Once it was preempted, what the ranks still do counts for nothing."""
        if self._preempted is None:
            try:
                self._on_step(done, total)
            except RenderPreempted as stopped:
                self._preempted = stopped

    def check(self) -> None:
        if self._preempted is not None:
            raise self._preempted
        self._cancel.check()


class RankedPipeline:
    """`scratch_dir` belongs to this pipeline alone: what an earlier one left there is cleared."""

    def __init__(self, card: ModelCard, group: RankGroup, scratch_dir: Path) -> None:
        """Waits until the ranks are up. Raises RankLost."""
        self.card = card
        models = group.wait_ready()["loaded"]
        loaded = models[card.name]
        self.weights: dict[str, str] = loaded["weights"]
        self.revision: str | None = loaded["revision"]
        self.overlaps = all(model["overlaps"] for model in models.values())  # with the others' renders too
        self._on: dict[Tier, list[str]] = loaded["on"]
        self._devices: dict[Tier, Words] = loaded["computed_on"]
        self._group, self._scratch = group, scratch_dir
        shutil.rmtree(scratch_dir, ignore_errors=True)
        scratch_dir.mkdir(parents=True)

    def prepare(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        plate_rgb: Picture | None,
        cancel: CancelToken,
        driving: DrivingVideo | None = None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> RankedShot:
        """On every rank. Raises what the model's own `prepare` raises."""
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        try:
            write_bundle(RankBundle(folder, request, cast, plate_rgb, driving, keyframes))
            answer = self._persist("prepare", folder, cancel)
        except BaseException:
            _remove(folder)
            raise
        control, checkpoint = answer["control"], answer["checkpoint"]
        shot = RankedShot(
            folder=folder,
            notes=tuple(PipelineNote(code, message, tuple(words)) for code, message, words in answer["notes"]),
            drawn={character: tuple(photos) for character, photos in answer["drawn"].items()},
            control=control and UsedControl.model_validate(control),
            checkpoint=checkpoint and CheckpointPlace(Path(checkpoint["path"]), checkpoint["digest"]),
        )
        weakref.finalize(shot, _remove, folder)  # by which the ranks see that nobody wants it any more
        return shot

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """On all ranks together."""
        folder = _own(prepared).folder
        stopping = _Stopping(cancel, on_step)
        self._persist("denoise", folder, stopping, stopping.after_step)
        latents: torch.Tensor = load_file(folder / "latents.safetensors")["latents"]
        return latents

    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        """Decoded by all ranks, which may denoise the next render meanwhile; then read frame by frame."""
        folder = _own(prepared).folder
        self._persist("decode", folder, cancel)
        with safe_open(folder / "frames.safetensors", "np") as stored:
            frames = stored.get_slice("frames")
            for number in range(frames.get_shape()[0]):
                cancel.check()
                yield frames[number]
        _remove(folder)

    def place_checkpoint(self, prepared: Prepared) -> CheckpointPlace | None:
        """Where rank 0 keeps it."""
        return _own(prepared).checkpoint

    def motion(self, prepared: Prepared, latents: torch.Tensor) -> dict[str, Track]:
        """None: such models draw pictures, not motion parameters."""
        return {}

    def switched_on(self, tier: Tier) -> tuple[str, ...]:
        """As the ranks said when they came up."""
        return tuple(self._on[tier])

    @property
    def on_device(self) -> bool:
        """As rank 0 said after the last command."""
        return bool(self._group.resident.get(self.card.name, {}).get("on_device", False))

    @property
    def loaded_adapters(self) -> tuple[str, ...]:
        """As rank 0 said after the last command."""
        return tuple(self._group.resident.get(self.card.name, {}).get("adapters", ()))

    def computed_on(self, tier: Tier) -> UsedDevice:
        """As the ranks agreed when they came up."""
        return UsedDevice.model_validate(self._devices[tier])

    def remarks(self, prepared: Prepared, latents: torch.Tensor) -> tuple[PipelineNote, ...]:
        return ()

    def _persist(self, work: str, folder: Path, cancel: CancelToken, on_step: OnStep = lambda *_: None) -> Words:
        """Rank 0's answer to `work`. New ranks are first brought to where the lost ones stood."""
        commands = [work]
        for life in range(1, _LIVES + 1):
            try:
                for one in commands:
                    answer = self._group.call({"do": one, "folder": str(folder)}, cancel.check, on_step)[0]
                    self._group.resident = answer["resident"]
                return answer
            except RankFailed as error:
                if error.kind != "JobUnknown":
                    raise _what_was_raised(error) from error
                lost: Exception = error
            except RankLost as error:
                lost = error
            log.warning("ranks lost", extra={"life": life, "why": str(lost)})
            commands = _WAY[: _WAY.index(work) + 1]
        raise lost


def _what_was_raised(error: RankFailed) -> Exception:
    """The model's own error, as far as the engine tells it from others."""
    if error.kind == "RequestRefused":
        return RequestRefused(error.words["field"], str(error), tuple(error.words["nearest"]))
    return _RAISED.get(error.kind, RuntimeError)(str(error))


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _own(prepared: Prepared) -> RankedShot:
    assert isinstance(prepared, RankedShot), "prepared by another pipeline"
    return prepared
