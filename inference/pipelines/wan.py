"""What the Wan family has in common: every model of it is denoised and decoded here, and differs in what it prepares.

The models, schedulers and all preparation are diffusers' own; ours are the loop (so that steps can be seen, cancelled
and resumed), the noise, and what the receipt says. Wan: arXiv:2503.20314.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from inference.catalogue import ModelCard
from inference.exact.noise import draw_noise
from inference.exact.product_flags import product_flags
from inference.exact.used_device import agree_on_device, describe_used_device, list_computing_facts
from inference.memory import Job
from inference.motion.parameters import Track
from inference.parallel.mesh import Mesh
from inference.parallel.sequence import share_sequence
from inference.parallel.vae_tiles import decode_tiles
from inference.pipelines.checkpoints import Checkpoint, Checkpoints, Origin, digest_conditions
from inference.pipelines.contract import (
    CancelToken,
    CastPhoto,
    DrivingVideo,
    OnStep,
    Picture,
    PipelineNote,
    Prepared,
    RenderCancelled,
)
from inference.pipelines.denoise import denoise
from inference.pipelines.device_placement import Attention
from inference.pipelines.encoder_cache import Encodings, remember_encodings
from inference.pipelines.guide import Guided
from inference.pipelines.lora import Adapter, LoraSlots
from inference.pipelines.memory_check import check_memory, job_of, needed_bytes, smallest_room
from inference.pipelines.published_scheduler import choose_scheduler
from inference.pipelines.scheduler_stepper import ScheduledStepper
from inference.pipelines.tiers import Kernels, check_attention, choose_guide, choose_kernels, switched_on, tuned
from inference.pipelines.weight_offload import WeightOffload
from inference.protocol import RenderRequest, Tier, UsedControl, UsedDevice

if TYPE_CHECKING:
    from diffusers import SchedulerMixin

    from inference.parallel.sequence import Transformer
    from inference.pipelines.wan_parts import Parts

Inputs = dict[str, torch.Tensor]

TEXT_TOKENS = 512
SILENT = PipelineNote("silent_clip", "this clip has no sound")


@dataclass(frozen=True)
class WanShot:
    """Ready to be denoised. Tensors are the transformer's own arguments, by their names there.

    guided: what the two texts do not share; fixed: what they do. beside: joined to the latents' channels. leading:
    latent frames in front of the clip, which hold references and are cut off. shape: of the latents.
    """

    request: RenderRequest
    guided: Guided[Inputs]
    fixed: Inputs
    beside: torch.Tensor | None
    leading: int
    shape: tuple[int, ...]
    notes: tuple[PipelineNote, ...]
    drawn: dict[str, tuple[str, ...]]
    adapters: tuple[Adapter, ...] = ()
    control: UsedControl | None = None


class WanPipeline(ABC):
    """Loaded once. `parts` are the diffusers pipeline's modules, wherever they lie.

    One render is prepared and denoised at a time; another thread may decode the one before meanwhile, on several ranks
    where the VAE finds room beside the transformer. With a `mesh` every rank makes the same calls and gets the same
    result: the one that a single rank makes. A model of two experts (Wan 2.2) has one for the noisy steps and one for
    those after the boundary.
    """

    def __init__(
        self,
        card: ModelCard,
        parts: Parts,
        weights: dict[str, str],
        mesh: Mesh | None = None,
        checkpoints: Checkpoints | None = None,
        revision: str | None = None,
        weight_offload: WeightOffload | None = None,
        attention: Attention = "auto",
    ) -> None:
        """`checkpoints`: where renders that break off are gone on with; `weight_offload`: whose device they run on.

        `attention`: of the tiers that may choose one. Raises RanksDoNotFit, AttentionUnavailable.
        """
        self.card = card
        self.weights = weights
        self.revision = revision
        self._weight_offload = weight_offload or WeightOffload(torch.device(parts.transformer.device))
        self.parts = remember_encodings(parts, Encodings(), self._weight_offload)
        self._mesh = mesh or Mesh()
        check_attention(attention, self._device)
        self._attention = attention
        self._transformer = share_sequence(parts.transformer, self._mesh.sequence)
        late, ratio = getattr(parts, "transformer_2", None), getattr(parts.config, "boundary_ratio", None)
        self._late = None if late is None else share_sequence(late, self._mesh.sequence)
        self._boundary_t = None if ratio is None else ratio * parts.scheduler.config.num_train_timesteps
        self._checkpoints = checkpoints
        self._used_device = agree_on_device(describe_used_device(self._device), self._mesh.votes)
        for expert in filter(None, (self._transformer, self._late)):
            self._weight_offload.adopt(expert, self._foresee(card.default_job))
        self.overlaps = self._weight_offload.always_beside(parts.vae) or self._mesh.size == 1
        self.slots = LoraSlots(self._transformer, partial(self._copy_for_slots, parts), parts)

    def prepare(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        plate_rgb: Picture | None,
        cancel: CancelToken,
        driving: DrivingVideo | None = None,
    ) -> WanShot:
        """Encode the prompt, the references, and the previs that drives. Raises BadReference, RequestRefused."""
        with torch.inference_mode(), self._products(request.tier):
            return self.encode(request, cast, cancel, driving)

    @abstractmethod
    def encode(
        self, request: RenderRequest, cast: tuple[CastPhoto, ...], cancel: CancelToken, driving: DrivingVideo | None
    ) -> WanShot:
        """What the transformer of this model is told of a shot."""

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """Latents [1, 16, leading + T, H/8, W/8], float32 on the CPU, by the common loop. Raises AdapterDoesNotFit."""
        shot = _own(prepared)
        walk = self._begin(shot)
        try:
            with self._products(shot.request.tier), self.slots.use(shot.adapters) as first, ExitStack() as stack:
                if self._late is None:  # of two experts each is there for its own steps
                    stack.enter_context(self._weight_offload.use(first))
                kernels = self._kernels(shot.request.tier)
                settle = _unseen_by_compilers(cancel.settle) if kernels.compiler else cancel.settle
                for expert in filter(None, (first, self._late)):
                    plain = replace(kernels, compiler=None) if shot.adapters else kernels
                    stack.enter_context(tuned(expert, plain))
                    stack.enter_context(interruptible(expert.blocks[0], cancel))
                    stack.enter_context(_Hook(_second_block(expert), settle))
                latents = denoise(
                    partial(self._predict, shot, first),
                    choose_guide(shot.request.tier, self._mesh.guidance),
                    walk.stepper,
                    walk.latents,
                    shot.guided,
                    on_step,
                    cancel,
                    walk.keep,
                    walk.begun,
                )
        except RenderCancelled:
            self._forget(shot)
            raise
        return latents.float().cpu()

    @torch.inference_mode()
    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        """Frames in order. The VAE decodes the clip as a whole, tile by tile, before the first one is given."""
        vae = self.parts.vae
        with self._products(_own(prepared).request.tier), self._weight_offload.use(vae), self._beside():
            kept = latents[:, :, _own(prepared).leading :].to(self._device, vae.dtype)
            mean, std = (
                torch.tensor(values, device=self._device, dtype=vae.dtype).view(1, -1, 1, 1, 1)
                for values in (vae.config.latents_mean, vae.config.latents_std)
            )
            # as the published pipeline computes it: std is inverted first, and its rounding is part of the result
            video = decode_tiles(vae, kept / (1.0 / std) + mean, self._mesh.world, cancel.check)
            frames_FHWC = self.parts.video_processor.postprocess_video(video, output_type="np")[0]
        for frame in frames_FHWC:
            cancel.check()
            yield np.round(frame * 255).astype(np.uint8)
        self._forget(_own(prepared))

    def motion(self, prepared: Prepared, latents: torch.Tensor) -> dict[str, Track]:
        """None: this model draws pictures, not motion parameters."""
        return {}

    def remarks(self, prepared: Prepared, latents: torch.Tensor) -> tuple[PipelineNote, ...]:
        return ()

    def _begin(self, shot: WanShot) -> _Walk:
        """From noise, or from where an earlier attempt at this very render stood."""
        request, scheduler = shot.request, self._scheduler(shot)
        origin = self._origin(shot)
        found = self._checkpoints.find(origin) if self._checkpoints else None
        keeper = self._checkpoints if self._mesh.rank == 0 else None
        if found is None:
            stepper = ScheduledStepper(scheduler, request.steps, self._device)
            return _Walk(stepper, draw_noise(shot.shape, request.seed).to(self._device), 0, origin, keeper)
        stepper = ScheduledStepper.resume(scheduler, found.place, self._device)
        return _Walk(stepper, found.latents.to(self._device), found.place.done, origin, keeper)

    def switched_on(self, tier: Tier) -> tuple[str, ...]:
        """What a render of this tier has on, for its receipt."""
        return (*switched_on(tier, self._kernels(tier), self._mesh), *self._weight_offload.words())

    def computed_on(self, tier: Tier) -> UsedDevice:
        """This rank's device, and the others' beside it where they are of another kind."""
        return self._used_device.model_copy(update={"kernels": self._kernels(tier).facts()})

    def _kernels(self, tier: Tier) -> Kernels:
        return choose_kernels(tier, self._device, self._attention)

    def _products(self, tier: Tier) -> AbstractContextManager[None]:
        """Around everything that a render computes, not the transformer alone."""
        kernels = self._kernels(tier)
        return product_flags(tf32=kernels.tf32, deterministic=kernels.repeatable)

    def _copy_for_slots(self, parts: Parts) -> Transformer:
        copy = share_sequence(parts.transformer, self._mesh.sequence)
        self._weight_offload.adopt(copy, self._foresee(self.card.default_job))
        return copy

    def _foresee(self, job: Job, *, overlaps: bool = True) -> int:
        """Bytes that a render fills beside the weights."""
        return needed_bytes(self.card, job, self._dtype.itemsize, self._mesh.sequence.size, overlaps=overlaps)

    def _beside(self) -> AbstractContextManager[object]:
        """The device's own queue for a decode, so that it need not wait for the next render's steps."""
        return nullcontext() if self._device.type == "cpu" else torch.Stream(self._device)

    def _forget(self, shot: WanShot) -> None:
        """Drop the checkpoint: the clip is decoded, or nobody wants it."""
        if self._checkpoints and self._mesh.rank == 0:
            self._checkpoints.forget(self._origin(shot))

    def _origin(self, shot: WanShot) -> Origin:
        conditions = digest_shot(shot, self.weights, self._scheduler(shot).config)
        return Origin(conditions, list_computing_facts(self.computed_on(shot.request.tier)))

    def _scheduler(self, shot: WanShot) -> SchedulerMixin:
        return choose_scheduler(self.parts.scheduler, self.card.recipe, shot.request.shift)

    def _encode_texts(self, request: RenderRequest) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The prompt's states, and at a guidance other than 1 the negative prompt's: [1, 512, D] each.

        First of all it is made sure that the render fits: on all ranks, or it is refused by all. Raises RequestRefused.
        """
        free = smallest_room(self._mesh.votes, self._weight_offload.room_beside(self._transformer))
        ranks = self._mesh.sequence.size
        check_memory(self.card, request, free, self._dtype.itemsize, ranks, overlaps=self.overlaps)
        self._weight_offload.leave_room(self._foresee(job_of(request), overlaps=self.overlaps))
        guided = request.guidance_scale != 1.0
        text, away = self.parts.encode_prompt(
            request.prompt, request.negative_prompt, guided, max_sequence_length=TEXT_TOKENS, device=self._device
        )
        return text.to(self._dtype), None if away is None else away.to(self._dtype)

    @property
    def _device(self) -> torch.device:
        return self._weight_offload.device

    @property
    def _dtype(self) -> torch.dtype:
        dtype: torch.dtype = self.parts.transformer.dtype
        return dtype

    def _predict(
        self, shot: WanShot, first: Transformer, latents: torch.Tensor, t: torch.Tensor, own: Inputs
    ) -> torch.Tensor:
        states = latents if shot.beside is None else torch.cat([latents, shot.beside], dim=1)
        late = self._late is not None and self._boundary_t is not None and t < self._boundary_t
        expert = self._late if late else first
        assert expert is not None, "late says that there is one"
        with self._weight_offload.use(expert):
            prediction: torch.Tensor = expert(
                hidden_states=states.to(self._dtype),
                timestep=t.expand(latents.shape[0]),
                return_dict=False,
                **shot.fixed,
                **own,
            )[0]
        return prediction


