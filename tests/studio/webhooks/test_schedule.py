"""When a delivery is tried again: as docs/webhooks.md publishes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from studio.webhooks.schedule import PAUSES_S, is_given_up, next_pause, read_retry_after

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_ten_tries_in_three_days_and_a_little() -> None:
    assert PAUSES_S == (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    for attempts in range(1, 10):
        pause = next_pause(attempts, status=500, retry_after_s=None)
        assert pause is not None
        assert PAUSES_S[attempts] <= pause.total_seconds() <= 1.1 * PAUSES_S[attempts]
    assert next_pause(10, status=500, retry_after_s=None) is None


def test_pauses_differ_so_that_what_failed_together_does_not_come_back_together() -> None:
    assert len({next_pause(3, status=500, retry_after_s=None) for _ in range(20)}) > 1


@pytest.mark.parametrize("status", [429, 502, 504])
def test_whoever_has_too_much_to_do_is_left_alone_for_a_minute(status: int) -> None:
    assert next_pause(1, status=status, retry_after_s=None) == timedelta(minutes=1)


@pytest.mark.parametrize(("asked_s", "expected"), [(600, 600), (1, 60), (10_000_000, 86400)])
def test_retry_after_is_honoured_within_a_day(asked_s: float, expected: int) -> None:
    pause = next_pause(1, status=429, retry_after_s=asked_s)
    assert pause == timedelta(seconds=expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("120", 120),
        ("soon", None),
        ("-5", None),
        ("Sun, 29 Nov 2026 12:01:00 GMT", 60),
        ("Sun, 29 Nov 2026 11:00:00 GMT", 0),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, expected: float | None) -> None:
    assert read_retry_after(value, now=NOW) == expected


def test_an_endpoint_is_given_up_after_five_days_of_failure() -> None:
    assert not is_given_up(None, now=NOW)
    assert not is_given_up(NOW - timedelta(days=4, hours=23), now=NOW)
    assert is_given_up(NOW - timedelta(days=5), now=NOW)
