"""How each model's authors run it, and where they say so: what a request that names nothing is rendered with.

Torch-free. Sources name a repository and a file in it; each was read there. docs/decisions/0029 says what was chosen
where they disagree.
"""

# ruff: noqa: RUF001 (Chinese has commas of its own)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from inference.protocol import RenderRequest

Size = tuple[int, int]
Scheduler = Literal["unipc", "dpmsolver", "euler"]
SHIFTS = (0.1, 100.0)  # what a request may choose; VACE's own page offers up to 100


@dataclass(frozen=True)
class Recipe:
    """One model's published settings.

    shift: of the noise schedule; above 1 more of the steps are spent near noise. negative_prompt: what guidance steers
    away from; without guidance (1.0) nothing reads it. frames: of the longest clip. sizes: (width, height) in pixels
    that the authors list; a card may offer more. sources: where each value is written, by its name here.
    """

    steps: int
    guidance_scale: float
    shift: float
    scheduler: Scheduler
    negative_prompt: str
    fps: int
    frames: int
    sizes: tuple[Size, ...]
    sources: Mapping[str, str] = field(hash=False)

    def followed_by(self, request: RenderRequest) -> tuple[str, ...]:
        """The settings that a request has from the authors, by their names here."""
        asked: dict[str, object] = {
            "steps": request.steps, "guidance_scale": request.guidance_scale, "shift": request.shift or self.shift,
            "fps": request.fps, "scheduler": self.scheduler,
        }  # fmt: skip
        if request.guidance_scale != 1.0:
            asked["negative_prompt"] = request.negative_prompt
        return tuple(name for name, value in asked.items() if getattr(self, name) == value)


# Wan's `sample_neg_prompt`, for all its models. Against garish colours, overexposure, stillness, blur, subtitles,
# paintings, grayness, artefacts, ugliness, spare or malformed limbs, crowds, and people who walk backwards.
WAN_NEGATIVE_PROMPT = (
    "色调艳丽，过曝，静态，细节模糊不清，字幕，风格，作品，画作，画面，静止，整体发灰，最差质量，"
    "低质量，JPEG压缩残留，丑陋的，残缺的，多余的手指，画得不好的手部，画得不好的脸部，畸形的，"
    "毁容的，形态畸形的肢体，手指融合，静止不动的画面，杂乱的背景，三条腿，背景人很多，倒着走"
)

_480P: tuple[Size, ...] = ((832, 480), (480, 832))
_720P: tuple[Size, ...] = ((1280, 720), (720, 1280))
_VACE = "ali-vilab/VACE: vace/vace_wan_inference.py"
_VACE_CONFIG = "ali-vilab/VACE: vace/models/wan/configs"

WAN_VACE_1_3B = Recipe(
    steps=50,
    guidance_scale=5.0,
    shift=16.0,
    scheduler="unipc",
    negative_prompt=WAN_NEGATIVE_PROMPT,
    fps=16,
    frames=81,
    sizes=_480P,
    sources={
        "steps": f"{_VACE}, validate_args",
        "guidance_scale": f"{_VACE}, --sample_guide_scale",
        "shift": f"{_VACE}, validate_args; Wan-Video/Wan2.1: generate.py, _validate_args",
        "scheduler": f"{_VACE}, --sample_solver",
        "negative_prompt": f"{_VACE_CONFIG}/shared_config.py, sample_neg_prompt",
        "fps": f"{_VACE_CONFIG}/shared_config.py, sample_fps",
        "frames": f"{_VACE}, --frame_num",
        "sizes": f"{_VACE_CONFIG}/__init__.py, SUPPORTED_SIZES",
    },
)
WAN_VACE_14B = replace(WAN_VACE_1_3B, sizes=(*_720P, *_480P))

_VACE_FUN = "aigc-apps/VideoX-Fun: examples/wan2.2_vace_fun/predict_v2v_control_ref.py"
WAN_2_2_VACE = replace(
    WAN_VACE_14B,
    shift=12.0,
    scheduler="euler",
    sizes=((480, 832),),
    sources={
        "steps": f"{_VACE_FUN}, num_inference_steps",
        "guidance_scale": f"{_VACE_FUN}, guidance_scale",
        "shift": "aigc-apps/VideoX-Fun: config/wan2.2/wan_civitai_t2v.yaml, scheduler_kwargs.shift",
        "scheduler": f"{_VACE_FUN}, sampler_name",
        "negative_prompt": f"{_VACE_FUN}, negative_prompt",
        "fps": f"{_VACE_FUN}, fps",
        "frames": f"{_VACE_FUN}, video_length",
        "sizes": f"{_VACE_FUN}, sample_size",
    },
)

_ANIMATE = "Wan-Video/Wan2.2: wan/configs/wan_animate_14B.py"
WAN_ANIMATE = Recipe(
    steps=20,
    guidance_scale=1.0,
    shift=5.0,
    scheduler="unipc",
    negative_prompt=WAN_NEGATIVE_PROMPT,
    fps=30,
    frames=77,
    sizes=_720P,
    sources={
        "steps": f"{_ANIMATE}, sample_steps",
        "guidance_scale": f"{_ANIMATE}, sample_guide_scale",
        "shift": f"{_ANIMATE}, sample_shift",
        "scheduler": "Wan-Video/Wan2.2: generate.py, --sample_solver",
        "negative_prompt": "Wan-Video/Wan2.2: wan/configs/shared_config.py, sample_neg_prompt",
        "fps": f"{_ANIMATE}, sample_fps",
        "frames": f"{_ANIMATE}, frame_num",
        "sizes": "Wan-Video/Wan2.2: wan/configs/__init__.py, SUPPORTED_SIZES",
    },
)

_DRIVEN = "Wan-Video/Wan-Animate-2"
_BLOCKS = "huggingface/diffusers: modular_pipelines/wan_animate_2"
WAN_ANIMATE_2 = Recipe(
    steps=40,
    guidance_scale=3.0,
    shift=5.0,
    scheduler="dpmsolver",
    negative_prompt=WAN_NEGATIVE_PROMPT,
    fps=24,
    frames=81,
    sizes=((640, 800),),
    sources={
        "steps": f"{_BLOCKS}/denoise.py, num_inference_steps",
        "guidance_scale": f"{_BLOCKS}/denoise.py, guider",
        "shift": f"{_DRIVEN}: infer/wan_animate_2.yaml, sample_shift",
        "scheduler": f"{_DRIVEN}: pipelines/wan_animate_2_pipeline.py, sample_scheduler",
        "negative_prompt": f"{_DRIVEN}: infer/wan_animate_2.yaml, sample_neg_prompt",
        "fps": f"{_BLOCKS}/encoders.py, fps",
        "frames": f"{_BLOCKS}/encoders.py, segment_frame_length",
        "sizes": f"{_BLOCKS}/encoders.py, height and width",
    },
)
_DISTILLED = "modular_blocks_wan_animate_2_distilled.py"
WAN_ANIMATE_2_DISTILLED = replace(
    WAN_ANIMATE_2,
    steps=10,
    guidance_scale=1.0,
    scheduler="euler",
    sources={
        **WAN_ANIMATE_2.sources,
        "steps": f"{_BLOCKS}/{_DISTILLED}, num_inference_steps",
        "shift": f"{_DRIVEN}: infer/wan_animate_2_distillation.yaml, sample_shift",
        "scheduler": "Wan-AI/Wan2.2-Animate-2-14B-Distilled-Diffusers: modular_model_index.json, scheduler",
    },
)