@dataclass(frozen=True)
class _Walk:
    """One attempt's way through the steps; `keeper` is there on the rank that keeps checkpoints."""

    stepper: ScheduledStepper
    latents: torch.Tensor
    begun: int
    origin: Origin
    keeper: Checkpoints | None

    def keep(self, latents: torch.Tensor) -> None:
        if self.keeper is not None:
            self.keeper.save(Checkpoint(self.origin, self.stepper.place(), latents))


def digest_shot(shot: WanShot, weights: dict[str, str], scheduler: Mapping[str, object]) -> str:
    """The condition digest: renders that share it have the same latents on one device, whatever they were called."""
    beside = {} if shot.beside is None else {"beside": shot.beside}
    towards = {f"towards {name}": tensor for name, tensor in shot.guided.towards.items()}
    away = {f"away {name}": tensor for name, tensor in shot.guided.away.items()}
    facts = {
        "weights": weights,
        "scheduler": {name: repr(value) for name, value in scheduler.items() if not name.startswith("_")},
        "adapters": [[adapter.sha256, adapter.scale] for adapter in shot.adapters],
        "guidance_scale": shot.guided.scale,
        "seed": shot.request.seed,
        "steps": shot.request.steps,
        "tier": shot.request.tier,
        "shape": shot.shape,
    }
    return digest_conditions({**towards, **away, **shot.fixed, **beside}, facts)


