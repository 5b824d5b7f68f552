"""Kill -9 of the API, the engine and both, at random moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.storm import Storm

KILLS = 6  # two of each; `scripts/bench faults` goes on for longer


@pytest.mark.timeout(900)
def test_six_random_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    storm = Storm(tmp_path / "data", seed=20261123, report=lambda _: None)
    books = storm.rage(KILLS)
    assert books.wrong == []
    assert books.takes >= KILLS
    assert books.states["SUCCEEDED"] >= books.takes / 2
    assert sum(storm.kills.values()) == KILLS
