"""Exactness: the same bits on every number of ranks, over a full denoise loop and decode each.

Wan-VACE, Wan-VACE driven by a previs, Wan-Animate; sizes whose tokens divide by nothing, one to three references, with
guidance and without, whole pictures and pictures of many VAE tiles. The previs's motion model, as shipped and with
heads for eight ranks: clips too short to be shared and clips that divide by nothing, one character and three. Each is
rendered by one rank, by virtual ranks and by ranks in processes of their own over gloo; every fifth one also between
two other requests to the same model, and with their denoising beside its decode and the other way round.
What differs is named by the first step whose prediction or latents differ, or by the clip. Beside it: how far the
published pipelines' stock mode (whole pictures instead of tiles, texts as long as they come) is from ours; and what a
step costs in the exact tier's tiles, over the same step without them.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Literal

import torch

from inference.parallel.mesh import Layout
from inference.parallel.virtual import run_virtually
from inference.pipelines import wan
from inference.pipelines.tiers import choose_policies
from tests.bench.outcome import Outcome, Report
from tests.inference.parallel.acts import Acted
from tests.inference.parallel.ranks import Amid, Asked, in_processes, make
from tests.inference.parallel.shots import Configuration, Made, Served
from tests.inference.pipelines import test_wan_animate, test_wan_vace

SIZES = ((64, 64), (80, 48), (48, 80), (112, 48), (32, 64))
FRAMES = (5, 9, 13)
GUIDANCE = (1.0, 5.0)
REFERENCES = (1, 3)
VIRTUAL = (Layout(1, 1), Layout(1, 2), Layout(2, 1), Layout(2, 2), Layout(2, 4), Layout(1, 8))
REAL = ((Layout(1, 1),), (Layout(1, 2), Layout(2, 1)), (Layout(1, 4), Layout(2, 2)))
PRICED = Configuration(320, 192, 13, steps=4)  # 1,200 tokens
# The motion model: 10 tokens, which are not shared, 17, 25, 30 and 50.
ACTED_FRAMES = (80, 130, 200, 240, 399)
ACTED_CHARACTERS = (1, 3)
SHIPPED_VIRTUAL = (Layout(1, 1), Layout(1, 2), Layout(2, 1), Layout(2, 2), Layout(1, 3), Layout(2, 3), Layout(1, 6))
SHIPPED_REAL = ((Layout(1, 1),), (Layout(1, 2), Layout(2, 1)), (Layout(2, 2),))


def configurations() -> list[Asked]:
    """Every combination; each second one is made of many tiles, each third one is Wan-Animate, a third driven VACE."""
    made: list[Asked] = []
    for number, ((width, height), frames, scale, references) in enumerate(
        itertools.product(SIZES, FRAMES, GUIDANCE, REFERENCES)
    ):
        tile_px = 32 if number % 2 else 256
        family: Literal["vace", "animate"] = "animate" if number % 3 == 2 else "vace"
        driven = number % 3 == 1  # Wan-Animate always is
        made.append(
            Configuration(width, height, frames, references, scale, tile_px, seed=number, family=family, driven=driven)
        )
    return made


def acted(heads: int | None) -> list[Asked]:
    """Every combination for the motion model with so many heads; None: as it is shipped."""
    combinations = itertools.product(ACTED_FRAMES, ACTED_CHARACTERS, GUIDANCE)
    return [Acted(*combination, seed=number, heads=heads) for number, combination in enumerate(combinations)]


def with_neighbours(asked: list[Asked]) -> list[Asked]:
    """Everything alone, and every fifth one among others too."""
    amid: list[Asked] = []
    for one in asked[::5]:
        amid += [Amid(one), Amid(one, "beside")] if isinstance(one, Configuration) else [Amid(one)]
    return asked + amid


def run(report: Report) -> Outcome:
    """`scripts/bench exactness`."""
    outcome = Outcome()
    mismatches: list[str] = []
    compared = real_neighbours = 0
    for asked, virtual, real in (
        (with_neighbours([*configurations(), *acted(heads=8)]), VIRTUAL, REAL),
        (with_neighbours(acted(heads=None)), SHIPPED_VIRTUAL, SHIPPED_REAL),
    ):
        alone = [make(one.asked if isinstance(one, Amid) else one) for one in asked]
        report(f"exactness: {len(asked)} renders on one rank")
        for words, one, expected, ranks in _shared(asked, alone, virtual, real, report):
            compared += 1
            real_neighbours += isinstance(one, Amid) and words.startswith("gloo")
            for rank, made in enumerate(ranks):
                difference = expected.first_difference(made)
                if difference:
                    mismatches.append(f"{words}, rank {rank}, {one}: {difference}")
                    break
    outcome.check("configurations", compared, ">=", 500)
    outcome.note("of_them_among_neighbours_in_processes", real_neighbours)
    outcome.check("mismatches", len(mismatches), "==", 0)
    outcome.note("named", mismatches[:20])
    for family, difference in (
        ("vace", test_wan_vace.stock_difference),
        ("animate", test_wan_animate.stock_difference),
    ):
        same, stock = difference()
        outcome.check(f"{family}_pixels_off_the_published_in_our_mode_of_255", same, "==", 0)
        outcome.note(f"{family}_pixels_off_its_stock_mode_of_255", stock)
        outcome.note(f"{family}_exact_over_plain", round(price(replace(PRICED, family=family)), 2))
    return outcome


def price(asked: Configuration, repeats: int = 5) -> float:
    """Seconds to denoise in tiles over seconds without them, on one rank: the least of a few each, in turn."""
    served = Served(asked.family, asked.tile_px)
    shot = served.prepare(asked)
    tiled, plain = choose_policies("exact", torch.device("cpu")), ()
    least = {tiled: float("inf"), plain: float("inf")}
    for _ in range(repeats):
        for policies in least:
            wan.choose_policies = lambda *_, chosen=policies, **__: chosen
            began = time.perf_counter()
            served.walk(shot)
            least[policies] = min(least[policies], time.perf_counter() - began)
    wan.choose_policies = choose_policies
    return least[tiled] / least[plain]


def _shared(
    asked: list[Asked],
    alone: list[Made],
    virtual: tuple[Layout, ...],
    real: tuple[tuple[Layout, ...], ...],
    report: Report,
) -> Iterator[tuple[str, Asked, Made, list[Made]]]:
    """Everything asked for on each layout, with what one rank made and what every rank of the layout has."""
    for layout in virtual:
        for one, expected in zip(asked, alone, strict=True):
            yield f"virtual {layout}", one, expected, run_virtually(layout, partial(make, one))
        report(f"exactness: virtual {layout}")
    for layouts in real:
        ranks = in_processes([(layout, asked) for layout in layouts])
        for index, layout in enumerate(layouts):
            for number, (one, expected) in enumerate(zip(asked, alone, strict=True)):
                made = [rank[index * len(asked) + number] for rank in ranks]
                yield f"gloo {layout}", one, expected, made
        report(f"exactness: gloo {layouts}")
