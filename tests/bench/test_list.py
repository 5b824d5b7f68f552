"""The list that `scripts/bench` prints: every bench under the name that is typed, with words that say what it is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.bench.__main__ import list_benches

PROMISED = {"control-plane", "exactness", "faults", "gpu", "identity", "memory", "previs", "scaling"}


def test_every_promised_bench_is_listed_with_what_it_is() -> None:
    benches = list_benches()
    assert set(benches) >= PROMISED
    assert all(words for words in benches.values())


@pytest.mark.parametrize(
    ("words", "status", "said"), [([], 0, "control-plane"), (["no-such-bench"], 2, "control-plane")]
)
def test_without_a_name_it_lists_them_and_a_wrong_one_is_told_the_right_ones(
    words: list[str], status: int, said: str
) -> None:
    done = subprocess.run([sys.executable, "-m", "tests.bench", *words], capture_output=True, text=True)
    assert done.returncode == status
    assert said in (done.stderr if status else done.stdout)
