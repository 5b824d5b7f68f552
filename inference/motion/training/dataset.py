"""The training set: captions from the grammar with their token states, and several performances of each.

Text states are computed once and kept as float16 in a file beside the run, so that a resumed run starts at once.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch

from inference.motion import latents
from inference.motion.acts import LABEL_INDEX, Caption
from inference.motion.parameters import FPS
from inference.motion.text import STATE_SIZE, TextEncoder
from inference.motion.training.grammar import draw_caption
from inference.motion.training.synthesis import perform
from inference.motion.transformer import FRAMINGS
from inference.protocol import Framing

LONGEST_TEXT = 72  # tokens; the few longer captions are not used
PERFORMANCES = 4  # of each caption, at different lengths
Report = Callable[[str], None]


@dataclass(frozen=True)
class Batch:
    """Clips of one length: data [B, T, D], framing [B], states [B, N, S], mask [B, N], labels [B, N]."""

    data_BTD: torch.Tensor
    framing_B: torch.Tensor
    states_BNS: torch.Tensor
    mask_BN: torch.Tensor
    labels_BN: torch.Tensor


@dataclass(frozen=True)
class Dataset:
    """Token states of all captions end to end, where each begins, and performances grouped by token count."""

    states: np.ndarray  # float16 [all tokens, S]
    labels: np.ndarray  # int16 [all tokens]
    starts: np.ndarray  # int64 [captions + 1]
    clips: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]  # T → caption index, framing, data [clips, T, D]

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Endless batches: one clip length each, captions of like length together, order shuffled every round."""
        while True:
            parts: list[tuple[int, np.ndarray]] = []
            for tokens, (captions, _, _) in self.clips.items():
                lengths = self.starts[captions + 1] - self.starts[captions]
                order = rng.permutation(len(captions))
                for pool in np.array_split(order, max(1, len(order) // (size * 8))):
                    by_length = pool[np.argsort(lengths[pool], kind="stable")]
                    parts += [(tokens, by_length[i : i + size]) for i in range(0, len(by_length) - size // 2, size)]
            for i in rng.permutation(len(parts)):
                yield self._batch(*parts[i])

    def _batch(self, tokens: int, rows: np.ndarray) -> Batch:
        captions, framings, data = self.clips[tokens]
        chosen = captions[rows]
        lengths = self.starts[chosen + 1] - self.starts[chosen]
        longest = int(lengths.max())
        states = np.zeros((len(rows), longest, STATE_SIZE), np.float16)
        labels = np.full((len(rows), longest), -100, np.int64)
        for row, caption in enumerate(chosen):
            start, end = self.starts[caption], self.starts[caption + 1]
            states[row, : end - start] = self.states[start:end]
            labels[row, : end - start] = self.labels[start:end]
        mask = np.arange(longest) < lengths[:, None]
        return Batch(
            torch.from_numpy(data[rows].astype(np.float32)),
            torch.from_numpy(framings[rows]),
            torch.from_numpy(states).float(),
            torch.from_numpy(mask),
            torch.from_numpy(labels),
        )


def label_tokens(caption: Caption, offsets: tuple[tuple[int, int], ...]) -> list[int]:
    """What each token is about; special tokens are about nothing."""
    labels = []
    for start, end in offsets:
        about = "none"
        for span in caption.spans:
            if start < span.end and end > span.start:
                about = span.label
        labels.append(LABEL_INDEX[about] if end > start else LABEL_INDEX["none"])
    return labels


def draw_captions(count: int, seed: int) -> list[Caption]:
    """`count` different captions."""
    rng = random.Random(seed)  # noqa: S311 (training data, not a secret)
    seen: dict[str, Caption] = {}
    while len(seen) < count:
        caption = draw_caption(rng)
        seen.setdefault(caption.text, caption)
    return list(seen.values())


def build(count: int, seed: int, encoder: TextEncoder, cache: Path, report: Report) -> Dataset:
    """Draw captions, read them (or load their states from `cache`), and perform them."""
    captions = draw_captions(count, seed)
    cache.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256("\n".join(caption.text for caption in captions).encode()).hexdigest()
    kept = cache / f"texts-{digest[:16]}.npz"
    if not kept.is_file():
        _read_texts(captions, encoder, kept, report)
    with np.load(kept) as file:
        states, labels, starts = file["states"], file["labels"], file["starts"]
    report("performing the captions")
    usable = [i for i in range(count) if starts[i + 1] - starts[i] <= LONGEST_TEXT]
    return Dataset(states, labels, starts, _perform_all(captions, usable, seed))


def _read_texts(captions: list[Caption], encoder: TextEncoder, kept: Path, report: Report) -> None:
    order = sorted(range(len(captions)), key=lambda i: len(captions[i].text))
    found: dict[int, tuple[np.ndarray, list[int]]] = {}
    for begin in range(0, len(order), 128):
        rows = order[begin : begin + 128]
        read = encoder([captions[i].text for i in rows])
        for k, i in enumerate(rows):
            states = read.states_BNS[k, : len(read.offsets[k])].half().numpy()
            found[i] = (states, label_tokens(captions[i], read.offsets[k]))
        if begin % 3200 == 0:
            report(f"read {begin} of {len(order)} captions")
    starts = np.cumsum([0] + [len(found[i][1]) for i in range(len(captions))])
    states = np.concatenate([found[i][0] for i in range(len(captions))])
    labels = np.concatenate([np.array(found[i][1], np.int16) for i in range(len(captions))])
    unfinished = kept.with_suffix(".part.npz")
    np.savez(unfinished, states=states, labels=labels, starts=starts)
    unfinished.rename(kept)


def _perform_all(
    captions: list[Caption], usable: list[int], seed: int
) -> dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    made: dict[int, list[tuple[int, int, np.ndarray]]] = {}
    for i in usable:
        for _ in range(PERFORMANCES):
            frames = round(_seconds(rng, len(captions[i].groups)) * FPS)
            framing = int(rng.integers(len(FRAMINGS)))
            track = perform(captions[i].groups, frames, cast(Framing, FRAMINGS[framing]), rng)
            data = latents.encode(track).astype(np.float16)
            made.setdefault(len(data), []).append((i, framing, data))
    return {
        tokens: (np.array([c[0] for c in clips]), np.array([c[1] for c in clips]), np.stack([c[2] for c in clips]))
        for tokens, clips in sorted(made.items())
    }


def _seconds(rng: np.random.Generator, groups: int) -> float:
    """Mostly 2–6 s, where shots are; all of 0.5–10 s now and then; sequences rarely under 2 s."""
    if rng.random() < 0.25:
        return float(rng.uniform(0.5 if groups < 2 else 1.5, 10.0))
    return float(rng.uniform(1.6 if groups < 2 else 2.4, 6.2))
