"""A real, tiny pipeline for the tests of everything around a model: the camera pans slowly over the reference photo.

It goes through the same denoise loop as every model, on a handful of numbers: the latents say where the camera goes.
Words in the prompt make it misbehave, so that a test can ask a real process to: `slowly`, `break`, `exhaust`, `print`;
and `endlessly`, about a minute, for what a test is going to stop. `until PATH` renders once a file is there.
Run as a module it is the worker with this pipeline in place of the previs.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from inference.worker.serve import Settings, parse_settings, serve

if TYPE_CHECKING:
    import torch

    from inference.engine.render import Engine
    from inference.motion.parameters import Track
    from inference.pipelines.contract import (
        CancelToken,
        CastPhoto,
        DrivingVideo,
        Keyframe,
        OnStep,
        Picture,
        PipelineNote,
        PromptReading,
    )
    from inference.protocol import Framing, RenderRequest, Tier, UsedDevice


@dataclass
class Panned:
    request: RenderRequest
    cast: tuple[CastPhoto, ...]
    notes: tuple[PipelineNote, ...] = ()
    drawn: dict[str, tuple[str, ...]] = field(default_factory=dict)
    control: None = None


class PanningPipeline:
    """Draws the first photo of the first character, a window that moves with the latents."""

    def __init__(self) -> None:
        from inference.catalogue import PREVIS

        self.card = PREVIS
        self.revision: str | None = None
        self.overlaps = False
        self.weights = {"panning": "0" * 64}

    def read_prompt(
        self, prompt: str, names: tuple[str, ...], framing: Framing = "cu", seconds: float = 5.0
    ) -> PromptReading:
        """Of the word `nowhere` it makes nothing."""
        from inference.pipelines.contract import PipelineNote, PromptReading

        if "nowhere" not in prompt:
            return PromptReading()
        note = PipelineNote(code="prompt_partially_followed", message="left aside: nowhere", words=("nowhere",))
        return PromptReading((note,))

    def prepare(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        plate_rgb: Picture | None,
        cancel: CancelToken,
        driving: DrivingVideo | None = None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> Panned:
        if "print" in request.prompt:
            print("a library greets the world")
            os.write(1, b"\x00\x00\x00\x05noise\n")
        if "slowly" in request.prompt:
            time.sleep(1.0)
        return Panned(request, cast, drawn={one.character_id: (one.photos[0].sha256,) for one in cast})

    def denoise(self, prepared: Panned, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        from inference.exact.noise import draw_noise
        from inference.pipelines.denoise import denoise
        from inference.pipelines.euler_flow import EulerFlow
        from inference.pipelines.guide import Guided, guide
        from inference.pipelines.scheduler_stepper import ScheduledStepper

        request = prepared.request
        pause_s = 0.5 if "endlessly" in request.prompt else 0.05 if "slowly" in request.prompt else 0.0

        def model(latents: torch.Tensor, t: torch.Tensor, towards: float) -> torch.Tensor:
            time.sleep(pause_s)
            if "break" in request.prompt:
                raise ZeroDivisionError("asked to break")
            if "exhaust" in request.prompt:
                bytearray(1 << 60)
            return latents - towards

        stepper = ScheduledStepper(EulerFlow(shift=1.0), request.steps)
        noise = draw_noise((request.frames, 2), request.seed)
        _hold(request.prompt, cancel)
        return denoise(model, guide, stepper, noise, Guided(0.1, 0.0, request.guidance_scale), on_step, cancel)

    def decode(self, prepared: Panned, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        import cv2
        import numpy as np

        request, wall = prepared.request, np.full((90, 160, 3), 128, np.uint8)
        photo = prepared.cast[0].photos[0].rgb_HWC_uint8 if prepared.cast else wall
        height, width = photo.shape[:2]
        scale = 1.15 * max(request.width / width, request.height / height)
        path_F2 = np.cumsum(latents.numpy(), axis=0) * 0.5
        for shift in path_F2:
            cancel.check()
            left, top = (np.array([request.width, request.height]) - scale * np.array([width, height])) / 2 + shift
            matrix = np.array([[scale, 0, left], [0, scale, top]])
            size = (request.width, request.height)
            yield np.asarray(cv2.warpAffine(photo, matrix, size, borderMode=cv2.BORDER_REFLECT), np.uint8)

    def motion(self, prepared: Panned, latents: torch.Tensor) -> dict[str, Track]:
        import numpy as np

        from inference.motion.parameters import INDEX, NAMES

        track_FP = np.zeros((prepared.request.frames, len(NAMES)), np.float32)
        track_FP[:, INDEX["camera_pan"]] = latents.numpy()[:, 0]
        return {one.character_id: track_FP for one in prepared.cast}

    def switched_on(self, tier: Tier) -> tuple[str, ...]:
        """Nothing: there is one way to render this."""
        return ()

    def computed_on(self, tier: Tier) -> UsedDevice:
        """The CPU, with torch's own kernels."""
        import torch

        from inference.exact.used_device import describe_used_device

        return describe_used_device(torch.device("cpu"))

    def remarks(self, prepared: Panned, latents: torch.Tensor) -> tuple[PipelineNote, ...]:
        return ()


def _hold(prompt: str, cancel: CancelToken) -> None:
    """While the file that the prompt names is not there."""
    named = re.search(r"until (\S+)", prompt)
    while named and not Path(named[1]).exists():
        cancel.check()
        time.sleep(0.02)


def load_panning_engine(settings: Settings, pipeline: PanningPipeline | None = None) -> Engine:
    from inference.catalogue import PREVIS
    from inference.engine.load import load_tools
    from inference.engine.render import Engine

    tools = load_tools(settings.cache_dir, settings.signer_dir, settings.files_roots)
    return Engine({PREVIS.name: pipeline or PanningPipeline()}, tools, settings.scratch_dir)


if __name__ == "__main__":
    sys.exit(serve(parse_settings(sys.argv[1:]), load_panning_engine))
