"""A short campaign of `scripts/bench fleet`: whatever is killed, no take is lost, doubled or stuck."""

from __future__ import annotations

import asyncio
import random

from tests.bench.fleet import SLEEPER, begin
from tests.bench.roles import ground


async def test_whatever_is_killed_every_take_ends_once() -> None:
    await asyncio.to_thread(_rage)


def _rage() -> None:
    with ground(**SLEEPER) as here:
        chance = random.Random(14)  # noqa: S311 (repeatable strikes are wanted)
        campaign = begin(here, 2, [[], []], takes=16, sleep_s=0.5, report=lambda _: None, chance=chance)
        books = here.runner.run(campaign.rage(6, 1.0))
    assert books.wrong == []
    assert books.accepted == 16
