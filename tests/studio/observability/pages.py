"""A page of metrics, as Prometheus reads it."""

from __future__ import annotations

import httpx
from prometheus_client import REGISTRY, Metric
from prometheus_client.parser import text_string_to_metric_families


async def read_page(port: int) -> str:
    async with httpx.AsyncClient(trust_env=False) as http:
        reply = await http.get(f"http://127.0.0.1:{port}/metrics")
    assert reply.status_code == 200
    return reply.text


def families_of(page: str) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(page)}


def sum_of(page: str, counter: str) -> float:
    """Of all that a counter counted, whatever its labels."""
    samples = families_of(page)[counter].samples
    return sum(sample.value for sample in samples if sample.name == f"{counter}_total")


def value_of(name: str, **labels: str) -> float:
    """What this process has counted so far."""
    return REGISTRY.get_sample_value(name, labels) or 0.0
