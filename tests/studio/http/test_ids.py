"""Identifiers sort by time and do not repeat."""

from __future__ import annotations

import re
import time

from studio.http.ids import new_id


def test_ids_name_their_kind_and_sort_by_time() -> None:
    ids = []
    for _ in range(5):
        ids.append(new_id("chr"))
        time.sleep(0.002)
    assert ids == sorted(ids)
    assert all(re.fullmatch(r"chr_[0-9A-HJKMNP-TV-Z]{26}", each) for each in ids)


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id("ast") for _ in range(10_000)}) == 10_000
