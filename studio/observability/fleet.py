"""Figures that belong to no process: how full the queues are, and until when certificates hold.

One process finds them out, the one that sweeps, so that N replicas do not ask N times; all others tell none.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence

import structlog
from prometheus_client import REGISTRY, Gauge
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from storage.queries.nodes import NodeFigure, measure_nodes
from storage.queries.queue_figures import QueueFigure, measure_queues
from storage.unit import Database
from studio.observability.certificates import read_expiry

log = structlog.get_logger(__name__)

EVERY_S = 15.0  # as often as Prometheus usually asks
CERTIFICATES_EVERY_S = 3600.0
LABELS = ("model", "pool", "plan")

SWEEPER_LEADER = Gauge("dramatis_sweeper_leader", "1 where the sweeps run, 0 elsewhere")
CERTIFICATE_EXPIRY = Gauge(
    "dramatis_certificate_expiry_timestamp_seconds", "When the certificate at an address of ours expires", ["address"]
)


class QueueGauges(Collector):
    """The queues as they were last looked at. A queue that has been seen is told of as empty afterwards."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], QueueFigure] = {}

    def show(self, figures: Sequence[QueueFigure]) -> None:
        """From now on these; a reader in another thread sees either all of the old ones or all of the new ones."""
        empty = {key: QueueFigure(*key, waiting=0, rendering=0, oldest_s=0.0) for key in self._seen}
        self._seen = empty | {(each.model, each.pool, each.plan): each for each in figures}

    def clear(self) -> None:
        """Another process tells of them."""
        self._seen = {}

    def describe(self) -> Iterable[Metric]:
        return _families(())

    def collect(self) -> Iterable[Metric]:
        return _families(self._seen.values())


def _families(figures: Iterable[QueueFigure]) -> list[GaugeMetricFamily]:
    waiting = GaugeMetricFamily("dramatis_queue_takes", "Takes that wait", labels=LABELS)
    oldest = GaugeMetricFamily("dramatis_queue_oldest_age_seconds", "How long the oldest take waits", labels=LABELS)
    rendering = GaugeMetricFamily("dramatis_rendering_takes", "Takes that render", labels=LABELS)
    for each in figures:
        key = (each.model, each.pool, each.plan)
        waiting.add_metric(key, each.waiting)
        oldest.add_metric(key, each.oldest_s)
        rendering.add_metric(key, each.rendering)
    return [waiting, oldest, rendering]


class NodeGauges(Collector):
    """The nodes as they were last looked at."""

    def __init__(self) -> None:
        self._nodes: Sequence[NodeFigure] = ()

    def show(self, nodes: Sequence[NodeFigure]) -> None:
        """From now on these."""
        self._nodes = nodes

    def describe(self) -> Iterable[Metric]:
        return _node_families(())

    def collect(self) -> Iterable[Metric]:
        return _node_families(self._nodes)


def _state_of(node: NodeFigure) -> str:
    return "draining" if node.draining else "idle" if node.idle else "working"


def _node_families(nodes: Sequence[NodeFigure]) -> list[GaugeMetricFamily]:
    alive = GaugeMetricFamily("dramatis_nodes", "Nodes that announce themselves", labels=("pool", "state"))
    serving = GaugeMetricFamily("dramatis_model_nodes", "Nodes that take up a model's takes", labels=("model", "pool"))
    states = Counter((each.pool, _state_of(each)) for each in nodes)
    working = [each for each in nodes if _state_of(each) == "working"]
    models = Counter((model, each.pool) for each in working for model in each.models)
    for family, counts in ((alive, states), (serving, models)):
        for key, count in counts.items():
            family.add_metric(key, count)
    return [alive, serving]


QUEUES, NODES = QueueGauges(), NodeGauges()
REGISTRY.register(QUEUES)
REGISTRY.register(NODES)


async def watch_fleet(database: Database, https_url: str | None) -> None:
    """Never ends; nothing is told any more once it is cancelled. `https_url`: where browsers reach the studio."""
    certificates_at = -CERTIFICATES_EVERY_S
    try:
        while True:
            if https_url is not None and time.monotonic() - certificates_at >= CERTIFICATES_EVERY_S:
                certificates_at = time.monotonic()
                await _look_at_certificate(https_url)
            try:
                async with database.read() as session:
                    queues, nodes = await measure_queues(session), await measure_nodes(session)
                QUEUES.show(queues)
                NODES.show(nodes)
            except Exception:
                log.exception("queues_not_measured")
            await asyncio.sleep(EVERY_S)
    finally:
        QUEUES.clear()
        NODES.show(())


async def _look_at_certificate(url: str) -> None:
    try:
        CERTIFICATE_EXPIRY.labels(url).set(await read_expiry(url))
    except (OSError, ValueError) as error:
        log.warning("certificate_not_seen", url=url, why=str(error) or type(error).__name__)
