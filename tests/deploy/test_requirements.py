"""A role's packages: an API replica needs nothing of what only a node needs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from inference.registry.packaged import default_cache_dir

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
WHAT_A_REPLICA_LOADS = (
    "studio.cli",
    "studio.app",
    "studio.commands.serve",
    "studio.assets.decoder",
    "storage.migrate",
    "inference.worker.face_requests",
    "inference.identity.pack",
    "inference.identity.score",
    "inference.identity.unsafe",
    "inference.registry.__main__",
)
REFUSING = """
import importlib, sys
absent = set(sys.argv[1].split(","))
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""
LOAD = "for name in sys.argv[2:]: importlib.import_module(name)"
# The engine of a replica as it sets itself up, weights and all; what it would answer through is left out.
JUDGE_PHOTOS = """
from pathlib import Path
import numpy as np
from inference.protocol import Box
from inference.worker import serve
from inference.worker.mouths import MouthReader
cache, scratch = map(Path, sys.argv[2:])
settings = serve.Settings(cache, scratch, scratch, (scratch,), identity=True, fd=-1)
serve._set_up_identity(settings, None)
assert MouthReader(cache).read(np.zeros((64, 64, 3), np.uint8), Box(x=0, y=0, width=64, height=64)) is None
"""


def locked(layer: str) -> set[str]:
    lines = (REQUIREMENTS / f"{layer}.txt").read_text().splitlines()
    return {line.partition("==")[0] for line in lines if "==" in line}


def test_each_layer_of_the_lock_adds_to_the_one_below() -> None:
    api, node, serve = locked("api"), locked("node"), locked("serve")
    assert not api & node | node & serve | api & serve
    assert "torch" in node
    assert not {"torch", "diffusers", "transformers"} & api


def run_without_other_layers(code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """In a process that finds nothing but what the layer of an API replica brings."""
    absent = locked("node") | locked("serve") | locked("traces") | locked("dev")
    absent |= locked("payments") | locked("alipay")  # imported where a provider has keys
    modules = {
        module
        for module, owners in packages_distributions().items()
        if {owner.lower().replace("_", "-").replace(".", "-") for owner in owners} <= absent
    }
    assert {"torch", "diffusers", "c2pa", "stripe", "ai_edge_litert"} <= modules
    command = [sys.executable, "-c", REFUSING + code, ",".join(modules), *words]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_replica_loads_where_only_its_own_layer_is_installed() -> None:
    done = run_without_other_layers(LOAD, *WHAT_A_REPLICA_LOADS)
    assert done.returncode == 0, done.stderr


def test_a_replicas_engine_sets_itself_up_there_and_reads_no_mouths(tmp_path: Path) -> None:
    done = run_without_other_layers(JUDGE_PHOTOS, str(default_cache_dir()), str(tmp_path))
    assert done.returncode == 0, done.stderr
