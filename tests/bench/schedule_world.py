"""A pool of devices in simulated time, whose queue is the real arithmetic of `studio.queue.schedule.py`.

Seconds are simulated; nothing sleeps. What a device loses between two takes, and around a preemption, is counted.
"""

from __future__ import annotations

import bisect
import heapq
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from studio.generation.making_room import LOOK_EVERY_S
from studio.queue.schedule import (
    FIRST_TICK,
    MOST_HEADS,
    Heads,
    Priority,
    RunningRender,
    Tag,
    Waiting,
    advance,
    choose_to_preempt,
    comes_in_time,
    durable_priority,
    is_draft,
    plan_heads,
    rank_of,
    settle,
    tag_to_go_on,
)

DISPATCH_S = 0.1  # from a device's becoming free to the next take's first work on it
CHECKPOINT_S = 1.0  # a step's latents to the store, before the device is free
RESUME_S = 2.0  # and back, where the render goes on


@dataclass
class Job:
    """A take. seconds: what it really takes; predicted_s: what its organisation is charged at first."""

    id: int
    org: int
    at: float
    seconds: float
    predicted_s: float
    steps: int = 1
    priority: Priority = "normal"
    rank: int = 0
    tag: Tag | None = None
    head: bool = False
    begun_at: float | None = None
    ended_at: float | None = None
    left_s: float = 0.0
    preempted: int = 0
    has_asked: bool = False

    def __post_init__(self) -> None:
        self.rank = rank_of(self.at, self.priority)
        self.left_s = self.seconds

    @property
    def step_s(self) -> float:
        return self.seconds / self.steps

    @property
    def wrong_by(self) -> float:
        return self.predicted_s / self.seconds


@dataclass
class Org:
    """An organisation's account and takes. running_jobs: its plan's cap."""

    weight: float = 1.0
    running_jobs: int = 16
    finish: float = 0.0
    waiting: list[tuple[int, int, Job]] = field(default_factory=list)
    running: int = 0
    served_s: float = 0.0


@dataclass(frozen=True)
class Policy:
    """What is compared. key: the durable queue's order; moves: the pool's time at a begin; kept_for_drafts: devices
    that nothing else is begun on; in_turn: a draft that room was made for waits for its turn all the same. Without
    `fair` takes are seen as they come."""

    key: Callable[[Job], float]
    fair: bool = True
    preempts: bool = False
    moves: Callable[[float, Tag], float] = advance
    kept_for_drafts: int = 0
    in_turn: bool = False


def finish_tag(job: Job) -> float:
    return durable_priority(_tag(job), 0.0)


def start_tag(job: Job) -> float:
    return _tag(job).start


def arrival(job: Job) -> float:
    return job.at


def self_clocked(virtual: float, begun: Tag) -> float:
    return max(virtual, begun.finish)


def _tag(job: Job) -> Tag:
    if job.tag is None:
        raise ValueError("a job is no head yet")
    return job.tag


FAIR = Policy(finish_tag, preempts=True)
FIFO = Policy(arrival, fair=False)
OTHERS = {
    "no_preemption": Policy(finish_tag),
    "drafts_in_turn": Policy(finish_tag, preempts=True, in_turn=True),
    "by_start": Policy(start_tag),
    "self_clocked": Policy(finish_tag, moves=self_clocked),
    "one_device_kept": Policy(finish_tag, kept_for_drafts=1),
}


