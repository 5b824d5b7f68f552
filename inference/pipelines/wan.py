"""What the Wan families share: frames from latents, and a long call that obeys a cancel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.models.modeling_outputs import AutoencoderKLOutput
from PIL import Image

from inference.cache import TensorCache, key_of
from inference.catalogue import ModelCard
from inference.exact.fingerprint import hash_latents, hash_weights
from inference.motion.parameters import Track
from inference.parallel.mesh import Link, Mesh
from inference.parallel.sequence import share_sequence
from inference.parallel.vae_tiles import decode_tiles
from inference.pipelines.contract import CancelToken, Picture, PipelineNote, Prepared
from inference.pipelines.driving import Drive, hash_pictures, refuse_control
from inference.protocol import RenderRequest

if TYPE_CHECKING:
    from diffusers import DiffusionPipeline, WanAnimatePipeline, WanVACEPipeline

TEXT_TOKENS = 512
_DECIDES_ENCODING = (
    "use_tiling", "use_slicing", "tile_sample_min_height", "tile_sample_min_width", "tile_sample_stride_height",
    "tile_sample_stride_width",
)  # fmt: skip
SILENT = PipelineNote("silent_clip", "this clip has no sound")


@torch.inference_mode()
def decode_frames(
    parts: WanVACEPipeline | WanAnimatePipeline, latents: torch.Tensor, world: Link, cancel: CancelToken
) -> Iterator[Picture]:
    """Frames in order, from latents [1, C, T, h, w] as the scheduler left them.

    The VAE decodes the clip as a whole, tile by tile, before the first one is given.
    """
    vae = parts.vae
    device = parts.transformer.device
    mean, std = (
        torch.tensor(values, device=device, dtype=vae.dtype).view(1, -1, 1, 1, 1)
        for values in (vae.config.latents_mean, vae.config.latents_std)
    )
    # written as the published pipeline computes it: std is inverted first, and its rounding is part of the result
    video = decode_tiles(vae, latents.to(device, vae.dtype) / (1.0 / std) + mean, world, cancel.check)
    frames_FHWC = parts.video_processor.postprocess_video(video, output_type="np")[0]
    for frame in frames_FHWC:
        cancel.check()
        yield np.round(frame * 255).astype(np.uint8)


@contextmanager
def interruptible(module: torch.nn.Module, cancel: CancelToken) -> Iterator[None]:
    """While it lasts, every call of `module` obeys a cancel first: a step or an encode need not run to its end."""
    handle = module.register_forward_pre_hook(lambda *_: cancel.check())
    try:
        yield
    finally:
        handle.remove()


class WanFamily:
    """What a pipeline of this family does the same way as its sisters. Texts and pictures are encoded once.

    `drive` draws the video that leads a request with a control; without one such a request is refused.
    With a `mesh` every rank makes the same calls and gets the same result: the one that a single rank makes.
    """

    parts: Any  # narrowed by each of the family

    def __init__(
        self,
        card: ModelCard,
        parts: DiffusionPipeline,
        weights: dict[str, str],
        mesh: Mesh | None = None,
        drive: Drive = refuse_control,
        cache: TensorCache | None = None,
    ) -> None:
        """Raises RanksDoNotFit when the ranks of `mesh` cannot share this model."""
        self.card = card
        self.parts = parts
        self.weights = weights
        self._mesh = mesh or Mesh()
        self._drive = drive
        self._cache = cache or TensorCache()
        self._transformer = share_sequence(self.parts.transformer, self._mesh.sequence)

    def _encode_texts(self, request: RenderRequest) -> tuple[torch.Tensor, torch.Tensor | None]:
        """States of the prompt, and of the negative prompt where guidance asks for it, [1, N, D]."""
        texts = [request.prompt, request.negative_prompt] if request.guidance_scale != 1.0 else [request.prompt]
        states = [
            self._cache.recall(self._key("text", TEXT_TOKENS, text), partial(self._encode_text, text)) for text in texts
        ]
        return states[0], states[1] if len(states) > 1 else None

    def _encode_text(self, text: str) -> torch.Tensor:
        states: torch.Tensor = self.parts.encode_prompt(text, None, False, max_sequence_length=TEXT_TOKENS)[0]
        return states.to(self._dtype)

    def _encode_image(self, picture: Image.Image) -> torch.Tensor:
        """CLIP's states of a picture, [1, N, D]."""
        key = self._key("clip", hash_pictures(np.asarray(picture)))
        return self._cache.recall(key, lambda: self.parts.encode_image(picture, self._device).to(self._dtype))

    @contextmanager
    def _encoding(self, cancel: CancelToken) -> Iterator[None]:
        """While it lasts, the VAE encodes only pictures that the cache does not know, and obeys a cancel."""
        vae = self.parts.vae
        sizes = [getattr(vae, name, None) for name in _DECIDES_ENCODING]
        encode = vae.encode

        def encode_once(pixels: torch.Tensor) -> AutoencoderKLOutput:
            def make() -> torch.Tensor:
                parameters: torch.Tensor = encode(pixels).latent_dist.parameters
                return parameters

            parameters = self._cache.recall(self._key("vae", sizes, hash_latents(pixels)), make)
            return AutoencoderKLOutput(latent_dist=DiagonalGaussianDistribution(parameters))

        vae.encode = encode_once
        try:
            with interruptible(vae.encoder, cancel):
                yield
        finally:
            del vae.encode

    def _key(self, *parts: object) -> str:
        return key_of(hash_weights(self.weights), self._device, self._dtype, torch.get_num_threads(), *parts)

    def motion(self, prepared: Prepared, latents: torch.Tensor) -> dict[str, Track]:
        """None: these models draw pictures, not motion parameters."""
        return {}

    def remarks(self, prepared: Prepared, latents: torch.Tensor) -> tuple[PipelineNote, ...]:
        return ()

    @property
    def _device(self) -> torch.device:
        return torch.device(self.parts.transformer.device)

    @property
    def _dtype(self) -> torch.dtype:
        dtype: torch.dtype = self.parts.transformer.dtype
        return dtype
