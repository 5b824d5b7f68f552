"""An idle studio leaves its database alone, and looks for work at once when there is some."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dbos._dbos import _get_dbos_instance
from sqlalchemy import event

from studio.generation import queue_polling
from studio.generation.queue_polling import PollingPace
from tests.studio.generation.conftest import Studio

FOR_EVER_S = 3600.0


def start_waiting(pace: PollingPace, timeout: float = FOR_EVER_S) -> tuple[threading.Thread, list[bool]]:
    """A thread that has just looked and waits for its next look, and what it is told then."""
    told: list[bool] = []

    def wait() -> None:
        pace._heard.rings = pace._rings
        told.append(pace.wait(timeout))

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread, told


def test_who_waits_is_woken_by_a_submit_and_by_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_polling, "OFTEN_FOR_S", 0.0)
    monkeypatch.setattr(queue_polling, "SELDOM_S", FOR_EVER_S)
    pace = PollingPace()
    thread, told = start_waiting(pace, 0.01)  # the interval counts only while there is something to do
    thread.join(0.2)
    assert thread.is_alive()
    pace.ring()
    thread.join(60)
    assert told == [False]
    thread, told = start_waiting(pace)
    pace.set()
    thread.join(60)
    assert told == [True]
    assert pace.is_set()


def test_while_a_take_runs_there_are_looks_after_every_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_polling, "OFTEN_FOR_S", 0.0)
    monkeypatch.setattr(queue_polling, "SELDOM_S", FOR_EVER_S)
    pace = PollingPace()
    with pace.at_work():
        assert not pace.wait(0.01)
    thread, _ = start_waiting(pace, 0.01)
    thread.join(0.2)
    assert thread.is_alive()
    pace.set()


@contextmanager
def counted_looks() -> Iterator[list[str]]:
    """What DBOS asks of its queues meanwhile."""
    asked: list[str] = []
    engine = _get_dbos_instance()._sys_db.engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 (SQLAlchemy's)
        if re.search(r"\bqueues\b", statement):
            asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_an_idle_studio_asks_nothing_until_a_take_is_submitted(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_polling, "OFTEN_FOR_S", 0.2)
    monkeypatch.setattr(queue_polling, "SELDOM_S", FOR_EVER_S)
    await studio.until((await studio.submit())["id"])
    for _ in range(60):
        with counted_looks() as asked:
            await asyncio.sleep(1)
        if not asked:
            break
    assert asked == []
    with counted_looks() as asked:
        take = await studio.until((await studio.submit())["id"])
    assert take["state"] == "SUCCEEDED"
    assert asked