class World:
    """Runs jobs on `devices` under a policy; look at the jobs and organisations afterwards."""

    def __init__(self, orgs: Sequence[Org], jobs: Sequence[Job], devices: int, policy: Policy) -> None:
        self.orgs, self.jobs, self.devices, self.policy = list(orgs), list(jobs), devices, policy
        self.now = self.virtual = 0.0
        self.idle_while_waiting_s = self.waiting_s = self.lost_s = 0.0
        self._count = itertools.count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._queue: list[tuple[float, float, int, Job]] = []
        self._running: dict[int, _Run] = {}
        self._free = devices
        self._looks = False  # whether one is due
        self.preemptions = 0

    def run(self, until: float = float("inf")) -> None:
        """To the end of every job, or until `until`."""
        for job in self.jobs:
            self._later(job.at, lambda job=job: self._arrive(job))  # type: ignore[misc]
        while self._events and self._events[0][0] <= until:
            at, _, happens = heapq.heappop(self._events)
            self._account(at)
            happens()
            self._dispatch()
        if until != float("inf"):
            self._account(until)
            for run in self._running.values():
                self.orgs[run.job.org].served_s += max(0.0, until - run.since)

    def _later(self, at: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._events, (at, next(self._count), happens))

    def _account(self, at: float) -> None:
        """Devices that had nothing to do although something waited for one."""
        idle_s = min(self._free, len(self._queue)) * (at - self.now)
        self.idle_while_waiting_s += idle_s
        self.waiting_s += at - self.now if self._queue else 0.0
        self.now = at

    def _arrive(self, job: Job) -> None:
        org = self.orgs[job.org]
        bisect.insort(org.waiting, (job.rank, job.id, job))
        self._release(org)

    def _release(self, org: Org) -> None:
        room = org.running_jobs - org.running
        if not self.policy.fair:
            for _, _, job in org.waiting[:room]:
                if not job.head:
                    self._show(job)
            return
        tagged = sum(1 for _, _, job in org.waiting[: 4 * MOST_HEADS] if job.tag is not None)
        jobs = [job for _, _, job in org.waiting[: tagged + MOST_HEADS]]
        self._apply(org, plan_heads([_waiting(job) for job in jobs], virtual=self.virtual, finish=org.finish,
                                    weight=org.weight, room=room), {str(job.id): job for job in jobs})  # fmt: skip

    def _apply(self, org: Org, heads: Heads, jobs: dict[str, Job]) -> None:
        org.finish = heads.finish
        for job_id, tag in heads.tags.items():
            jobs[job_id].tag = tag
        for job_id in heads.withdrawn:
            jobs[job_id].head = False
        for job_id in heads.released:
            jobs[job_id].head = True
        moved = [jobs[one] for one in {*heads.tags, *heads.released, *heads.withdrawn}]
        if moved:
            ids = {job.id for job in moved}
            self._queue = [entry for entry in self._queue if entry[2] not in ids]
            self._queue += [(self._key(job), job.at, job.id, job) for job in moved if job.head]
            heapq.heapify(self._queue)

    def _show(self, job: Job) -> None:
        job.head = True
        heapq.heappush(self._queue, (self._key(job), job.at, job.id, job))

    def _key(self, job: Job) -> float:
        return FIRST_TICK if job.has_asked and not self.policy.in_turn else self.policy.key(job)  # durable_priority

    def _dispatch(self) -> None:
        while self._queue and self._free > 0:
            job = self._queue[0][3]
            if self._free <= self.policy.kept_for_drafts and not _is_draft(job):
                drafts = [entry for entry in self._queue if _is_draft(entry[3])]
                if not drafts:
                    return
                job = min(drafts)[3]
            self._queue = [entry for entry in self._queue if entry[3] is not job]
            heapq.heapify(self._queue)
            self._begin(job)
        if self.policy.preempts and self._queue and not self._looks:
            self._looks = True
            self._later((self.now // LOOK_EVERY_S + 1) * LOOK_EVERY_S, self._look)

    def _look(self) -> None:
        self._looks = False
        if not self._free:
            self._preempt()

    def _begin(self, job: Job) -> None:
        org = self.orgs[job.org]
        org.waiting.remove((job.rank, job.id, job))
        org.running += 1
        job.head = False
        if job.tag is not None:
            self.virtual = self.policy.moves(self.virtual, job.tag)
        resumes = job.begun_at is not None
        overhead = DISPATCH_S + (RESUME_S if resumes else 0.0)
        self.lost_s += overhead
        job.begun_at = self.now + DISPATCH_S if job.begun_at is None else job.begun_at
        self._free -= 1
        run = _Run(job, self.now + overhead)
        self._running[job.id] = run
        self._later(run.since + job.left_s, lambda: self._end(run))
        self._release(org)

    def _end(self, run: _Run) -> None:
        if run.stopped:
            return
        job, org = run.job, self.orgs[run.job.org]
        del self._running[job.id]
        org.served_s += job.left_s
        job.left_s, job.ended_at = 0.0, self.now
        org.finish = settle(org.finish, predicted_s=job.predicted_s, used_s=job.seconds, weight=org.weight)
        self._leave(org)

    def _leave(self, org: Org) -> None:
        org.running -= 1
        self._free += 1
        self._release(org)

    def _preempt(self) -> None:
        """Every draft at the front that would come too late asks one render to make room, once."""
        free_in_s = sorted(run.frees_in(self.now) for run in self._running.values())
        for place, (*_, draft) in enumerate(heapq.nsmallest(self.devices, self._queue)):
            if (
                draft.has_asked
                or not _is_draft(draft)
                or comes_in_time(draft.predicted_s, self.now - draft.at + free_in_s[place])
            ):
                continue
            going = [run.as_seen(self.now) for run in self._running.values() if not run.stopped]
            asked = choose_to_preempt(going, start=_tag(draft).start)
            if asked is None:
                return
            draft.has_asked = True
            self._queue = [(self._key(job), at, job_id, job) for _, at, job_id, job in self._queue]
            heapq.heapify(self._queue)
            self.preemptions += 1
            self._stop(self._running[int(asked.id)])

    def _stop(self, run: _Run) -> None:
        """After its present step, and the way of its checkpoint to the store."""
        run.stopped = True
        job = run.job
        job.preempted += 1
        done_s = max(0.0, self.now - run.since)
        whole = min(job.left_s, (int(done_s / job.step_s) + 1) * job.step_s)
        run.frees_at = run.since + whole + CHECKPOINT_S
        self._later(run.frees_at, lambda: self._make_room(run, whole))

    def _make_room(self, run: _Run, done_s: float) -> None:
        job, org = run.job, self.orgs[run.job.org]
        self.lost_s += CHECKPOINT_S
        del self._running[job.id]
        org.served_s += done_s
        job.left_s -= done_s
        if job.left_s <= 1e-9:
            job.ended_at = self.now
        else:
            bisect.insort(org.waiting, (job.rank, job.id, job))
            job.tag = tag_to_go_on(_tag(job), virtual=self.virtual, left_s=job.left_s, weight=org.weight)
        self._leave(org)


@dataclass
class _Run:
    job: Job
    since: float
    stopped: bool = False
    frees_at: float = 0.0

    def frees_in(self, now: float) -> float:
        """As predicted: what is wrong about a job's seconds shows only at its end."""
        done_s = max(0.0, now - self.since)
        return self.frees_at - now if self.stopped else max(0.0, self.job.left_s * self.job.wrong_by - done_s)

    def as_seen(self, now: float) -> RunningRender:
        job = self.job
        return RunningRender(str(job.id), _tag(job).start, self.frees_in(now), job.step_s, job.preempted)


def _waiting(job: Job) -> Waiting:
    return Waiting(str(job.id), job.predicted_s, job.tag, job.head, job.begun_at is not None)


def _is_draft(job: Job) -> bool:
    return is_draft(job.predicted_s, job.priority)
