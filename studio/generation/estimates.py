"""How long a take will wait and render: measured on the organisation's own takes, counted from the model before.

A model's card counts seconds for one machine; a *pace* says how many times as long this one takes.
"""

from __future__ import annotations

import heapq
import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from inference.catalogue import ModelCard
from inference.protocol import RenderRequest
from storage.queries.fair_queue import get_account
from storage.queries.pool_picture import PoolTake, look_at_pool
from storage.queries.serving import Served, get_served
from storage.queries.standing import count_queued, get_standing
from storage.queries.takes import QueuedTake, find_place, list_paces, list_queue
from studio.characters.consent import ConsentRequired
from studio.generation.offered_models import OfferedModels
from studio.generation.plan import plan_take
from studio.generation.pricing import Pricing, price_take, problem_of
from studio.generation.refusals import RequestUnrenderable
from studio.generation.schemas import EstimateView, TakeCreate
from studio.http.errors import NotFound, StudioError
from studio.organisations.plans import plan_of
from studio.organisations.suspension import find_suspended
from studio.queue.durable import SHARED
from studio.queue.schedule import CREDIT_S

RECENT = 30  # takes that a pace is measured on
ENOUGH = 5  # of them, for bounds of their own
ENDING = ("decode", "score", "mux", "upload")  # stages beside which an engine may denoise its next take
HORIZON = 100  # waiting takes that are played one by one; those behind are reckoned by their mean
MANY = 10**9
TELLING_PROGRESS = 0.2  # from here on a render's own speed says more than any estimate


@dataclass(frozen=True)
class Pace:
    """Seconds of this installation for one of the card's: the middle, and what most takes lie between."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """queue_place: 1 is next; None when nothing is waited for. eta_s: until the take is finished; None where that
    cannot be told. unserved: it waits, and no node takes up its model."""

    queue_place: int | None
    eta_s: float | None
    unserved: bool = False


@dataclass(frozen=True)
class Estimate:
    """request: what would be rendered, in which pool; None where it would be refused. acts_anything: the model leaves
    none of a prompt's words aside."""

    view: EstimateView
    request: RenderRequest | None
    pool: str = SHARED
    acts_anything: bool = False


UNMEASURED = Pace(1.0, 0.5, 2.0)
MEASURED = Pace(1.0, 0.75, 1.5)  # on this machine, by two small renders
ENDED = Forecast(None, None)


def pace_of(measured: Sequence[float]) -> Pace:
    """From the multiples of recent takes; the fewer they are, the wider its bounds."""
    if not measured:
        return UNMEASURED
    middle = statistics.median(measured)
    if len(measured) < ENOUGH:
        return Pace(middle, 0.7 * min(measured), 1.5 * max(measured))
    tenths = statistics.quantiles(measured, n=10, method="inclusive")
    return Pace(middle, min(tenths[0], 0.9 * middle), max(tenths[-1], 1.1 * middle))


async def estimate_take(
    session: AsyncSession,
    models: OfferedModels,
    *,
    org_id: str,
    asked: TakeCreate,
    project_id: str | None = None,
) -> Estimate:
    """What submitting this would bring: a refusal in words, or how long it would wait and render, and its price."""
    cannot = _cannot(models.get(asked.model), asked)
    try:
        models = models.within(asked.pool)
        request = (await plan_take(session, models, org_id=org_id, asked=asked)).request
    except (RequestUnrenderable, ConsentRequired, NotFound) as refusal:
        return await estimate_refusal(session, org_id=org_id, refusal=refusal, cannot=cannot)
    attempts = 1 if asked.identity is None else asked.identity.max_attempts
    pricing = await price_take(
        session, models[request.model], org_id=org_id, request=request, attempts=attempts, project_id=project_id
    )
    return await estimate_request(session, models, org_id=org_id, request=request, pricing=pricing, cannot=cannot)


