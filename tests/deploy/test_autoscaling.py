"""Nodes by the age of the queue: KEDA's own checks, and what Prometheus answers to the queries."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import skip_or_fail
from tests.deploy.chart import VALUES, of_kind
from tests.deploy.test_observability import existing_metrics, metrics_in, promtool

EVERY_CARD = next(one for one in VALUES if one.stem == "every_card")
KEDA_MODELS = "@kubernetes-models/keda@2.0.0"
CHECK = """
import { ScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject";
import { readFileSync } from "node:fs";
for (const one of JSON.parse(readFileSync(0))) new ScaledObject(one).validate();
"""


def scaled() -> list[dict[str, Any]]:
    return of_kind(EVERY_CARD, "ScaledObject")


def queries() -> list[str]:
    return [trigger["metadata"]["query"] for one in scaled() for trigger in one["spec"]["triggers"]]


@pytest.fixture(scope="session")
def keda(node_path: str) -> Path:
    """A folder from which KEDA's checks can be imported, kept in the cache."""
    folder = Path.home() / ".cache" / "dramatis" / "tools" / "keda-2.0.0"
    if not (folder / "node_modules" / "@kubernetes-models" / "keda").exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--prefix", str(folder), KEDA_MODELS]
        done = subprocess.run(command, env=os.environ | {"PATH": node_path}, capture_output=True, text=True)
        if done.returncode != 0:
            skip_or_fail(f"KEDA's checks could not be fetched: {done.stderr.strip()}")
    return folder


def run_check(keda: Path, node_path: str, manifests: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    command = ["node", "--input-type=module", "--eval", CHECK]
    told = json.dumps(manifests)
    return subprocess.run(command, cwd=keda, env={"PATH": node_path}, input=told, capture_output=True, text=True)


def test_keda_takes_every_scaled_object(keda: Path, node_path: str) -> None:
    assert len(scaled()) == 7
    done = run_check(keda, node_path, scaled())
    assert done.returncode == 0, done.stderr


def test_keda_refuses_one_without_a_target(keda: Path, node_path: str) -> None:
    broken = {**scaled()[0], "spec": {"triggers": []}}
    assert run_check(keda, node_path, [broken]).returncode != 0


def test_each_scales_the_nodes_that_it_counts_for() -> None:
    sets = {one["metadata"]["name"]: one for one in of_kind(EVERY_CARD, "StatefulSet")}
    for one in scaled():
        target = one["spec"]["scaleTargetRef"]
        assert (target["kind"], target["name"]) == ("StatefulSet", one["metadata"]["name"])
        assert "replicas" not in sets[target["name"]]["spec"], "an upgrade would set it back"


def test_the_queries_are_of_metrics_that_exist() -> None:
    for query in queries():
        assert metrics_in(query) <= existing_metrics()


def test_an_unused_queue_is_empty_and_an_unswept_one_unknown(tmp_path: Path) -> None:
    """Else a pool that scaled to nothing would need a node to be told of, or a dead sweeper end every node."""
    age, rendering = queries()[:2]
    leader = {"series": "dramatis_sweeper_leader", "values": "1x10"}
    waits = {
        "series": 'dramatis_queue_oldest_age_seconds{model="previs", pool="shared", plan="studio"}',
        "values": "120x10",
    }
    tests = [
        {"input_series": [leader], "answers": {age: 0, rendering: 0}},
        {"input_series": [leader, waits], "answers": {age: 120, rendering: 0}},
        {"input_series": [{**leader, "values": "0x10"}], "answers": {age: None, rendering: None}},
    ]
    cases = [
        {
            "interval": "1m",
            "input_series": test["input_series"],
            "promql_expr_test": [
                {
                    "expr": query,
                    "eval_time": "5m",
                    "exp_samples": [] if value is None else [{"labels": "{}", "value": value}],
                }
                for query, value in test["answers"].items()
            ],
        }
        for test in tests
    ]
    (tmp_path / "rules.yaml").write_text("groups: []\n")
    (tmp_path / "tests.yaml").write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "tests": cases}))
    promtool("test", "rules", str(tmp_path / "tests.yaml"))
