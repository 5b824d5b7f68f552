"""Identifiers sort by time and do not repeat."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

from studio.http.ids import new_id


def test_ids_name_their_kind() -> None:
    assert re.fullmatch(r"chr_[0-9A-HJKMNP-TV-Z]{26}", new_id("chr"))


def test_ids_of_one_process_ascend_and_none_comes_twice() -> None:
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(lambda _: [new_id("ast") for _ in range(10_000)], range(4)))
    assert all(run == sorted(run) for run in runs)
    assert len({each for run in runs for each in run}) == 40_000
