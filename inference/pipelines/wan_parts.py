"""The diffusers pipelines of the Wan family, as holders of a model's parts: transformer, VAE, encoders, scheduler.

For annotations alone: importing diffusers takes seconds, and nothing here runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from diffusers import WanAnimatePipeline, WanVACEPipeline

    from inference.pipelines.driven_parts import DrivenParts

    Parts: TypeAlias = WanVACEPipeline | WanAnimatePipeline | DrivenParts
