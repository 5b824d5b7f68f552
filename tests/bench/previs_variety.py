"""Variety: are four takes of one prompt four performances, beside how far apart different prompts are?

Takes are drawn by the real renderer and watched by the gauge of `previs_measure`: nothing that is compared drove the
mesh. Series are in units of what each direction must show at least, so that a smile counts as a turn does. The control
is the same latents without direction: what the motion model alone makes of four seeds.
"""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
import torch

from inference.motion.parameters import CAMERA, Track
from inference.registry.packaged import default_cache_dir
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_court import Court, Sentence
from tests.bench.previs_directions import FRAMING
from tests.bench.previs_judge import Series, as_row
from tests.bench.previs_model import DirectedModel, PromptModel
from tests.bench.previs_patches import Array
from tests.bench.previs_scene import photos, scene_of

SIZE = (512, 288)
SECONDS = 4.0
SEEDS = (3, 14, 159, 2653)
# Prompts as people type them, each with something that the gauge sees; what is asked for, for the hits.
PROMPTS = {
    "She turns her head to the left.": "turn_left",
    "He looks up and raises his eyebrows.": "",
    "The woman smiles.": "smile",
    "The man talks to someone.": "talk",
    "She nods.": "nod",
    "He shakes his head.": "shake_head",
    "She looks to the right and smiles.": "",
    "He closes his eyes.": "close_eyes",
    "She looks down, then smiles.": "",
    "The woman tilts her head to one side and smiles.": "",
}
# Units: about what each direction must show at least (previs_judge.MINIMUM).
_UNITS = {"yaw": 12.0, "pitch": 8.0, "roll": 7.0, "smile": 0.08, "gap": 0.25, "eyes": 0.5, "brows": 0.05}
CALIBRATION_FRAMES = 700


def run(report: Report) -> Outcome:
    """`scripts/bench previs_variety`."""
    cv2.setNumThreads(1)
    torch.set_num_threads(2)
    model = PromptModel(default_cache_dir())
    photo = photos()["astronaut"]
    directing = DirectedModel(default_cache_dir(), photo, SIZE, FRAMING)
    court = Court(scene_of(photo, SIZE, framing=FRAMING), default_cache_dir(), CALIBRATION_FRAMES)
    seen: dict[str, list[list[Array]]] = {"directed": [], "undirected": []}
    hits: list[bool] = []
    for text, asked in PROMPTS.items():
        drawn = [model.act(text, SECONDS, seed) for seed in SEEDS]
        directed = [directing.act(text, SECONDS, seed) for seed in SEEDS]
        for name, tracks in (("directed", directed), ("undirected", drawn)):
            watched = [court.watch(still(track), directed=name == "directed") for track in tracks]
            seen[name].append([as_series(one) for one in watched if one is not None])
        if asked:
            for seed, track in zip(SEEDS, directed, strict=True):
                judged = court.try_motion(Sentence(text, asked), still(track), directed=True)
                hits.append(judged.hit)
                if not judged.hit:
                    report(f"variety: {text} ({seed}) {as_row(judged)}")
        report(f"variety: {text} {apart(seen['directed'][-1]):.2f} (undirected {apart(seen['undirected'][-1]):.2f})")
    return weigh(seen, hits)


def weigh(seen: dict[str, list[list[Array]]], hits: list[bool]) -> Outcome:
    """The figures against their targets."""
    outcome = Outcome()
    for name, takes in seen.items():
        outcome.note(f"{name}_seeds_apart", round(float(np.mean([apart(one) for one in takes])), 3))
        outcome.note(f"{name}_prompts_apart", round(between(takes), 3))
    outcome.note("undirected_ratio", round(ratio(seen["undirected"]), 3))
    outcome.check("hits_of_directed_takes", round(float(np.mean(hits)), 3), ">=", 0.9)
    outcome.check("ratio", round(ratio(seen["directed"]), 3), ">=", 0.55)
    return outcome


def still(track_FP: Track) -> Track:
    """The same acting before a camera that stands: moves are measured by `previs_camera`."""
    stood = track_FP.copy()
    stood[:, CAMERA] = 0
    return stood


def as_series(seen: Series) -> Array:
    """[T, measures] in units of what must be seen."""
    return np.stack([np.asarray(seen[name]) / unit for name, unit in _UNITS.items()], axis=1)


def apart(takes: list[Array]) -> float:
    """The mean distance of two takes of one prompt: root mean square over time and measures."""
    return float(np.mean([distance(one, other) for one, other in combinations(takes, 2)]))


def between(takes_by_prompt: list[list[Array]]) -> float:
    """The mean distance of two takes of different prompts."""
    return float(
        np.mean([
            distance(one, other)
            for some, others in combinations(takes_by_prompt, 2)
            for one in some
            for other in others
        ])
    )  # fmt: skip


def ratio(takes_by_prompt: list[list[Array]]) -> float:
    """How far apart seeds are, of how far apart prompts are."""
    return float(np.mean([apart(one) for one in takes_by_prompt])) / between(takes_by_prompt)


def distance(one: Array, other: Array) -> float:
    return float(np.sqrt(((one - other) ** 2).mean()))
