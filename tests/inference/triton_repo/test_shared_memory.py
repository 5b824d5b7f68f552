"""A keeper that is killed leaves its regions, and the next one removes them; those of one that lives stay."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from inference.triton_repo.shared_memory import claimed_prefix, remove_regions

KEEPER = """
import sys, time
from pathlib import Path
from inference.triton_repo.shared_memory import claimed_prefix
folder = Path(sys.argv[1])
with claimed_prefix(folder) as prefix:
    (folder / f"{prefix}1").touch()
    print(prefix, flush=True)
    time.sleep(3600)
"""


def start_keeper(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert keeper.stdout is not None
    return keeper, folder / f"{keeper.stdout.readline().strip()}1"


def test_regions_are_removed_once_nobody_keeps_them(tmp_path: Path) -> None:
    others = tmp_path / "another-programs_1"
    others.touch()
    living, kept = start_keeper(tmp_path)
    killed, left = start_keeper(tmp_path)
    killed.kill()
    killed.wait()
    assert kept.exists()
    assert left.exists()
    with claimed_prefix(tmp_path) as prefix:
        assert kept.exists()
        assert not left.exists()
        region = tmp_path / f"{prefix}1"
        region.touch()
        remove_regions(prefix, tmp_path)  # as when a server is started again
        assert not region.exists()
        region.touch()
    assert not region.exists()
    living.kill()
    living.wait()
    with claimed_prefix(tmp_path):
        pass
    assert [each.name for each in tmp_path.iterdir()] == [others.name]
