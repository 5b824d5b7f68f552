"""The fair queue in simulated time: the real arithmetic, 50 organisations, 8 devices, one that floods at a hundredfold.

Two worlds of drafts (2–5 s, four in five) beside renders of 720p (1–4 minutes, 40 steps). In one, one organisation
submits a hundred times as much as any other for half an hour; it is held against the same without it ("alone"). In the
other nobody does, under several loads and in bursts; it is held against first come, first served. Predictions are
wrong by a fifth (log-normal). Each is drawn from several seeds; what they brought is measured together.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence

import numpy as np

from tests.bench.outcome import Outcome, Report
from tests.bench.schedule_world import FAIR, FIFO, OTHERS, Job, Org, Policy, World

ORGS, DEVICES = 50, 8
FLOODER = ORGS - 1
SEEDS = (1, 2, 3, 4, 5, 6)
HOUR_S = 3600.0
LASTS_S = 2 * HOUR_S
FLOOD_S, FLOOD_TIMES = 0.5 * HOUR_S, 100
DRAFTS = 0.8
MEAN_S = DRAFTS * 3.5 + (1 - DRAFTS) * 150.0
WRONG_BY = 0.2
LOADS = (0.5, 0.7, 0.85, 0.9, 0.95)  # of all devices, by those that do not flood
HELD_FROM = 0.9  # below it, nearly nobody waits alone, so that 1.5 times as long is nothing: see docs/benchmarks.md
CALM_LOADS: tuple[float | None, ...] = (0.8, 0.9, 0.95, None)  # None: in bursts


def run(report: Report) -> Outcome:
    """`scripts/bench schedule`."""
    outcome = Outcome()
    for flooded_load in LOADS:
        report(f"schedule: a flood beside a load of {flooded_load}")
        _flood(outcome, flooded_load)
    for load in CALM_LOADS:
        report(f"schedule: no flood, {'bursts' if load is None else f'a load of {load}'}")
        _calm(outcome, load)
    report("schedule: everybody always has something waiting")
    _backlog(outcome)
    return outcome


def _flood(outcome: Outcome, load: float) -> None:
    def play(policy: Policy, flooded: bool) -> list[World]:
        return [_play(_arrivals(seed, lambda _: load, flooded=flooded), policy) for seed in SEEDS]

    alone, fair, fifo = play(FAIR, False), play(FAIR, True), play(FIFO, True)
    name = f"flood_{load}"
    waits = [_p95(_waits(worlds, _other)) for worlds in (alone, fair, fifo)]
    outcome.note(f"{name}_others_p95_wait_s_alone_flooded_fifo", [round(wait, 1) for wait in waits])
    held = load >= HELD_FROM
    _tell(outcome, f"{name}_others_p95_wait_times_alone", waits[1] / waits[0], "<=" if held else None, 1.5)
    _tell(
        outcome,
        f"{name}_others_drafts_p95_s",
        _p95(_latencies(fair, _draft, _other)),
        "<=",
        10,
    )
    _tell(outcome, f"{name}_others_720p_p95_times_fifo", _ratio(fair, fifo, _p95, _render, _other), "<=", 1.15)
    _tell(outcome, f"{name}_others_mean_times_fifo", _ratio(fair, fifo, np.mean, _other), "<=", 0.45)
    _tell(outcome, f"{name}_all_drafts_p95_s", _p95(_latencies(fair, _draft)))
    _tell(outcome, f"{name}_all_720p_p95_times_fifo", _ratio(fair, fifo, _p95, _render))
    _tell(outcome, f"{name}_all_mean_times_fifo", _ratio(fair, fifo, np.mean))
    _losses(outcome, name, fair)


def _calm(outcome: Outcome, load: float | None) -> None:
    def load_at(at: float) -> float:
        return load if load is not None else 1.5 if at % HOUR_S < HOUR_S / 3 else 0.5

    name = "bursts" if load is None else f"calm_{load}"
    jobs = [_arrivals(seed, load_at) for seed in SEEDS]
    fifo = [_play(one, FIFO) for one in jobs]
    for policy, how in {"": FAIR, **OTHERS}.items():
        worlds = [_play(one, how) for one in jobs]
        told = "_".join(filter(None, [name, policy]))
        _tell(outcome, f"{told}_drafts_p95_s", _p95(_latencies(worlds, _draft)), None if policy else "<=", 10)
        _tell(outcome, f"{told}_720p_p95_times_fifo", _ratio(worlds, fifo, _p95, _render))
        _tell(outcome, f"{told}_mean_times_fifo", _ratio(worlds, fifo, np.mean))
        _losses(outcome, told, worlds, held=not policy)


def _backlog(outcome: Outcome) -> None:
    """Heavy-tailed jobs of every organisation, three plans; what each was served by its weight, after four hours."""
    for wrong_by in (0.0, WRONG_BY):
        draw = random.Random(1)  # noqa: S311
        orgs = [Org(weight=(1.0, 2.0, 4.0)[org % 3]) for org in range(ORGS)]
        jobs = [
            _job(draw, org, 0.0, _heavy_tailed(draw), wrong_by=wrong_by) for org in range(ORGS) for _ in range(2000)
        ]
        world = World(orgs, _numbered(jobs), DEVICES, FAIR)
        world.run(until=4 * HOUR_S)
        shares = np.array([org.served_s / org.weight for org in world.orgs])
        jain = shares.sum() ** 2 / (len(shares) * (shares**2).sum())
        outcome.check(f"backlog_jain_predicted_within_{wrong_by}", round(float(jain), 4), ">=", 0.95)


def _arrivals(seed: int, load_at: Callable[[float], float], *, flooded: bool = False) -> list[Job]:
    """Of every organisation by itself, so that the others' are the same with the flood and without it."""
    jobs: list[Job] = []
    for org in range(ORGS):
        draw = random.Random(f"{seed} {org}")  # noqa: S311
        floods = flooded and org == FLOODER
        at = 0.0
        while True:
            load = load_at(at) if not floods else load_at(at) * FLOOD_TIMES
            at += draw.expovariate(load * DEVICES / (MEAN_S * ORGS))
            if at > (FLOOD_S if floods else LASTS_S) or (org == FLOODER and not floods and flooded):
                break
            seconds = draw.uniform(2, 5) if draw.random() < DRAFTS else draw.uniform(60, 240)
            jobs.append(_job(draw, org, at, seconds))
    return _numbered([job for job in jobs if flooded or job.org != FLOODER])


