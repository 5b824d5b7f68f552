"""Train the motion model: `python -m inference.motion.training.train --out DIR --seed 7 [--resume]`.

Rectified flow (arXiv:2209.03003) with the data as the network's prediction, classifier-free guidance by dropping the
text, and one side task: to say of every word what it is about, which teaches the readers grammar early and later lets
the previs name the words that it left aside.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from inference.motion import latents
from inference.motion.acts import LABELS
from inference.motion.checkpoint import save_weights
from inference.motion.text import STATE_SIZE, TextEncoder
from inference.motion.training.curve import draw_curve
from inference.motion.training.dataset import Batch, build
from inference.motion.transformer import Context, MotionTransformer, Shape
from inference.registry.packaged import TEXT, default_cache_dir, ensure

SAVE_EVERY_S = 120.0


@dataclass(frozen=True)
class Recipe:
    """One training run."""

    seed: int = 7
    steps: int = 4200  # the learning rate falls to nothing at the last
    round_steps: int = 600  # then other captions are drawn
    captions: int = 20_000  # a round
    texts: int = 64  # a step
    views: int = 2  # noise levels of each text's clip: reading costs more than denoising
    rate: float = 1.2e-3
    warmup_steps: int = 60
    text_drop: float = 0.12
    dropout: float = 0.05
    label_weight: float = 0.3
    average: float = 0.995


class Run:
    """Model, averaged model, optimiser and clock of one training run; all of it can be saved and taken up again."""

    def __init__(self, recipe: Recipe) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.shape = Shape(latents.D, STATE_SIZE, len(LABELS))
        self.model = MotionTransformer(self.shape, recipe.dropout)
        self.average = MotionTransformer(self.shape).eval()
        self.average.load_state_dict(self.model.state_dict())
        self.optimiser = torch.optim.AdamW(self.model.parameters(), recipe.rate, betas=(0.9, 0.98), weight_decay=0.02)
        self.steps = 0
        self.spent_s = 0.0  # of two processor cores
        self.losses: list[tuple[int, float, float, float]] = []  # step, seconds, motion loss, label accuracy

    def save(self, path: Path) -> None:
        """Write everything needed to go on; the file appears whole or not at all."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "model": self.model.state_dict(), "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(), "steps": self.steps, "spent_s": self.spent_s,
                "losses": self.losses, "random": torch.get_rng_state(),
            },
            part,
        )  # fmt: skip
        part.rename(path)

    def load(self, path: Path) -> None:
        """Take up the run that `save` wrote."""
        kept = torch.load(path, weights_only=True)
        self.model.load_state_dict(kept["model"])
        self.average.load_state_dict(kept["average"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.steps, self.spent_s = kept["steps"], kept["spent_s"]
        self.losses = [tuple(row) for row in kept["losses"]]
        torch.set_rng_state(kept["random"])

    def learn(self, batch: Batch, null_NS: torch.Tensor) -> tuple[float, float]:
        """One step of the optimiser; returns the motion loss and the share of words labelled right."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate * self._pace()
        motion, words, right = _losses(self.model.train(), batch, null_NS, self.recipe)
        loss = motion + self.recipe.label_weight * words
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.steps += 1
        decay = min(self.recipe.average, self.steps / (self.steps + 10))
        with torch.no_grad():
            for kept, new in zip(self.average.parameters(), self.model.parameters(), strict=True):
                kept.lerp_(new, 1 - decay)
        return float(motion.detach()), right

    def _pace(self) -> float:
        done = min(1.0, self.steps / self.recipe.steps)
        return min(1.0, (self.steps + 1) / self.recipe.warmup_steps) * (0.5 + 0.5 * math.cos(math.pi * done))


def _losses(
    model: MotionTransformer, batch: Batch, null_NS: torch.Tensor, recipe: Recipe
) -> tuple[torch.Tensor, torch.Tensor, float]:
    count = len(batch.data_BTD)
    dropped_B = torch.rand(count) < recipe.text_drop
    states_BNS, mask_BN = batch.states_BNS.clone(), batch.mask_BN.clone()
    blank = torch.zeros_like(states_BNS[0])
    blank[: len(null_NS)] = null_NS
    states_BNS[dropped_B] = blank
    mask_BN[dropped_B] = torch.arange(mask_BN.shape[1]) < len(null_NS)
    context = model.read(states_BNS, mask_BN)
    labels_BN = batch.labels_BN.masked_fill(dropped_B[:, None], -100)
    words = functional.cross_entropy(context.labels_BNL.flatten(0, 1), labels_BN.flatten(), ignore_index=-100)
    known = labels_BN >= 0
    right = float((context.labels_BNL.argmax(-1) == labels_BN)[known].float().mean())
    views = recipe.views
    again = Context(context.words_BNW.repeat(views, 1, 1), mask_BN.repeat(views, 1), context.labels_BNL)
    clean = batch.data_BTD.repeat(views, 1, 1)
    sigma_B = _draw_sigma(views * count)
    noise = torch.randn_like(clean)
    noisy = (1 - sigma_B[:, None, None]) * clean + sigma_B[:, None, None] * noise
    data = model.predict_data(noisy, sigma_B, again, batch.framing_B.repeat(views))
    error_B = (data - clean).square().mean(dim=(1, 2))
    return (error_B / (sigma_B.square() + 0.05)).mean(), words, right


def _draw_sigma(count: int) -> torch.Tensor:
    """Noise levels spread evenly over the batch, then pushed towards noise, where the acting is decided."""
    even = (torch.randperm(count) + torch.rand(count)) / count
    return (2.0 * even / (1 + even)).clamp(1e-3, 1.0)


def train(run: Run, batches: Iterator[Batch], null_NS: torch.Tensor, out: Path, until: int) -> None:
    """Take steps until there are `until`, saving now and then."""
    saved = logged = time.monotonic()
    recent: list[tuple[float, float]] = []
    while run.steps < until:
        begun = time.process_time()
        recent.append(run.learn(next(batches), null_NS))
        run.spent_s += (time.process_time() - begun) / 2
        if time.monotonic() - logged > 15:
            motion, right = (float(v) for v in np.mean(recent, axis=0))
            run.losses.append((run.steps, round(run.spent_s, 1), round(motion, 4), round(right, 4)))
            _report(f"step {run.steps}  {run.spent_s / 60:.1f} min  loss {motion:.4f}  words right {right:.3f}")
            recent, logged = [], time.monotonic()
        if time.monotonic() - saved > SAVE_EVERY_S:
            run.save(out / "run.pt")
            saved = time.monotonic()
    run.save(out / "run.pt")


def finish(run: Run, out: Path) -> None:
    """Write the averaged weights, the loss curve as a table and as a picture."""
    save_weights(run.average, out / "previs-motion.safetensors")
    with open(out / "loss.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("step", "seconds", "motion_loss", "words_right"))
        writer.writerows(run.losses)
    draw_curve([(row[1], row[2]) for row in run.losses], out / "loss.png")


def _report(words: str) -> None:
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the previs's motion model on motion that it synthesises.")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights, curve and the resumable state")
    parser.add_argument("--seed", type=int, default=Recipe.seed)
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--captions", type=int, default=Recipe.captions)
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.add_argument("--models", type=Path, default=default_cache_dir(), help="where packaged models are kept")
    args = parser.parse_args()
    torch.set_num_threads(2)
    args.out.mkdir(parents=True, exist_ok=True)
    encoder = TextEncoder(ensure(TEXT, args.models, _report))
    run = Run(Recipe(seed=args.seed, captions=args.captions, steps=args.steps))
    if args.resume and (args.out / "run.pt").is_file():
        run.load(args.out / "run.pt")
    null_NS = encoder([""]).states_BNS[0]
    while run.steps < args.steps:
        number = run.steps // Recipe.round_steps
        data = build(args.captions, args.seed + 1000 * number, encoder, args.out, _report)
        order = np.random.default_rng((args.seed, run.steps))
        until = min(args.steps, (number + 1) * Recipe.round_steps)
        train(run, data.batches(run.recipe.texts, order), null_NS, args.out, until)
    finish(run, args.out)


if __name__ == "__main__":
    main()
