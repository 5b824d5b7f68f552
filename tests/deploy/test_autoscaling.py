"""Nodes by the age of the queue: KEDA's own checks, and what Prometheus answers to the queries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.deploy.chart import VALUES, of_kind
from tests.deploy.foreign import Models
from tests.deploy.test_observability import existing_metrics, metrics_in, promtool

EVERY_CARD = next(one for one in VALUES if one.stem == "every_card")
KEDA = Models("@kubernetes-models/keda", "2.0.0", "keda.sh/v1alpha1/ScaledObject")


def scaled() -> list[dict[str, Any]]:
    return of_kind(EVERY_CARD, "ScaledObject")


def queries() -> list[str]:
    return [trigger["metadata"]["query"] for one in scaled() for trigger in one["spec"]["triggers"]]


def test_keda_takes_every_scaled_object(node_path: str) -> None:
    assert len(scaled()) == 7
    assert KEDA.complaint_of(node_path, scaled()) is None


def test_keda_refuses_one_without_a_target(node_path: str) -> None:
    broken = {**scaled()[0], "spec": {"triggers": []}}
    assert KEDA.complaint_of(node_path, [broken]) is not None


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
