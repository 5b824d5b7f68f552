"""The previs as a whole: speed, picture, identity with motion, directions. Each part is a bench of its own, too."""

from __future__ import annotations

from tests.bench import previs_directions, previs_identity, previs_picture, previs_speed
from tests.bench.outcome import Outcome, Report

PARTS = {
    "speed": previs_speed.run,
    "picture": previs_picture.run,
    "identity": previs_identity.run,
    "directions": previs_directions.run,
}


def run(report: Report) -> Outcome:
    """`scripts/bench previs`: figures are named `part.figure`."""
    whole = Outcome()
    for part, measure in PARTS.items():
        outcome = measure(report)
        whole.figures |= {f"{part}.{name}": value for name, value in outcome.figures.items()}
        whole.targets |= {f"{part}.{name}": target for name, target in outcome.targets.items()}
        whole.failures += [f"{part}: {words}" for words in outcome.failures]
    return whole
