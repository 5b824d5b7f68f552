"""A studio whose previs costs something, for a while: other tests of the package render for nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.browser.conftest import Studio

PRICES = {"previs": "0.1", "enrolment": "0.5"}
UNCAST = {"uncast": [{"seconds": 0.5, "size": "256x256"}]}


def tell_billing(studio: Studio, *words: str) -> None:
    """As an operator does, on the studio's machine."""
    command = [sys.executable, "-m", "studio.cli", "billing", *words, "--data", str(studio.server.data)]
    subprocess.run(command, check=True, timeout=120)


@pytest.fixture(scope="module")
def priced(studio: Studio) -> Iterator[Studio]:
    """A second of the previs costs a tenth of a credit, a character half a one; the organisation has twenty."""
    org_id = studio.told("GET", "/v1/me")["organisation"]["id"]
    for item, price in PRICES.items():
        tell_billing(studio, "prices", item, price)
    tell_billing(studio, "grant", "20", "--org", org_id, "--reason", "to try it out")
    _wait_for_price(studio, costs=True)
    yield studio
    for item in PRICES:
        tell_billing(studio, "prices", item, "0")
    _wait_for_price(studio, costs=False)


def _wait_for_price(studio: Studio, *, costs: bool) -> None:
    """A running server goes by a new price within ten seconds."""

    def told(now: dict[str, float]) -> bool:
        return (now["credits"] > 0) == costs

    studio.wait_until_told("POST", "/v1/estimates", UNCAST, told)
