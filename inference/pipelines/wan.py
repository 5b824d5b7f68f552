"""What the Wan family has in common: every model of it is denoised and decoded here, and differs in what it prepares.

The models, schedulers and all preparation are diffusers' own; ours are the loop (so that steps can be seen, cancelled
and resumed), the noise, and what the receipt says. Wan: arXiv:2503.20314.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import torch

from inference.catalogue import ModelCard
from inference.exact.noise import draw_noise
from inference.exact.used_device import agree_on_device, describe_used_device, list_computing_facts
from inference.memory import Job
from inference.motion.parameters import Track
from inference.parallel.mesh import Mesh
from inference.parallel.sequence import share_sequence
from inference.parallel.vae_tiles import decode_tiles
from inference.pipelines.checkpoints import Checkpoints, Origin
from inference.pipelines.contract import (
    CancelToken,
    CastPhoto,
    CheckpointPlace,
    DrivingVideo,
    Keyframe,
    OnStep,
    Picture,
    PipelineNote,
    Prepared,
    RenderCancelled,
)
from inference.pipelines.denoise import denoise
from inference.pipelines.device_placement import UNCHOSEN, DevicePlacement
from inference.pipelines.encoder_cache import Encodings, remember_encodings
from inference.pipelines.guide import Model, ask_over, guide_over
from inference.pipelines.interruptible import checked_before, interruptible, second_block, unseen_by_compilers
from inference.pipelines.latent_scale import unscale
from inference.pipelines.lora import Adapter, LoraSlots, ReadsAdapters
from inference.pipelines.memory_check import check_memory, job_of, needed_bytes, smallest_room
from inference.pipelines.pictures import as_pictures
from inference.pipelines.policies.batched_guidance import count_batch_tokens
from inference.pipelines.policies.contract import Policy, Running, apply_policies
from inference.pipelines.policies.distilled_steps import check_distilled
from inference.pipelines.published_scheduler import choose_scheduler
from inference.pipelines.tiers import (
    check_placement,
    choose_policies,
    hold_to_promise,
    list_kernels,
    product_switches,
    switched_on,
)
from inference.pipelines.walk import Walk, begin_walk
from inference.pipelines.wan_shot import Inputs, WanShot, digest_shot, own_shot
from inference.pipelines.weight_offload import WeightOffload
from inference.protocol import RenderRequest, Tier, UsedDevice

if TYPE_CHECKING:
    from diffusers import SchedulerMixin

    from inference.parallel.sequence import Transformer
    from inference.pipelines.wan_parts import Parts

TEXT_TOKENS = 512


class WanPipeline(ABC):
    """Loaded once. `parts` are the diffusers pipeline's modules, wherever they lie.

    One render is prepared and denoised at a time; another thread may decode the one before meanwhile, on several ranks
    where the VAE finds room beside the transformer. With a `mesh` every rank makes the same calls and gets the same
    result: the one that a single rank makes. A model of two experts (Wan 2.2) has one for the noisy steps and one for
    those after the boundary.
    """

    _share = staticmethod(share_sequence)

    def __init__(
        self,
        card: ModelCard,
        parts: Parts,
        weights: dict[str, str],
        mesh: Mesh | None = None,
        checkpoints: Checkpoints | None = None,
        revision: str | None = None,
        weight_offload: WeightOffload | None = None,
        placement: DevicePlacement = UNCHOSEN,
        distilled: Adapter | None = None,
    ) -> None:
        """`checkpoints`: where renders that break off are gone on with; `weight_offload`: whose device they run on.

        `placement`: what its operator chose; `distilled`: of the draft. Raises RanksDoNotFit, PolicyUnavailable.
        """
        self.card = card
        self.weights = weights
        self.revision = revision
        self._weight_offload = weight_offload or WeightOffload(torch.device(parts.transformer.device))
        self.parts: Any = remember_encodings(parts, Encodings(), self._weight_offload)
        self._mesh = mesh or Mesh()
        check_placement(placement, self._device)
        self._placement, self._distilled = placement, distilled
        self._transformer = self._share(parts.transformer, self._mesh.sequence)
        late, ratio = getattr(parts, "transformer_2", None), getattr(parts.config, "boundary_ratio", None)
        self._late = None if late is None else self._share(late, self._mesh.sequence)
        self._boundary_t = None if ratio is None else ratio * parts.scheduler.config.num_train_timesteps
        self._checkpoints = checkpoints
        self._used_device = agree_on_device(describe_used_device(self._device), self._mesh.votes)
        self._experts = tuple(filter(None, (self._transformer, self._late)))
        for expert in self._experts:
            self._adopt(expert)
        self.overlaps = self._weight_offload.always_beside(parts.vae) or self._mesh.size == 1
        self._batch_tokens = self._count_batch_tokens()
        reader = cast("ReadsAdapters", parts)  # a model that takes no adapters is never asked to read one
        self.slots = LoraSlots(self._transformer, partial(self._copy_for_slots, parts), reader)
        check_distilled(distilled, self.slots)

    def prepare(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        plate_rgb: Picture | None,
        cancel: CancelToken,
        driving: DrivingVideo | None = None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> Prepared:
        """Encode the prompt, the references, and the previs that drives. Raises BadReference, RequestRefused."""
        with torch.inference_mode(), self._products(request.tier):
            return self.encode(request, cast, cancel, driving, keyframes)

    @abstractmethod
    def encode(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        cancel: CancelToken,
        driving: DrivingVideo | None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> Prepared:
        """What the transformer of this model is told of a shot."""

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """Latents [1, 16, leading + T, H/8, W/8], float32 on the CPU, by the common loop. Raises AdapterDoesNotFit."""
        shot = own_shot(prepared)
        walk, policies = self._begin(shot), self._policies(shot.request.tier)
        adapters = (*(one for policy in policies for one in policy.adapters), *shot.adapters)
        try:
            with self._products(shot.request.tier), self.slots.use(adapters) as first, ExitStack() as stack:
                if self._late is None:  # of two experts each is there for its own steps
                    stack.enter_context(self._weight_offload.use(first))
                running = self._run(shot, first, walk, adapted=bool(adapters))
                stack.enter_context(apply_policies(policies, running))
                settle = unseen_by_compilers(cancel.settle) if running.compiled else cancel.settle
                for expert in running.experts:
                    stack.enter_context(interruptible(expert.blocks[0], cancel))
                    stack.enter_context(checked_before(second_block(expert), settle))
                latents = denoise(
                    self._model_of(shot, first), running.guide_step, walk.stepper, walk.latents, shot.guided,
                    on_step, cancel, walk.keep, walk.begun,
                )  # fmt: skip
        except RenderCancelled:
            self._forget(shot)
            raise
        return latents.float().cpu()

    @torch.inference_mode()
    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        """Frames in order. The VAE decodes the clip as a whole, tile by tile, before the first one is given."""
        vae = self.parts.vae
        with self._products(own_shot(prepared).request.tier), self._weight_offload.use(vae), self._beside():
            kept = latents[:, :, own_shot(prepared).leading :].to(self._device, vae.dtype)
            video = decode_tiles(vae, unscale(vae, kept), self._mesh.world, cancel.check)
            frames_FHWC = as_pictures(self.parts.video_processor, video)
        for frame in frames_FHWC:
            cancel.check()
            yield frame
        self._forget(own_shot(prepared))

    def motion(self, prepared: Prepared, latents: torch.Tensor) -> dict[str, Track]:
        """None: this model draws pictures, not motion parameters."""
        return {}

    def remarks(self, prepared: Prepared, latents: torch.Tensor) -> tuple[PipelineNote, ...]:
        return ()

    def place_checkpoint(self, prepared: Prepared) -> CheckpointPlace | None:
        """After every step it lies there."""
        if self._checkpoints is None:
            return None
        origin = self._origin(own_shot(prepared))
        return CheckpointPlace(self._checkpoints.place(origin), origin.digest)

    def _begin(self, shot: WanShot) -> Walk:
        return begin_walk(
            self._scheduler(shot), shot.request.steps, self._device, self._origin(shot),
            lambda: draw_noise(shot.shape, shot.request.seed), self._checkpoints, keeps=self._mesh.rank == 0,
        )  # fmt: skip

    def _run(self, shot: WanShot, first: Transformer, walk: Walk, *, adapted: bool) -> Running:
        """The loop as the exact tier has it; policies may change it."""
        late = [] if self._boundary_t is None else (walk.stepper.scheduled < self._boundary_t).tolist()
        return Running(
            experts=(first, *self._experts[1:]),
            tokens=shot.tokens,
            steps=shot.request.steps,
            step=walk.begun,
            turns=(0, late.index(True)) if True in late else (0,),
            adapted=adapted,
            stays=self._late is None and self._mesh.size == 1 and self._weight_offload.stays(first),
            memory=walk.memory,
            ask=ask_over(self._mesh.guidance),
            guide=guide_over(self._mesh.guidance),
        )

    def switched_on(self, tier: Tier) -> tuple[str, ...]:
        """What a render of this tier has on, for its receipt."""
        return (*switched_on(self._policies(tier), self._mesh), *self._weight_offload.words())

    @property
    def on_device(self) -> bool:
        """Whether its transformer, or of two experts one, is where it computes."""
        return any(self._weight_offload.holds(expert) for expert in self._experts)

    @property
    def loaded_adapters(self) -> tuple[str, ...]:
        """Hashes of those in its slots."""
        return self.slots.loaded

    def computed_on(self, tier: Tier) -> UsedDevice:
        """This rank's device, and the others' beside it where they are of another kind."""
        return self._used_device.model_copy(update={"kernels": list_kernels(self._policies(tier))})

    def _policies(self, tier: Tier) -> tuple[Policy, ...]:
        ranks, tokens = self._mesh.guidance.size, self._batch_tokens
        chosen = choose_policies(
            tier, self._device, self._placement, batch_tokens=tokens, guidance_ranks=ranks, distilled=self._distilled
        )
        return hold_to_promise(tier, chosen)

    def _count_batch_tokens(self) -> int:
        """Up to which both texts go together; 0 where the usual clip, whose room they are to share, has none."""
        room = smallest_room(self._mesh.votes, self._weight_offload.room_beside(self._transformer))
        return count_batch_tokens(self.card) if self._foresee(self.card.default_job) <= room else 0

    def _products(self, tier: Tier) -> AbstractContextManager[None]:
        """Around everything that a render computes, not the transformer alone."""
        return product_switches(self._policies(tier))

    def _copy_for_slots(self, parts: Parts) -> Transformer:
        return self._adopt(self._share(parts.transformer, self._mesh.sequence))

    def _adopt(self, expert: Transformer) -> Transformer:
        self._weight_offload.adopt(expert, self._foresee(self.card.default_job))
        return expert

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
        policies = tuple(policy.words() for policy in self._policies(shot.request.tier))
        conditions = digest_shot(shot, self.weights, self._scheduler(shot).config, policies)
        return Origin(conditions, list_computing_facts(self.computed_on(shot.request.tier)))

    def _scheduler(self, shot: WanShot) -> SchedulerMixin:
        shift = shot.request.shift or self.card.shift_in(shot.request.tier)
        return choose_scheduler(self.parts.scheduler, self.card.recipe, shift)

    def _encode_texts(self, request: RenderRequest) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The prompt's states, and at a guidance other than 1 the negative prompt's: [1, 512, D] each.

        First of all it is made sure that the render fits: on all ranks, or it is refused by all. Raises RequestRefused.
        """
        beside = sum(one.fills(expert) for one in self._policies(request.tier) for expert in self._experts)
        free = smallest_room(self._mesh.votes, self._weight_offload.room_beside(self._transformer)) - beside
        check_memory(self.card, request, free, self._dtype.itemsize, self._mesh.sequence.size, overlaps=self.overlaps)
        self._weight_offload.leave_room(self._foresee(job_of(request), overlaps=self.overlaps) + beside)
        text, away = self.parts.encode_prompt(
            request.prompt, request.negative_prompt, request.guidance_scale != 1.0,
            max_sequence_length=TEXT_TOKENS, device=self._device,
        )  # fmt: skip
        return text.to(self._dtype), None if away is None else away.to(self._dtype)

    @property
    def _device(self) -> torch.device:
        return self._weight_offload.device

    @property
    def _dtype(self) -> torch.dtype:
        dtype: torch.dtype = self.parts.transformer.dtype
        return dtype

    def _model_of(self, shot: WanShot, first: Transformer) -> Model[Inputs]:
        """What the loop asks at each step."""
        return partial(self._predict, shot, first)

    def _predict(
        self, shot: WanShot, first: Transformer, latents: torch.Tensor, t: torch.Tensor, own: Inputs
    ) -> torch.Tensor:
        late = self._late is not None and self._boundary_t is not None and t < self._boundary_t
        expert = self._late if late else first
        assert expert is not None, "late says that there is one"
        with self._weight_offload.use(expert):
            prediction: torch.Tensor = expert(
                hidden_states=shot.join(latents).to(self._dtype),
                timestep=t.expand(len(latents)),
                return_dict=False,
                **shot.fixed_for(len(latents)),
                **own,
            )[0]
        return prediction
