"""Followers keep the order, hold the giver back, pass errors on, and end when they are left."""

from __future__ import annotations

import threading
import time

import pytest

from inference.engine.frame_stream import Follower


def go_on() -> None:
    """Nobody asked to stop."""


def test_everything_given_is_worked_on_in_order() -> None:
    done: list[int] = []
    with Follower("test", done.append) as follower:
        for item in range(100):
            follower.give(item, go_on)
        follower.finish(go_on)
    assert done == list(range(100))


def test_a_slow_follower_holds_the_giver_back() -> None:
    done: list[int] = []

    def work(item: int) -> None:
        time.sleep(0.01)
        done.append(item)

    with Follower("test", work) as follower:
        for item in range(30):
            follower.give(item, go_on)
            assert item - len(done) <= 10


@pytest.mark.parametrize("items", [1, 100])
def test_what_breaks_there_breaks_here(items: int) -> None:
    def work(item: int) -> None:
        raise ZeroDivisionError(item)

    def give_all() -> None:
        with Follower("test", work) as follower:
            for item in range(items):
                follower.give(item, go_on)
            follower.finish(go_on)

    with pytest.raises(ZeroDivisionError):
        give_all()


def test_leaving_early_ends_the_thread() -> None:
    def leave() -> None:
        with Follower("leaving", time.sleep) as follower:
            for _ in range(5):
                follower.give(0.02, go_on)
            raise KeyError

    with pytest.raises(KeyError):
        leave()
    assert "leaving" not in {thread.name for thread in threading.enumerate()}