async def estimate_request(
    session: AsyncSession,
    models: OfferedModels,
    *,
    org_id: str,
    request: RenderRequest,
    pricing: Pricing,
    cannot: Sequence[str] = (),
) -> Estimate:
    """The estimate of a request that can be rendered."""
    queue = await list_queue(session, org_id=org_id, limit=HORIZON)
    paces = await _measure(session, org_id, {take.model for take in queue} | {request.model})
    usual = (await get_standing(session, org_id=org_id)).choice.pool
    pool = models.pool_for(request.model, usual)
    lanes = await _play(session, org_id, queue, paces, pool)
    card, pace = models[request.model], paces[request.model]
    pace = MEASURED if pace == UNMEASURED and card.measured else pace
    expected = card.estimate_seconds(request)
    suspended = await find_suspended(session, org_id=org_id)
    problems = pricing.problems + ([] if suspended is None else [problem_of(suspended)])
    view = EstimateView(
        seconds=round(pace.middle * expected, 1),
        seconds_low=round(pace.low * expected, 1),
        seconds_high=round(pace.high * expected, 1),
        queue_seconds=await _wait_s(session, org_id, lanes),
        price=pricing.price,
        payment=pricing.payment,
        ok=not problems,
        problems=problems,
        cannot=list(cannot),
        notes=None,
    )
    return Estimate(view, request, pool, card.acts_anything)


async def estimate_refusal(
    session: AsyncSession, *, org_id: str, refusal: StudioError, cannot: Sequence[str] = ()
) -> Estimate:
    """The estimate of what would be refused."""
    lanes = await _play_queue(session, org_id)
    view = EstimateView(
        seconds=None,
        seconds_low=None,
        seconds_high=None,
        queue_seconds=await _wait_s(session, org_id, lanes),
        price=None,
        payment=None,
        ok=False,
        problems=[problem_of(refusal)],
        cannot=list(cannot),
        notes=None,
    )
    return Estimate(view, None)


async def forecast_takes(session: AsyncSession, *, org_id: str, take_ids: Collection[str]) -> dict[str, Forecast]:
    """Place and remaining seconds of these takes, as far as they are unfinished, by id."""
    lanes = await _play_queue(session, org_id)
    forecasts = {take_id: lanes.forecasts[take_id] for take_id in take_ids if take_id in lanes.forecasts}
    if lanes.in_all == HORIZON:
        for take_id in [one for one in take_ids if one not in forecasts]:
            place = await find_place(session, org_id=org_id, take_id=take_id)
            if place is not None:
                forecasts[take_id] = Forecast(place, round(lanes.free_after(place - 1) + lanes.mean_s, 1))
    return forecasts


async def _wait_s(session: AsyncSession, org_id: str, lanes: _Lanes) -> float:
    """Until a take that is submitted now would be taken up."""
    waiting = lanes.waiting
    if lanes.in_all == HORIZON:
        waiting = await count_queued(session, org_id=org_id, at_most=MANY)
    return round(lanes.free_after(waiting), 1)


async def _play_queue(session: AsyncSession, org_id: str) -> _Lanes:
    queue = await list_queue(session, org_id=org_id, limit=HORIZON)
    paces = await _measure(session, org_id, {take.model for take in queue})
    usual = (await get_standing(session, org_id=org_id)).choice.pool or SHARED
    return await _play(session, org_id, queue, paces, usual)


async def _measure(session: AsyncSession, org_id: str, models: Collection[str]) -> dict[str, Pace]:
    return {
        model: pace_of(await list_paces(session, org_id=org_id, model=model, limit=RECENT)) for model in sorted(models)
    }


@dataclass(frozen=True)
class _Lanes:
    """forecasts by take, of the first `in_all` that wait, in whatever pool. Of one pool: `waiting` of them; free_s:
    when the one behind them would be taken up; mean_s: of what they take, each on one of `engines`."""

    forecasts: dict[str, Forecast]
    free_s: float
    waiting: int
    mean_s: float
    engines: int
    in_all: int

    def free_after(self, waiting: int) -> float:
        """When the one behind so many that wait would be taken up, seconds."""
        return self.free_s + max(0, waiting - self.waiting) * self.mean_s / self.engines


async def _play(
    session: AsyncSession, org_id: str, queue: Sequence[QueuedTake], paces: Mapping[str, Pace], pool: str
) -> _Lanes:
    """The lanes of this pool, with the forecasts of what the organisation has in others too."""
    waiting = [take.id for take in queue if not take.rendering]
    places = {take_id: place for place, take_id in enumerate(waiting, start=1)}
    forecasts: dict[str, Forecast] = {}
    for each in {take.pool for take in queue} - {pool}:
        here = [take for take in queue if take.pool == each]
        forecasts |= (await _play_pool(session, org_id, here, paces, each, places)).forecasts
    lanes = await _play_pool(session, org_id, [take for take in queue if take.pool == pool], paces, pool, places)
    return replace(lanes, forecasts=forecasts | lanes.forecasts, in_all=len(waiting))


