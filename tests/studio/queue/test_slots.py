"""A process claims only what it has a free slot for, over all its queues."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from studio.queue import slots as module
from studio.queue.slots import Slots


def slots_of(concurrency: int, freed: list[int] | None = None) -> Slots:
    return Slots(concurrency, lambda: None if freed is None else freed.append(1))


def test_several_queues_share_the_slots() -> None:
    slots = slots_of(2)
    asked: list[int] = []

    def claim(*takes: str) -> list[str]:
        return list(slots.claim(lambda most: asked.append(most) or list(takes[:most])))

    assert claim("a") == ["a"]
    assert claim("b", "c") == ["b"]
    assert claim("d") == []
    assert asked == [2, 1]  # without room, nobody is asked
    slots.leave("a")
    assert claim("d") == ["d"]


def test_who_claims_in_two_threads_at_once_never_claims_too_much() -> None:
    slots, found = slots_of(3), []

    def claim(name: str) -> None:
        def some(most: int) -> list[str]:
            time.sleep(0.02)
            return [f"{name}{number}" for number in range(most)]

        found.extend(slots.claim(some))

    threads = [threading.Thread(target=claim, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3


def test_as_many_again_may_come_to_their_end_and_no_more() -> None:
    freed: list[int] = []
    slots = slots_of(1, freed)
    for take in ("a", "b"):
        assert list(slots.claim(lambda _, take=take: [take])) == [take]
        slots.begin(take)
        slots.leave(take)
    assert slots.free() == 0
    slots.end("a")
    assert slots.free() == 1
    assert len(freed) == 3


async def test_a_retry_gets_the_next_slot_before_anything_new_is_claimed() -> None:
    slots = slots_of(1)
    slots.claim(lambda _: ["a"])
    slots.begin("a")
    slots.leave("a")  # between two tries
    slots.claim(lambda _: ["b"])
    waiting = asyncio.create_task(slots.hold("a"))
    await asyncio.sleep(0)
    slots.end("b")
    assert slots.free() == 0
    await waiting
    assert slots.free() == 0
    slots.end("a")
    assert slots.free() == 1


def test_nothing_is_claimed_once_it_is_closed_or_may_be_thought_dead() -> None:
    slots = slots_of(1)
    slots.valid_until = time.monotonic() - 1
    assert list(slots.claim(lambda _: ["a"])) == []
    assert slots.why_closed is not None
    slots.valid_until = time.monotonic() + 3600
    assert slots.free() == 1
    slots.close("it is draining")
    assert (slots.free(), slots.why_closed) == (0, "it is draining")


def test_what_was_claimed_and_never_begun_gives_its_slot_back(monkeypatch: pytest.MonkeyPatch) -> None:
    slots = slots_of(1)
    slots.claim(lambda _: ["a"])
    assert slots.free() == 0
    monkeypatch.setattr(module, "STRAY_S", -1.0)
    assert slots.free() == 1


def test_more_is_claimed_once_there_is_room_for_more_and_nothing_is_taken_from_what_runs() -> None:
    freed: list[int] = []
    slots = slots_of(2, freed)
    assert list(slots.claim(lambda most: ["a", "b"][:most])) == ["a", "b"]
    slots.resize(1)
    assert (slots.free(), freed) == (0, [])
    slots.resize(3)
    assert (slots.free(), freed) == (1, [1])
