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

from studio.queue import polling
from studio.queue.polling import PollingPace
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
    monkeypatch.setattr(polling, "OFTEN_FOR_S", 0.0)
    monkeypatch.setattr(polling, "SELDOM_S", FOR_EVER_S)
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


def test_a_ring_is_followed_by_looks_after_every_interval_unless_nothing_more_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(polling, "OFTEN_FOR_S", FOR_EVER_S)
    monkeypatch.setattr(polling, "SELDOM_S", FOR_EVER_S)
    full = threading.Event()
    pace = PollingPace(full.is_set)
    assert not pace.wait(0.01)
    full.set()
    thread, told = start_waiting(pace, 0.01)
    thread.join(0.2)
    assert thread.is_alive()
    full.clear()
    pace.ring()
    thread.join(60)
    assert told == [False]


def test_where_nobody_tells_of_submits_they_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "OFTEN_FOR_S", 0.0)
    monkeypatch.setattr(polling, "SELDOM_S", FOR_EVER_S)
    monkeypatch.setattr(polling, "UNHEARD_S", 0.01)
    hears = threading.Event()
    pace = PollingPace(hears=hears.is_set)
    thread, told = start_waiting(pace, 0.01)
    thread.join(60)
    assert told == [False]
    hears.set()
    thread, told = start_waiting(pace, 0.01)
    thread.join(0.2)
    assert thread.is_alive()
    pace.set()


def test_work_for_queues_of_others_wakes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "OFTEN_FOR_S", 0.0)
    monkeypatch.setattr(polling, "SELDOM_S", FOR_EVER_S)
    pace = PollingPace(listens_to={"ours"}.__contains__)
    for queue in ("ours", None):
        thread, told = start_waiting(pace)
        pace.hear("theirs")
        thread.join(0.2)
        assert thread.is_alive()
        pace.hear(queue)
        thread.join(60)
        assert told == [False]


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
    monkeypatch.setattr(polling, "OFTEN_FOR_S", 0.2)
    monkeypatch.setattr(polling, "SELDOM_S", FOR_EVER_S)
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
