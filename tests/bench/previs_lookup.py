"""The rival that the motion model must beat: the nearest of a few paraphrases, and the motion written by hand for it.

`previs_lookup.json` holds at least eight paraphrases a motion. A prompt is looked up by the cosine of mean-pooled
MiniLM states. The motions below are also the clips on which the measures themselves are tested.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from transformers import AutoModel, AutoTokenizer

from inference.motion.parameters import FPS, INDEX, NAMES, Track
from inference.registry.packaged import TEXT, require

# Motion → (channel, value at its height); swings are written as (channel, amplitude, swings a second).
_HELD: dict[str, tuple[str, float]] = {
    "turn_left": ("yaw", -18.0),
    "turn_right": ("yaw", 18.0),
    "look_up": ("pitch", 12.0),
    "look_down": ("pitch", -12.0),
    "tilt_left": ("roll", -11.0),
    "tilt_right": ("roll", 11.0),
    "smile": ("smile", 0.9),
    "close_eyes": ("blink", 1.0),
    "raise_brows": ("brows", 1.0),
    "camera_in": ("camera_dolly", 0.22),
    "camera_out": ("camera_dolly", -0.22),
    "pan_left": ("camera_pan", -0.1),
    "pan_right": ("camera_pan", 0.1),
}
_SWUNG: dict[str, tuple[str, float, float]] = {"nod": ("pitch", 7.0, 1.3), "shake_head": ("yaw", 12.0, 1.2)}
_SYLLABLES = (0.0, 0.7, 0.15, 1.0, 1.0, 0.0, 0.6, 0.2, 1.0, 1.0, 0.1, 0.5, 0.0)


def hand_written(motion: str, frames: int) -> Track:
    """track_FP of one motion: half a second of rest, the action, held to the end (or swung through the middle)."""
    track_FP = np.zeros((frames, len(NAMES)), np.float32)
    t = np.arange(frames) / FPS
    ease = np.clip((t - 0.4) / 0.7, 0, 1)
    ease = ease * ease * (3 - 2 * ease)
    if motion in _HELD:
        channel, value = _HELD[motion]
        track_FP[:, INDEX[channel]] = value * ease
    elif motion in _SWUNG:
        channel, amplitude, per_second = _SWUNG[motion]
        swings = np.sin(2 * np.pi * per_second * np.clip(t - 0.4, 0, 2 / per_second))
        track_FP[:, INDEX[channel]] = amplitude * swings
    else:
        assert motion == "talk", f"no hand-written motion for {motion}"
        track_FP[:, INDEX["jaw"]] = np.interp(t - 0.4, np.arange(len(_SYLLABLES)) * 0.16, _SYLLABLES)
    return track_FP


class Lookup:
    """Prompt → name of the motion whose paraphrase is nearest."""

    def __init__(self, cache_dir: Path) -> None:
        folder = require(TEXT, cache_dir)
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModel.from_pretrained(folder).eval()
        paraphrases: dict[str, list[str]] = json.loads(Path(__file__).with_suffix(".json").read_text())
        self._motions = [motion for motion, words in paraphrases.items() for _ in words]
        self._known_ND = self._embed([text for words in paraphrases.values() for text in words])

    def _embed(self, texts: list[str]) -> npt.NDArray[np.float32]:
        tokens = self._tokenizer(texts, padding=True, return_tensors="pt")
        with torch.inference_mode():
            states_NTD = self._model(**tokens).last_hidden_state
        mask_NT1 = tokens["attention_mask"][..., None]
        pooled_ND = (states_NTD * mask_NT1).sum(1) / mask_NT1.sum(1)
        unit_ND: npt.NDArray[np.float32] = torch.nn.functional.normalize(pooled_ND, dim=-1).numpy()
        return unit_ND

    def nearest(self, prompts: list[str]) -> list[str]:
        """The motion for each prompt."""
        found = (self._embed(prompts) @ self._known_ND.T).argmax(axis=1)
        return [self._motions[i] for i in found]
