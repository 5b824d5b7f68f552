"""The cards: of the model that every installation has, and of those that can be pulled."""

from __future__ import annotations

from dataclasses import replace

from inference import cost, recipes
from inference.catalogue.card import Limits, ModelCard

PREVIS = ModelCard(
    name="previs",
    title="Previs: a reference photo, acting",
    licence="Apache-2.0",
    commercial=True,
    tiers=("draft",),
    limits=Limits(
        sizes=(
            # 16:9
            (1920, 1080), (1280, 720), (1024, 576), (768, 432), (640, 360), (512, 288),
            # 9:16
            (1080, 1920), (720, 1280), (576, 1024), (432, 768), (360, 640), (288, 512),
            # 1:1
            (1080, 1080), (720, 720), (512, 512), (384, 384), (256, 256),
            # 4:3
            (1440, 1080), (960, 720), (640, 480), (512, 384),
            # 2.39:1, to the nearest even number of lines
            (1920, 804), (1280, 536), (1024, 428), (768, 322),
        ),
        fps=(24,),
        min_seconds=0.5,
        max_seconds=10.0,
        max_characters=3,
        max_steps=50,
        max_guidance_scale=10.0,
    ),
    default_size=(768, 432),
    default_fps=24,
    default_seconds=5.0,
    default_steps=20,
    default_guidance_scale=2.5,
    can=(
        "turn, nod, shake and tilt the head", "smile, talk, blink, raise the brows, look around",
        "say lines in a voice or a recording of yours, with lips that say them",
        "move the camera: push, pull, zoom, pan, tilt, roll, truck, arc, handheld",
        "one to three characters, left, centre, right",
        "show a place alone, with drifting light, rain, snow, dust or leaves",
    ),
    cannot=(
        "walk or show the whole body", "film over a shoulder", "change clothes or hair",
        "turn further than about 25 degrees",
    ),
    seconds_fixed=2.0,
    seconds_per_megapixel_frame=0.15,
    continues=True,
    draws_plates=True,
    shows_places=True,
    speaks=True,
    directs=True,
)  # fmt: skip

_WAN_480P = ((832, 480), (480, 832), (624, 624))
_WAN_720P = ((1280, 720), (720, 1280), (960, 960))
_VACE_CAN = (
    "whole scenes from a prompt: bodies, places, clothes, light",
    "one to three characters, each with all its photos", "the staging and camera of a previs, by its gray rendering",
    "pictures of your own as first frame, last frame, or at moments between",
)  # fmt: skip

