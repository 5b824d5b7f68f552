"""Fleet: replicas, nodes, Triton, PostgreSQL and the object store killed at random moments; and makespan by nodes.

Two replicas, three nodes (one of them before a real Triton) and a sweeper as processes of their own, whose engines
sleep instead of rendering. What is counted: takes lost, doubled or stuck, and files missing or left over. Then some
takes on one, two and four nodes, held against what the same nodes would need without anything between two takes.
`--tiny`: a short campaign. SIGTERM, or Ctrl-C, ends a campaign early: what there was is counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import Iterator

import httpx

from tests.acceptance.triton_server import Triton
from tests.bench.outcome import Outcome, Report
from tests.bench.roles import Ground, ground
from tests.fleet import victims
from tests.fleet.campaign import Books, Campaign
from tests.fleet.nursery import Nursery
from tests.fleet.processes import RoleProcess

TAKES, STRIKES, EVERY_S = 2000, 500, 2.4
TINY_TAKES, TINY_STRIKES = 60, 16
SLEEP_S = 0.5
SCALED_TAKES, SCALED_SLEEP_S, NODES = 12, 10.0, (1, 2, 4)
SLEEPING = "tests.fleet.sleeper"
SLEEPER = {"DRAMATIS_ENGINE_MODULE": SLEEPING}


def run(report: Report, *, tiny: bool = False) -> Outcome:
    """`scripts/bench fleet`."""
    outcome = Outcome()
    takes, strikes = (TINY_TAKES, TINY_STRIKES) if tiny else (TAKES, STRIKES)
    with ground(**SLEEPER) as here, sleeping_triton(here) as triton:
        books = rage(here, triton, takes, strikes, report)
    outcome.note("takes", books.accepted)
    outcome.note("attempts", books.attempts)
    outcome.note("kills", books.kills.total())
    for victim, kills in sorted(books.kills.items()):
        outcome.note(f"kills_of_{victim}", kills)
    outcome.note("killed", ", ".join(f"{part} {kills}" for part, kills in sorted(books.parts.items())))
    outcome.note("ended_by_themselves", ", ".join(f"{one} {times}" for one, times in sorted(books.ended.items())))
    outcome.note("submits_answered_with_an_error", books.refused)
    outcome.note("campaign_s", round(books.makespan_s))
    outcome.check("lost_doubled_stuck_or_left_over", len(books.wrong), "<=", 0)
    for wrong in books.wrong[:20]:
        report(f"wrong: {wrong}")
    for nodes in NODES:
        with ground(**SLEEPER) as here:
            took_s = scale(here, nodes)
        optimum_s = SCALED_TAKES * SCALED_SLEEP_S / nodes
        report(f"fleet: {nodes} nodes")
        outcome.check(f"makespan_over_optimum_at_{nodes}_nodes", round(took_s / optimum_s, 3), "<=", 1.05)
    return outcome


@contextlib.contextmanager
def sleeping_triton(here: Ground) -> Iterator[Triton]:
    """A real Triton server in front of an engine that sleeps."""
    server = Triton(here.fleet.folder / "triton", "--engine", SLEEPING, "--serves", "previs")
    server.start()
    try:
        yield server
    finally:
        server.stop()


def rage(here: Ground, triton: Triton, takes: int, strikes: int, report: Report, every_s: float = EVERY_S) -> Books:
    """A campaign on this ground. A node of three renders behind the Triton server."""
    chance = random.Random(14)  # noqa: S311 (repeatable strikes are wanted)
    campaign = begin(here, 2, [[], [], ["--triton", triton.url]], takes, SLEEP_S, report, chance)
    campaign.victims.append(victims.triton(triton, chance))
    return here.runner.run(_until_told(campaign, strikes, every_s))


async def _until_told(campaign: Campaign, strikes: int, every_s: float) -> Books:
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, campaign.enough.set)
    return await campaign.rage(strikes, every_s)


def scale(here: Ground, nodes: int) -> float:
    """Seconds from the first submit until the last take has ended."""
    chance = random.Random(14)  # noqa: S311 (as above)
    campaign = begin(here, 1, [[]] * nodes, SCALED_TAKES, SCALED_SLEEP_S, lambda _: None, chance)
    books = here.runner.run(campaign.rage(0, 0))
    assert not books.wrong, books.wrong
    return books.makespan_s


def _await_engine(node: RoleProcess) -> None:
    """Until its engine has started too: what is measured is a fleet that runs."""
    while not httpx.get(f"{node.told['url']}/readyz").is_success:
        time.sleep(0.05)


def begin(
    here: Ground,
    replicas: int,
    nodes: list[list[str]],
    takes: int,
    sleep_s: float,
    report: Report,
    chance: random.Random,
) -> Campaign:
    """Start the processes, and wait until they are ready. nodes: more of each one's command line."""
    here.fleet.nursery = Nursery()
    apis = [here.fleet.add(f"replica-{number}", "api") for number in range(replicas)]
    workers = [
        here.fleet.add(f"node-{number}", "node", "--serves", "previs", "--name", f"node-{number}", *words)
        for number, words in enumerate(nodes)
    ]
    for process in (*apis, *workers, here.fleet.add("sweeper", "sweeper")):
        process.start()
    for process in (*apis, *workers):
        process.await_ready()
    for process in workers:
        _await_engine(process)
    struck = [*victims.roles("replica", apis), *victims.roles("node", workers)]
    struck += [victims.database(here.cluster), victims.store(here.store)]
    everybody = here.fleet.processes
    return Campaign(
        here.fleet.url, here.store.address, apis, everybody, struck, here.tenant, takes, sleep_s, chance, report
    )
