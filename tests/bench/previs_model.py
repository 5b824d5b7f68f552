"""The motion model as the benches ask it: one sentence in, one character's track out."""

from __future__ import annotations

from pathlib import Path

import torch

from inference.catalogue import PREVIS
from inference.motion import latents
from inference.motion.checkpoint import PACKAGED_WEIGHTS, load_weights
from inference.motion.parameters import FPS, Track
from inference.motion.text import TextEncoder, TokenStates
from inference.pipelines.acting import Acting
from inference.pipelines.contract import CancelToken
from inference.registry.packaged import TEXT, require


class PromptModel:
    """The packaged text encoder and motion model with the catalogue's default steps and guidance."""

    def __init__(self, cache_dir: Path, weights: Path = PACKAGED_WEIGHTS) -> None:
        self._encoder = TextEncoder(require(TEXT, cache_dir))
        self._instead: dict[str, str] = {}
        model, self.weights_sha256 = load_weights(weights)
        self._acting = Acting(self._read, model)

    def _read(self, texts: list[str]) -> TokenStates:
        return self._encoder([self._instead.get(text, text) for text in texts])

    def label(self, text: str) -> tuple[TokenStates, torch.Tensor]:
        """What the words of a sentence are about, for those who direct it."""
        return self._acting.label([text])

    def act(self, text: str, seconds: float, seed: int, text_states_of: str | None = None) -> Track:
        """track_FP of one sentence. With `text_states_of` the model reads that text's states in its place."""
        self._instead = {text: text_states_of} if text_states_of is not None else {}
        frames = round(seconds * FPS)
        script = self._acting.read([text], "", "cu", frames, PREVIS.default_guidance_scale)
        drawn = self._acting.draw(script, PREVIS.default_steps, seed, lambda *_: None, CancelToken())
        return latents.decode(drawn[0].numpy(), frames)