WAN_VACE_1_3B = ModelCard(
    name="wan-vace-1.3b",
    title="Wan 2.1 VACE 1.3B: a small video model steered by reference photos",
    licence="Apache-2.0",
    commercial=True,
    tiers=("exact", "fast", "draft"),
    limits=Limits(
        sizes=_WAN_480P, fps=(16,), min_seconds=5 / 16, max_seconds=81 / 16, max_characters=3, max_steps=100,
        max_guidance_scale=20.0, frame_step=4,
    ),
    default_size=(832, 480),
    default_fps=recipes.WAN_VACE_1_3B.fps,
    default_seconds=recipes.WAN_VACE_1_3B.frames / recipes.WAN_VACE_1_3B.fps,
    default_steps=recipes.WAN_VACE_1_3B.steps,
    draft_steps=20,
    default_guidance_scale=recipes.WAN_VACE_1_3B.guidance_scale,
    recipe=recipes.WAN_VACE_1_3B,
    can=_VACE_CAN,
    cannot=("run without a GPU in useful time", "speak without a previs that does", "clips over 81 frames"),
    seconds_fixed=20.0,
    seconds_per_megapixel_frame=0.0,
    control="optional",
    adapters=True,
    keyframes=True,
    shape=cost.WAN_VACE_1_3B,
    dresses=True,
    acts_anything=True,
)  # fmt: skip
WAN_VACE_14B = replace(
    WAN_VACE_1_3B,
    name="wan-vace-14b",
    title="Wan 2.1 VACE 14B: a large video model steered by reference photos",
    limits=replace(WAN_VACE_1_3B.limits, sizes=(*_WAN_720P, *_WAN_480P)),
    default_size=(1280, 720),
    shape=cost.WAN_VACE_14B,
    recipe=recipes.WAN_VACE_14B,
)
WAN_2_2_VACE = replace(
    WAN_VACE_14B,
    name="wan2.2-vace",
    title="Wan 2.2 VACE Fun 14B: two experts, one for the noisy steps and one for the rest",
    adapters=False,
    recipe=recipes.WAN_2_2_VACE,
)
WAN_ANIMATE = replace(
    WAN_VACE_1_3B,
    name="wan-animate",
    title="Wan 2.2 Animate 14B: one character's photo acts what a previs shows",
    limits=replace(
        WAN_VACE_1_3B.limits, sizes=(*_WAN_720P, *_WAN_480P), fps=(30, 16), max_seconds=77 / 16, max_characters=1,
        max_frames=77,
    ),
    default_size=(1280, 720),
    default_fps=recipes.WAN_ANIMATE.fps,
    default_seconds=recipes.WAN_ANIMATE.frames / recipes.WAN_ANIMATE.fps,
    default_steps=recipes.WAN_ANIMATE.steps,
    draft_steps=10,
    default_guidance_scale=recipes.WAN_ANIMATE.guidance_scale,
    recipe=recipes.WAN_ANIMATE,
    can=("one character, from its first photo", "the acting, staging and timing of a previs, by its pose and face"),
    cannot=(
        "run without a GPU in useful time", "render without a previs", "clips over 77 frames", "change clothes or hair",
    ),
    control="required",
    keyframes=False,
    shape=cost.WAN_ANIMATE_14B,
    dresses=False,
    acts_anything=False,
)  # fmt: skip

WAN_ANIMATE_2 = replace(
    WAN_ANIMATE,
    name="wan-animate-2",
    title="Wan Animate 2 14B: one character's photo acts what a previs shows, in clips of any previs's length",
    tiers=("fast", "draft"),
    limits=replace(
        WAN_ANIMATE.limits, sizes=(*_WAN_720P, *_WAN_480P, (640, 800), (800, 640)), fps=(24,),
        max_seconds=237 / 24, max_frames=237,
    ),
    default_size=(832, 480),
    default_fps=recipes.WAN_ANIMATE_2.fps,
    default_seconds=recipes.WAN_ANIMATE_2.frames / recipes.WAN_ANIMATE_2.fps,
    default_steps=recipes.WAN_ANIMATE_2.steps,
    draft_steps=20,
    default_guidance_scale=recipes.WAN_ANIMATE_2.guidance_scale,
    recipe=recipes.WAN_ANIMATE_2,
    can=("one character, from its first photo", "the acting, staging and timing of a previs, by its very frames"),
    cannot=(
        "run without a GPU in useful time", "render without a previs", "clips over 237 frames",
        "a place other than the photo's own", "change clothes or hair",
    ),
    adapters=False,
    shape=cost.WAN_ANIMATE_2_14B,
)  # fmt: skip
WAN_ANIMATE_2_DISTILLED = replace(
    WAN_ANIMATE_2,
    name="wan-animate-2-distilled",
    title="Wan Animate 2 14B, distilled: the same in ten steps without guidance",
    tiers=("fast",),
    default_steps=recipes.WAN_ANIMATE_2_DISTILLED.steps,
    draft_steps=None,
    default_guidance_scale=recipes.WAN_ANIMATE_2_DISTILLED.guidance_scale,
    recipe=recipes.WAN_ANIMATE_2_DISTILLED,
)

# What every installation can render, and what it can once the weights are pulled.
MODELS: dict[str, ModelCard] = {PREVIS.name: PREVIS}
PULLED: dict[str, ModelCard] = {
    card.name: card
    for card in (
        WAN_VACE_1_3B, WAN_VACE_14B, WAN_2_2_VACE, WAN_ANIMATE, WAN_ANIMATE_2, WAN_ANIMATE_2_DISTILLED
    )
}  # fmt: skip
