"""Wan-Animate-2 (arXiv:2608.06009): one character's photo acts what the frames of a driving video show: of a previs.

A clip is cut into segments. Each is a `WanShot` of its own and goes through the family's loop as any shot does, so that
steps, cancels, checkpoints and policies are those of every model; only its conditions are found later, because they
contain the last frame that the segment before it shows. docs/decisions/0034 says why this is the shape of it.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from PIL import Image

from inference.exact.fingerprint import hash_frames
from inference.exact.noise import draw_noise
from inference.parallel.driven_sequence import share_driven_sequence
from inference.parallel.mesh import Link, SingleRank
from inference.parallel.vae_tiles import decode_tiles
from inference.pipelines.contract import (
    BadReference,
    CancelToken,
    CastPhoto,
    CheckpointPlace,
    DrivingVideo,
    Keyframe,
    OnStep,
    Picture,
    Prepared,
    RenderCancelled,
)
from inference.pipelines.driven_clip import DrivenClip, own_clip
from inference.pipelines.guide import Guided, Model
from inference.pipelines.interruptible import interruptible
from inference.pipelines.latent_scale import unscale
from inference.pipelines.photo_cut import cut_photo
from inference.pipelines.pictures import as_pictures
from inference.pipelines.walk import Walk, begin_walk
from inference.pipelines.wan import TEXT_TOKENS, WanPipeline
from inference.pipelines.wan_shot import SILENT, Inputs, WanShot
from inference.protocol import RenderRequest, UsedControl
from inference.segments import OVERLAP, cut_into_segments

if TYPE_CHECKING:
    from diffusers import AutoencoderKLWan, WanAnimate2Transformer3DModel
    from diffusers.models.transformers.transformer_wan_animate_2 import WanAnimate2KVCache

READ_AS = "人物动作的参考视频"  # what the driving video is introduced by: "a reference video of a person's movements"


class WanAnimate2Pipeline(WanPipeline):
    """One character, one photo, and a previs of any length: its recipe says how many frames a segment has at most."""

    _share = staticmethod(share_driven_sequence)

    def encode(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        cancel: CancelToken,
        driving: DrivingVideo | None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> DrivenClip:
        """Encode the texts, the photo, and what CLIP sees of it and of the driving video's first frame."""
        if driving is None:
            raise BadReference(f"{self.card.name} needs a previs to drive it: ask for control previs")
        photo = cast[0].photos[0]
        text, away = self._encode_texts(request)
        read_as = self.parts.encode_text(READ_AS, TEXT_TOKENS, self._device)
        cancel.check()
        pictures = cut_photo(photo, request.width, request.height)[None]
        pixels, first = self._pixels(pictures), self._pixels(driving.frames_FHWC[:1])
        seen, driving_seen = (self.parts.encode_image(one[0, :, 0], self._device) for one in (pixels, first))
        cancel.check()
        with interruptible(self.parts.vae.encoder, cancel):
            picture = self._with_mask(self._encode_video(pixels), known=1)
        fixed = {"seen": seen, "driving_text": read_as, "driving_seen": driving_seen}
        assert self.card.recipe is not None, "its segments are as long as its authors make them"
        return DrivenClip(
            request=request,
            guided=Guided(
                {"encoder_hidden_states": text},
                {} if away is None else {"encoder_hidden_states": away},
                request.guidance_scale,
            ),
            fixed={name: tensor.to(self._dtype) for name, tensor in fixed.items()},
            picture=picture,
            frames_FHWC=driving.frames_FHWC,
            segments=cut_into_segments(request.frames, self.card.recipe.frames),
            notes=(SILENT,),
            drawn={cast[0].character_id: (photo.sha256,)},
            control=UsedControl(
                form="frames", track_sha256=driving.track_sha256, frames_sha256=hash_frames(driving.frames_FHWC)
            ),
        )

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """Latents [1, 16, segments · (1 + T), H/8, W/8], float32 on the CPU: each segment's after the picture's."""
        clip = own_clip(prepared)
        steps, count = clip.request.steps, clip.segments.count
        finished: list[torch.Tensor] = []
        clip.begun.clear()
        try:
            for number in range(count):
                cancel.settle()
                shot = self._condition(clip, number, finished, cancel)
                clip.begun.append(shot)
                counted = functools.partial(_count_on, on_step, number * steps, count * steps)
                finished.append(super().denoise(shot, counted, cancel))
        except RenderCancelled:
            self._forget_clip(clip)
            raise
        return torch.cat(finished, dim=2)

    @torch.inference_mode()
    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        """Frames in order: those that were drawn on the way, and those of the last segment."""
        clip = own_clip(prepared)
        wanted = clip.request.frames
        for number, part in enumerate(latents.chunk(clip.segments.count, dim=2)):
            pictures = clip.shown.pop(number, None)
            if pictures is None:
                with self._beside():
                    video = self._draw(clip, number, part, self.parts.vae, self._mesh.world, cancel)
                    pictures = as_pictures(self.parts.video_processor, video)
            for picture in pictures[:wanted]:
                cancel.check()
                yield picture
            wanted -= len(pictures)
        self._forget_clip(clip)

    def place_checkpoint(self, prepared: Prepared) -> CheckpointPlace | None:
        """None: every segment has one of its own, and they stay on this machine."""
        return None

    @torch.inference_mode()
    def _condition(self, clip: DrivenClip, number: int, finished: list[torch.Tensor], cancel: CancelToken) -> WanShot:
        """The shot that a segment is, once all segments before it are `finished`."""
        request, segments = clip.request, clip.segments
        with self._products(request.tier), interruptible(self.parts.vae.encoder, cancel):
            known = self._last_frames(clip, finished, cancel)
            unknown = known.new_zeros(1, 3, segments.length - known.shape[2], request.height, request.width)
            begun_with = self._encode_video(torch.cat([known, unknown], dim=2))
            driving = self._encode_video(self._pixels(clip.frames_FHWC[segments.frames_of(number, request.frames)]))
            beside = torch.cat([clip.picture, self._with_mask(begun_with, known=known.shape[2])], dim=1)[None]
        place = torch.tensor([number, segments.count])
        return WanShot(
            request=request,
            guided=clip.guided,
            fixed={**clip.fixed, "driving": driving, "place": place},
            beside=beside.to(self._dtype),
            leading=1,
            shape=(1, *driving.shape[1:2], *beside.shape[2:]),
            notes=clip.notes,
            drawn=clip.drawn,
            control=clip.control,
        )

    def _last_frames(self, clip: DrivenClip, finished: list[torch.Tensor], cancel: CancelToken) -> torch.Tensor:
        """[1, 3, OVERLAP, H, W] of the segment before, whose frames are kept; of the first one none.

        Every rank draws all of it: another thread may be sharing out the tiles of an earlier clip meanwhile, and its
        VAE remembers frames: so this one is another structure over the same weights.
        """
        if not finished:
            return torch.zeros(1, 3, 0, clip.request.height, clip.request.width, device=self._device)
        number = len(finished) - 1
        video = self._draw(clip, number, finished[-1], copy.copy(self.parts.vae), SingleRank(), cancel)
        clip.shown[number] = as_pictures(self.parts.video_processor, video)
        return video[:, :, -OVERLAP:]

    def _draw(
        self,
        clip: DrivenClip,
        number: int,
        latents: torch.Tensor,
        vae: AutoencoderKLWan,
        link: Link,
        cancel: CancelToken,
    ) -> torch.Tensor:
        """[1, 3, F, H, W] in -1..1: the frames that a segment adds."""
        with self._products(clip.request.tier), self._weight_offload.use(self.parts.vae):
            kept = latents[:, :, 1:].to(self._device, vae.dtype)
            video = decode_tiles(vae, unscale(vae, kept), link, cancel.check)
        return video[:, :, OVERLAP * min(number, 1) :]

    def _begin(self, shot: WanShot) -> Walk:
        """Noise is drawn for the whole clip at once: a segment's is the same as in diffusers' own call."""
        number, count = shot.fixed["place"].tolist()
        return begin_walk(
            self._scheduler(shot), shot.request.steps, self._device, self._origin(shot),
            lambda: draw_noise((count, *shot.shape[1:]), shot.request.seed)[number : number + 1],
            self._checkpoints, keeps=self._mesh.rank == 0,
        )  # fmt: skip

    def _model_of(self, shot: WanShot, first: WanAnimate2Transformer3DModel) -> Model[Inputs]:
        """The driving video is read when the first step asks; what is kept of it goes when the loop has ended."""
        read = functools.cache(functools.partial(self._read, shot, first))

        def ask(latents: torch.Tensor, t: torch.Tensor, own: Inputs) -> torch.Tensor:
            return self._look(shot, first, read(), latents, t, own)

        return ask

    def _read(self, shot: WanShot, first: WanAnimate2Transformer3DModel) -> WanAnimate2KVCache:
        """Keys and values of the driving video in every block, without places: each step gives them theirs."""
        from diffusers.models.transformers.transformer_wan_animate_2 import WanAnimate2KVCache

        kept = WanAnimate2KVCache(first.config.num_layers)
        driving = shot.fixed["driving"]
        grid = _grid(driving)
        with self._weight_offload.use(first):
            first(
                [driving[0].to(self._dtype)],
                timestep=torch.ones(1, device=self._device),
                encoder_hidden_states=[shot.fixed["driving_text"][0]],
                encoder_hidden_states_image=shot.fixed["driving_seen"],
                condition_latents=[self._with_mask(driving, known=shot.request.frames).to(self._dtype)],
                kv_cache=kept,
                kv_cache_mode="extract",
                seq_len=int(grid.prod()),
                offset_grid_sizes=grid,
            )
        return kept

    def _look(
        self,
        shot: WanShot,
        first: WanAnimate2Transformer3DModel,
        kept: WanAnimate2KVCache,
        latents: torch.Tensor,
        t: torch.Tensor,
        own: Inputs,
    ) -> torch.Tensor:
        """A step's prediction. Steered away from, a text skips one block, which the authors left out for it."""
        assert shot.beside is not None, "the picture is beside the noise"
        driving = shot.fixed["driving"]
        with self._weight_offload.use(first):
            (said,) = first(
                [latents[0].to(self._dtype)],
                timestep=t.expand(1),
                encoder_hidden_states=[own["encoder_hidden_states"][0]],
                encoder_hidden_states_image=shot.fixed["seen"],
                condition_latents=[shot.beside[0]],
                kv_cache=kept,
                kv_cache_mode="cached",
                seq_len=int(_grid(latents).prod()),
                reference_grid_sizes=_grid(driving),
                origin_len=4 * (driving.shape[2] - 1) + 1,
                origin_area=[shot.request.height, shot.request.width],
                is_uncondtion=own is shot.guided.away,
                return_dict=False,
            )[0]
        prediction: torch.Tensor = said[None]
        return prediction

    def _count_batch_tokens(self) -> int:
        """None: both texts cannot go together, since one of them skips a block."""
        return 0

    def _forget_clip(self, clip: DrivenClip) -> None:
        for shot in clip.begun:
            self._forget(shot)

    def _with_mask(self, latents: torch.Tensor, known: int) -> torch.Tensor:
        """[20, T, h, w]: above the latents, of which of their frames are `known`, from the first one on."""
        from diffusers.modular_pipelines.wan_animate_2.encoders import get_i2v_mask

        mask = get_i2v_mask(*latents.shape[2:], known, device=latents.device)
        return torch.cat([mask.to(latents.dtype), latents[0]])

    def _encode_video(self, pixels: torch.Tensor) -> torch.Tensor:
        from diffusers.modular_pipelines.wan_animate_2.encoders import encode_vae

        latents: torch.Tensor = encode_vae(self.parts.vae, pixels)
        return latents

    def _pixels(self, frames_FHWC: Picture) -> torch.Tensor:
        """Pictures as the model takes them: [1, 3, F, H, W] in -1..1."""
        height, width = frames_FHWC.shape[1:3]
        frames = [Image.fromarray(frame) for frame in frames_FHWC]
        video: torch.Tensor = self.parts.video_processor.preprocess_video(
            frames, height=height, width=width, resize_mode="fill"
        )
        return video.to(self._device, torch.float32)


def _count_on(on_step: OnStep, before: int, total: int, done: int, _: int) -> None:
    on_step(before + done, total)


def _grid(latents: torch.Tensor) -> torch.Tensor:
    """Tokens of latents [1, C, T, h, w] in each direction, as the transformer wants to be told: [[T, h / 2, w / 2]]."""
    frames, height, width = latents.shape[2:]
    return torch.tensor([[frames, height // 2, width // 2]])
