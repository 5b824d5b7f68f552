"""Under the Prometheus Operator: its own definitions, and that each pod is read by the name that the alerts ask for."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.deploy.chart import ROOT, VALUES, Manifest, of_kind, pods_of
from tests.deploy.foreign import Models

PACKAGE, VERSION = "@kubernetes-models/prometheus-operator", "6.0.0"
POD_MONITOR, RULE = (
    Models(PACKAGE, VERSION, f"monitoring.coreos.com/v1/{kind}") for kind in ("PodMonitor", "PrometheusRule")
)
WITH_OPERATOR, WITHOUT = (next(one for one in VALUES if one.stem == stem) for stem in ("every_card", "small"))
RULES = yaml.safe_load((ROOT / "deploy" / "observability" / "rules.yaml").read_text())


@pytest.mark.parametrize(("models", "broken"), [(POD_MONITOR, {}), (RULE, {"groups": [{}]})], ids=["monitor", "rule"])
def test_the_operator_takes_both_and_no_broken_one(node_path: str, models: Models, broken: Manifest) -> None:
    (told,) = of_kind(WITH_OPERATOR, models.kind.rpartition("/")[2])
    assert told["metadata"]["labels"]["release"] == "kube-prometheus-stack"
    assert models.complaint_of(node_path, [told]) is None
    assert models.complaint_of(node_path, [{**told, "spec": broken}]) is not None


def test_each_pod_is_read_once_as_the_job_that_alerts_ask_for() -> None:
    (monitor,) = of_kind(WITH_OPERATOR, "PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    (relabeling,) = endpoint["relabelings"]
    jobs = {}
    for name, template in pods_of(WITH_OPERATOR):
        labels = template["metadata"]["labels"]
        assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()
        assert not template["metadata"].get("annotations"), "an annotation would have it read twice"
        ports = {port["name"] for container in template["spec"]["containers"] for port in container.get("ports", [])}
        if endpoint["port"] in ports:
            told = re.fullmatch(relabeling["regex"], labels["app.kubernetes.io/component"])
            assert told is not None
            jobs[name] = relabeling["replacement"].replace("$1", told[1])
    assert set(jobs.values()) == {"dramatis-api", "dramatis-node", "dramatis-sweeper"}
    assert len(jobs) == len(list(pods_of(WITH_OPERATOR))) - 1, "all but the migration"
    asked = set(
        re.findall(r"dramatis-\w+", " ".join(rule["expr"] for group in RULES["groups"] for rule in group["rules"]))
    )
    assert asked - {"dramatis-serve"} <= set(jobs.values())


def test_the_alerts_are_those_of_every_other_installation() -> None:
    (told,) = of_kind(WITH_OPERATOR, "PrometheusRule")
    assert told["spec"] == RULES


@pytest.mark.parametrize("kind", ["PodMonitor", "PrometheusRule"])
def test_without_the_operator_pods_are_found_by_their_annotations(kind: str) -> None:
    assert of_kind(WITHOUT, kind) == []
    annotated = [
        template["metadata"].get("annotations", {}) for name, template in pods_of(WITHOUT) if "migrate" not in name
    ]
    assert {each["prometheus.io/port"] for each in annotated} == {"9420"}
