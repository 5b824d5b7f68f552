"""The parts of Wan-Animate-2, which diffusers offers as blocks of a modular pipeline and not as a pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from diffusers import AutoencoderKLWan, SchedulerMixin, WanAnimate2Transformer3DModel
    from diffusers.modular_pipelines import WanAnimate2ModularPipeline
    from diffusers.modular_pipelines.wan_animate_2.video_processor import WanAnimate2VideoProcessor
    from transformers import CLIPVisionModel, PreTrainedTokenizerBase, UMT5EncoderModel


@dataclass
class DrivenParts:
    """What diffusers' blocks call components, by their names there. config: a pipeline's; blocks have none."""

    tokenizer: PreTrainedTokenizerBase
    text_encoder: UMT5EncoderModel
    image_encoder: CLIPVisionModel
    vae: AutoencoderKLWan
    transformer: WanAnimate2Transformer3DModel
    scheduler: SchedulerMixin
    video_processor: WanAnimate2VideoProcessor
    config: None = None

    @classmethod
    def of(cls, pipeline: WanAnimate2ModularPipeline) -> DrivenParts:
        """Of a modular pipeline all of whose components are loaded."""
        names = ("tokenizer", "text_encoder", "image_encoder", "vae", "transformer", "scheduler", "video_processor")
        return cls(**{name: getattr(pipeline, name) for name in names})

    def encode_prompt(
        self, prompt: str, negative_prompt: str, guided: bool, *, max_sequence_length: int, device: torch.device
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """States of the prompt, and where it is `guided` of the negative prompt: [1, max_sequence_length, D] each."""
        text = self.encode_text(prompt, max_sequence_length, device)
        return text, self.encode_text(negative_prompt, max_sequence_length, device) if guided else None

    def encode_text(self, words: str, tokens: int, device: torch.device) -> torch.Tensor:
        from diffusers.modular_pipelines.wan_animate_2.encoders import get_t5_prompt_embeds

        states: torch.Tensor = get_t5_prompt_embeds(self.text_encoder, self.tokenizer, words, tokens, device)
        return states

    def encode_image(self, pixels_3HW: torch.Tensor, device: torch.device) -> torch.Tensor:
        """What CLIP sees of pixels in -1..1, [1, 257, 1280]."""
        from diffusers.modular_pipelines.wan_animate_2.encoders import clip_visual_encode

        seen: torch.Tensor = clip_visual_encode(self.image_encoder, pixels_3HW, device, self.image_encoder.dtype)
        return seen


def load_driven_parts(folder: Path, dtype: torch.dtype) -> DrivenParts:
    """From a pulled folder in diffusers' layout, part by part: no code of it runs. The VAE stays in float32."""
    from diffusers import AutoencoderKLWan, DPMSolverMultistepScheduler, WanAnimate2Transformer3DModel
    from diffusers.modular_pipelines.wan_animate_2.video_processor import WanAnimate2VideoProcessor
    from transformers import AutoTokenizer, CLIPVisionModel, UMT5EncoderModel

    local = {"local_files_only": True, "use_safetensors": True}
    return DrivenParts(
        tokenizer=AutoTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True),
        text_encoder=UMT5EncoderModel.from_pretrained(folder, subfolder="text_encoder", dtype=dtype, **local),
        image_encoder=CLIPVisionModel.from_pretrained(folder, subfolder="image_encoder", dtype=dtype, **local),
        vae=AutoencoderKLWan.from_pretrained(folder, subfolder="vae", torch_dtype=torch.float32, **local),
        transformer=WanAnimate2Transformer3DModel.from_pretrained(
            folder, subfolder="transformer", torch_dtype=dtype, **local
        ),
        # whatever kind it is of there: the recipe says which one walks (`pipelines/published_scheduler.py`)
        scheduler=DPMSolverMultistepScheduler.from_pretrained(folder, subfolder="scheduler", local_files_only=True),
        video_processor=WanAnimate2VideoProcessor(resample="bilinear"),  # as the published blocks have it
    )
