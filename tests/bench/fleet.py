"""Fleet: replicas, nodes, PostgreSQL and the object store killed at random moments; and how makespan goes with nodes.

Two replicas, three nodes and a sweeper as processes of their own, whose engines sleep instead of rendering. What is
counted: takes lost, doubled or stuck, and files missing or left over. Then some takes on one, two and four nodes, held
against what the same nodes would need without anything between two takes. `--tiny`: a short campaign.
"""

from __future__ import annotations

import random

from tests.bench.outcome import Outcome, Report
from tests.bench.roles import Ground, ground
from tests.fleet.campaign import Books, Campaign, Victim

TAKES, STRIKES, EVERY_S = 2000, 500, 2.0
TINY_TAKES, TINY_STRIKES = 60, 16
SHARED_BY: tuple[Victim, ...] = ("node", "replica", "node", "database", "node", "store", "node", "replica")
SCALED_TAKES, SCALED_SLEEP_S, NODES = 12, 10.0, (1, 2, 4)
SLEEPER = {"DRAMATIS_ENGINE_MODULE": "tests.fleet.sleeper"}


def run(report: Report, *, tiny: bool = False) -> Outcome:
    """`scripts/bench fleet`."""
    outcome = Outcome()
    takes, strikes = (TINY_TAKES, TINY_STRIKES) if tiny else (TAKES, STRIKES)
    with ground(**SLEEPER) as here:
        books = rage(here, takes, strikes, report)
    outcome.note("takes", books.accepted)
    outcome.note("attempts", books.attempts)
    for victim, kills in sorted(books.kills.items()):
        outcome.note(f"kills_of_{victim}", kills)
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


def rage(here: Ground, takes: int, strikes: int, report: Report, every_s: float = EVERY_S) -> Books:
    """A campaign on this ground."""
    campaign = begin(here, replicas=2, nodes=3, takes=takes, sleep_s=0.5, report=report)
    victims = [SHARED_BY[number % len(SHARED_BY)] for number in range(strikes)]
    return here.runner.run(campaign.rage(victims, every_s))


def scale(here: Ground, nodes: int) -> float:
    """Seconds from the first submit until the last take has ended."""
    campaign = begin(here, replicas=1, nodes=nodes, takes=SCALED_TAKES, sleep_s=SCALED_SLEEP_S, report=lambda _: None)
    books = here.runner.run(campaign.rage([], 0))
    assert not books.wrong, books.wrong
    return books.makespan_s


def begin(here: Ground, *, replicas: int, nodes: int, takes: int, sleep_s: float, report: Report) -> Campaign:
    """Start the processes, and wait until they are ready."""
    apis = [here.fleet.add(f"replica-{number}", "api") for number in range(replicas)]
    workers = [
        here.fleet.add(f"node-{number}", "node", "--serves", "previs", "--name", f"node-{number}")
        for number in range(nodes)
    ]
    for process in (*apis, *workers, here.fleet.add("sweeper", "sweeper")):
        process.start()
    for process in (*apis, *workers):
        process.await_ready()
    chance = random.Random(14)  # noqa: S311 (repeatable strikes are wanted)
    return Campaign(here.fleet, apis, workers, here.cluster, here.store, here.tenant, takes, sleep_s, chance, report)
