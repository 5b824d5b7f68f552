"""Text → motion latents: the previs's diffusion half, by the same guide, stepper and loop as every other model.

Legend: C characters, T motion tokens, D latent channels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from inference.exact.noise import draw_noise
from inference.motion import latents
from inference.motion.sequence import SharedMotion
from inference.motion.text import TokenStates
from inference.motion.transformer import FRAMINGS, Context, MotionTransformer
from inference.parallel.mesh import Mesh
from inference.pipelines.contract import CancelToken, OnStep
from inference.pipelines.denoise import denoise
from inference.pipelines.euler_flow import EulerFlow
from inference.pipelines.guide import Guide, Guided, guide_over
from inference.pipelines.scheduler_stepper import ScheduledStepper
from inference.protocol import Framing

ReadText = Callable[[list[str]], TokenStates]
MAX_CAST = 3
SHIFT = 2.0  # more of the steps near noise, where the acting is decided, as in training
FLOW = EulerFlow(SHIFT)
_LEARNED: dict[Framing, Framing] = {"mcu": "cu"}  # framings that the model was not trained on, and the nearest


@dataclass(frozen=True)
class Reading:
    """What the denoiser is told about each character's motion."""

    context: Context
    framing_C: torch.Tensor


@dataclass(frozen=True)
class Script:
    """A request's texts, read: one prompt a character, and what to steer away from."""

    guided: Guided[Reading]
    states: TokenStates
    frames: int


class Acting:
    """The motion model with the text encoder that feeds it. `read_text` is the only way words come in."""

    def __init__(self, read_text: ReadText, model: MotionTransformer, mesh: Mesh | None = None) -> None:
        """`mesh`: its guidance ranks take one text each, its sequence ranks a run of the clip. Raises RanksDoNotFit."""
        mesh = mesh or Mesh()
        self._read_text = read_text
        self._model = model
        self._denoiser = model if mesh.sequence.size == 1 else SharedMotion(model, mesh.sequence)
        self._guide: Guide[Reading] = guide_over(mesh.guidance)

    @torch.inference_mode()
    def read(self, prompts: list[str], negative: str, framing: Framing, frames: int, scale: float) -> Script:
        """Read one prompt a character (at most MAX_CAST); `negative` stands for all of them."""
        states = self._read_text(prompts)
        towards = self._reading(states, framing)
        away = self._reading(self._read_text([negative] * len(prompts)), framing)
        return Script(Guided(towards, away, scale), states, frames)

    @torch.inference_mode()
    def label(self, prompts: list[str]) -> tuple[TokenStates, torch.Tensor]:
        """What each word of the prompts is about, as `read` finds it: the token states and labels_BNL."""
        states = self._read_text(prompts)
        return states, self._model.read(states.states_BNS, states.mask_BN).labels_BNL

    def _reading(self, states: TokenStates, framing: Framing) -> Reading:
        framing_C = torch.full((len(states.mask_BN),), FRAMINGS.index(_LEARNED.get(framing, framing)))
        return Reading(self._model.read(states.states_BNS, states.mask_BN), framing_C)

    def draw(self, script: Script, steps: int, seed: int, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """Latents [C, T, D]. A character's noise depends on the seed and its place in the cast alone."""
        count = len(script.guided.towards.framing_C)
        noise = draw_noise((MAX_CAST, latents.token_count(script.frames), latents.D), seed)[:count]
        stepper = ScheduledStepper(FLOW, steps)
        return denoise(self._velocity, self._guide, stepper, noise, script.guided, on_step, cancel)

    def _velocity(self, noisy_CTD: torch.Tensor, t: torch.Tensor, reading: Reading) -> torch.Tensor:
        sigma_C = (t / 1000).expand(len(noisy_CTD)).float()
        velocity: torch.Tensor = self._denoiser(noisy_CTD, sigma_C, reading.context, reading.framing_C)
        return velocity