def _job(draw: random.Random, org: int, at: float, seconds: float, wrong_by: float = WRONG_BY) -> Job:
    predicted_s = seconds * draw.lognormvariate(0, wrong_by)
    is_draft = seconds <= 5
    return Job(0, org, at, seconds, predicted_s, 1 if is_draft else 40, "interactive" if is_draft else "normal")


def _heavy_tailed(draw: random.Random) -> float:
    """Bounded Pareto, 2 s to 4 minutes, a shape of 1.3."""
    return float(2 * (1 - draw.random() * (1 - (2 / 240) ** 1.3)) ** (-1 / 1.3))


def _numbered(jobs: list[Job]) -> list[Job]:
    for number, job in enumerate(sorted(jobs, key=lambda job: job.at)):
        job.id = number
    return sorted(jobs, key=lambda job: job.at)


def _play(jobs: Sequence[Job], policy: Policy) -> World:
    world = World([Org() for _ in range(ORGS)], [copy.copy(job) for job in jobs], DEVICES, policy)
    world.run()
    return world


def _other(job: Job) -> bool:
    return job.org != FLOODER


def _draft(job: Job) -> bool:
    return job.priority == "interactive"


def _render(job: Job) -> bool:
    return job.priority == "normal"


def _latencies(worlds: Sequence[World], *wanted: Callable[[Job], bool]) -> list[float]:
    """Seconds from submitted to ended."""
    jobs = [job for world in worlds for job in world.jobs if all(fits(job) for fits in wanted)]
    return [job.ended_at - job.at for job in jobs if job.ended_at is not None]


def _waits(worlds: Sequence[World], wanted: Callable[[Job], bool]) -> list[float]:
    jobs = [job for world in worlds for job in world.jobs if wanted(job)]
    return [job.begun_at - job.at for job in jobs if job.begun_at is not None]


def _ratio(
    ours: Sequence[World],
    fifo: Sequence[World],
    of: Callable[[list[float]], float | np.floating],
    *wanted: Callable[[Job], bool],
) -> float:
    return float(of(_latencies(ours, *wanted))) / float(of(_latencies(fifo, *wanted)))


def _p95(values: list[float]) -> float:
    return float(np.percentile(values, 95))


def _losses(outcome: Outcome, name: str, worlds: Sequence[World], *, held: bool = True) -> None:
    """Devices that were idle while something waited, and what dispatching and preempting took, of all their time."""
    idle = sum(world.idle_while_waiting_s for world in worlds) / (DEVICES * sum(world.waiting_s for world in worlds))
    lost = sum(world.lost_s for world in worlds) / (DEVICES * sum(world.now for world in worlds))
    _tell(outcome, f"{name}_idle_while_waiting", idle, "<=" if held else None, 0.02)
    _tell(outcome, f"{name}_lost_to_dispatch_and_preemption", lost)


def _tell(outcome: Outcome, name: str, value: float, comparison: str | None = None, target: float = 0) -> None:
    if comparison is None:
        outcome.note(name, round(value, 3))
    else:
        outcome.check(name, round(value, 3), comparison, target)