async def _play_pool(
    session: AsyncSession,
    org_id: str,
    queue: Sequence[QueuedTake],
    paces: Mapping[str, Pace],
    pool: str,
    places: Mapping[str, int],
) -> _Lanes:
    """The organisation's takes among those of others, which stand before the same nodes."""
    served = await get_served(session, pool=pool)
    others = await look_at_pool(session, org_id=org_id, pool=pool)
    if not others:
        return _lanes(queue, paces, places, served=served)
    account = await get_account(session, org_id=org_id, pool=pool)
    weight = (await plan_of(session, org_id=org_id)).weight
    start = max(account.virtual - CREDIT_S, account.finish)
    return _lanes(queue, paces, places, others, start=start, weight=weight, served=served)


def _lanes(
    queue: Sequence[QueuedTake],
    paces: Mapping[str, Pace],
    places: Mapping[str, int],
    others: Sequence[PoolTake] = (),
    *,
    start: float = 0.0,
    weight: float = 1.0,
    served: Served = None,
) -> _Lanes:
    """Play the queue to its end: as many takes render side by side as do now, one at least.

    `start`: of the next tag on the organisation's account; what is none of `served` waits for a node, and is passed
    over. What others keep back is not known: the places are the earliest.
    """
    forecasts: dict[str, Forecast] = {}
    free_at = _play_rendering([*queue, *others], paces, forecasts)
    before_us = [take for take in reversed(others) if not take.rendering]
    latest = 0.0
    waiting = [take for take in queue if not take.rendering]
    for take in waiting:
        place = places[take.id]
        if served is not None and take.model not in served:
            forecasts[take.id] = Forecast(place, None, unserved=True)
            continue
        if take.finish is None:
            start += take.expected_ms / 1000 / weight
        latest = max(latest, start if take.finish is None else take.finish)
        while before_us and before_us[-1].finish <= latest:
            _occupy(free_at, before_us.pop(), paces)
        forecasts[take.id] = Forecast(place, round(_occupy(free_at, take, paces), 1))
    seconds = sum(_whole_s(take, paces.get(take.model, UNMEASURED)) for take in waiting)
    return _Lanes(forecasts, free_at[0], len(waiting), seconds / max(1, len(waiting)), len(free_at), len(waiting))


def _play_rendering(
    takes: Sequence[QueuedTake | PoolTake], paces: Mapping[str, Pace], forecasts: dict[str, Forecast]
) -> list[float]:
    """When engines are free, as a heap. A take that comes to its end beside the next one's denoising is not counted:
    both are the work of one engine."""
    free_at: list[float] = []
    ending_at: list[float] = []
    for take in takes:
        if take.rendering:
            eta_s = _remaining_s(take, paces.get(take.model, UNMEASURED))
            forecasts[take.id] = Forecast(None, round(eta_s, 1))
            (ending_at if take.stage in ENDING else free_at).append(eta_s)
    free_at = free_at or ending_at or [0.0]
    heapq.heapify(free_at)
    return free_at


def _occupy(free_at: list[float], take: QueuedTake | PoolTake, paces: Mapping[str, Pace]) -> float:
    """The next engine that is free renders it; returns when it is done."""
    done_s = heapq.heappop(free_at) + _whole_s(take, paces.get(take.model, UNMEASURED))
    heapq.heappush(free_at, done_s)
    return done_s


def _whole_s(take: QueuedTake | PoolTake, pace: Pace) -> float:
    return pace.middle * take.expected_ms / 1000


def _remaining_s(take: QueuedTake | PoolTake, pace: Pace) -> float:
    whole_s = _whole_s(take, pace)
    if take.rendered_s is not None and take.progress >= TELLING_PROGRESS:
        whole_s = take.rendered_s / take.progress
    return whole_s * (1 - take.progress)


def _cannot(card: ModelCard | None, asked: TakeCreate) -> list[str]:
    """The model's limits that this take runs into or may."""
    if card is None:
        return []
    dressed = any(entry.look_id is not None for entry in asked.characters)
    undrawn = ["draw the look that was chosen"] if dressed and not card.dresses else []
    return [*undrawn, *card.cannot]
