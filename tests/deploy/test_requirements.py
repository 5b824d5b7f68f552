"""A role's packages: an API replica needs nothing of what only a node needs."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

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
for name in sys.argv[2:]:
    importlib.import_module(name)
"""


def locked(layer: str) -> set[str]:
    lines = (REQUIREMENTS / f"{layer}.txt").read_text().splitlines()
    return {line.partition("==")[0] for line in lines if "==" in line}


def test_each_layer_of_the_lock_adds_to_the_one_below() -> None:
    api, node, serve = locked("api"), locked("node"), locked("serve")
    assert not api & node | node & serve | api & serve
    assert "torch" in node
    assert not {"torch", "diffusers", "transformers"} & api


def test_a_replica_loads_where_only_its_own_layer_is_installed() -> None:
    absent = locked("node") | locked("serve") | locked("traces") | locked("dev")
    absent |= locked("payments") | locked("alipay")  # imported where a provider has keys
    modules = {
        module
        for module, owners in packages_distributions().items()
        if {owner.lower().replace("_", "-").replace(".", "-") for owner in owners} <= absent
    }
    assert {"torch", "diffusers", "c2pa", "stripe"} <= modules
    command = [sys.executable, "-c", REFUSING, ",".join(modules), *WHAT_A_REPLICA_LOADS]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
