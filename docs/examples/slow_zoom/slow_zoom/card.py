"""What the product may know without loading the model: this file must not import torch."""

from inference.catalogue import Limits, ModelCard

CARD = ModelCard(
    name="slow-zoom",
    title="Slow zoom: a still photo, a camera that moves in",
    licence="Apache-2.0",
    commercial=True,
    tiers=("draft",),
    limits=Limits(
        sizes=((640, 360), (360, 640)), fps=(24,), min_seconds=0.5, max_seconds=10.0, max_characters=1, max_steps=50,
        max_guidance_scale=0.0,
    ),
    default_size=(640, 360),
    default_fps=24,
    default_seconds=3.0,
    default_steps=8,
    default_guidance_scale=0.0,
    can=("move in on one photo",),
    cannot=("read the prompt",),
    seconds_fixed=0.1,
    seconds_per_megapixel_frame=0.02,
)  # fmt: skip
