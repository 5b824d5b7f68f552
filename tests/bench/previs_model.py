"""The motion model as the benches ask it: one sentence in, one character's track out. Alone, and as it is directed."""

from __future__ import annotations

from pathlib import Path

from inference.catalogue import PREVIS
from inference.motion import latents
from inference.motion.checkpoint import PACKAGED_WEIGHTS, load_weights
from inference.motion.parameters import FPS, Track
from inference.motion.text import TextEncoder, TokenStates
from inference.pipelines.acting import Acting
from inference.pipelines.contract import CancelToken
from inference.pipelines.previs import PrevisPipeline
from inference.protocol import Framing
from inference.registry.packaged import TEXT, require
from tests.bench.previs_scene import WHO, Rgb, photo_of, request_of


class PromptModel:
    """The packaged text encoder and motion model with the catalogue's default steps and guidance."""

    def __init__(self, cache_dir: Path, weights: Path = PACKAGED_WEIGHTS) -> None:
        self._encoder = TextEncoder(require(TEXT, cache_dir))
        self._instead: dict[str, str] = {}
        model, self.weights_sha256 = load_weights(weights)
        self._acting = Acting(self._read, model)

    def _read(self, texts: list[str]) -> TokenStates:
        return self._encoder([self._instead.get(text, text) for text in texts])

    def act(self, text: str, seconds: float, seed: int, text_states_of: str | None = None) -> Track:
        """track_FP of one sentence. With `text_states_of` the model reads that text's states in its place."""
        self._instead = {text: text_states_of} if text_states_of is not None else {}
        frames = round(seconds * FPS)
        script = self._acting.read([text], "", "cu", frames, PREVIS.default_guidance_scale)
        drawn = self._acting.draw(script, PREVIS.default_steps, seed, lambda *_: None, CancelToken())
        return latents.decode(drawn[0].numpy(), frames)


class DirectedModel:
    """One photo's person as the whole previs acts them: the model's motion, and what direction makes of it."""

    def __init__(self, cache_dir: Path, photo_rgb: Rgb, size: tuple[int, int], framing: Framing) -> None:
        self._previs = PrevisPipeline(cache_dir)
        self._photo = photo_of(photo_rgb)
        self._size, self._framing = size, framing

    def act(self, text: str, seconds: float, seed: int) -> Track:
        """track_FP of one sentence, without lines."""
        width, height = self._size
        request, cast = request_of(
            self._photo, prompt=text, seconds=seconds, width=width, height=height, seed=seed, framing=self._framing
        )
        prepared = self._previs.prepare(request, cast, None, CancelToken())
        latents = self._previs.denoise(prepared, lambda *_: None, CancelToken())
        return self._previs.motion(prepared, latents)[WHO]