def interruptible(module: torch.nn.Module, cancel: CancelToken) -> _Hook:
    """While it lasts, every call of `module` obeys a cancel first: a step or a decode need not run to its end."""
    return _Hook(module, cancel.check)


class _Hook:
    def __init__(self, module: torch.nn.Module, check: Callable[[], None]) -> None:
        self._module, self._check = module, check

    def __enter__(self) -> None:
        self._handle = self._module.register_forward_pre_hook(lambda *_: self._check())

    def __exit__(self, *_: object) -> None:
        self._handle.remove()


def _unseen_by_compilers(work: Callable[[], None]) -> Callable[[], None]:
    """`work`, which waits for other ranks: nothing that a compiler should look into."""
    unseen: Callable[[], None] = torch.compiler.disable(work)  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return unseen


def _second_block(transformer: Transformer) -> torch.nn.Module:
    """The one that computes second in every forward: of VACE's side blocks, where there are any."""
    blocks = getattr(transformer, "vace_blocks", transformer.blocks)
    second: torch.nn.Module = blocks[min(1, len(blocks) - 1)]
    return second


def _own(prepared: Prepared) -> WanShot:
    assert isinstance(prepared, WanShot), "prepared by another pipeline"
    return prepared


def adapters_of(cast: tuple[CastPhoto, ...]) -> tuple[Adapter, ...]:
    """The cast's adapters, in the order of the request."""
    return tuple(character.adapter for character in cast if character.adapter is not None)
