"""What `scripts/bench kube-play` gives to podman is the chart's own, but for what kube_pods.py lists."""

from __future__ import annotations

import copy

import pytest

from tests.bench.kube_pods import PROBES, Pod, address_of, pods_of
from tests.deploy.chart import VALUES, of_kind, render, variables_of

ONE_MACHINE = next(one for one in VALUES if one.stem == "one_machine")


@pytest.fixture
def played() -> dict[str, Pod]:
    return pods_of(list(render(ONE_MACHINE)))


def test_every_pod_of_the_chart_is_played(played: dict[str, Pod]) -> None:
    assert set(played) == {"migrate", "api", "sweeper", "node-previs"}
    assert len(played) == len(of_kind(ONE_MACHINE, "Job", "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Pod"))


def test_only_probes_and_names_of_volumes_differ(played: dict[str, Pod]) -> None:
    rendered = {
        one["metadata"]["labels"]["app.kubernetes.io/component"]: one["spec"]["template"]["spec"]
        for one in of_kind(ONE_MACHINE, "Job", "Deployment", "StatefulSet")
    }
    for component, pod in played.items():
        spec = pod.manifest["spec"]
        given = copy.deepcopy(spec.get("template", {}).get("spec", spec))
        (of_podman,), (of_chart,) = given["containers"], copy.deepcopy(rendered[component]["containers"])
        for named in (*given["volumes"], *of_podman["volumeMounts"]):
            assert named["name"].startswith(f"{pod.name}-")
            named["name"] = named["name"].removeprefix(f"{pod.name}-")
        for probe in PROBES:
            of_chart.pop(probe, None)
        assert of_podman == of_chart
        assert {**given, "containers": []} == {**rendered[component], "containers": []}


def test_a_stateful_set_is_played_as_its_first_pod(played: dict[str, Pod]) -> None:
    pod = played["node-previs"]
    assert pod.manifest["kind"] == "Pod"
    assert pod.name == pod.manifest["metadata"]["name"] == "films-node-previs-0"
    assert variables_of(pod.manifest["spec"]["containers"][0])["POD_NAME"]["fieldRef"] == {"fieldPath": "metadata.name"}


def test_probes_are_asked_where_the_chart_says(played: dict[str, Pod]) -> None:
    told = {
        component: address_of(pod.rendered["readinessProbe"], pod.rendered, "10.0.0.2")
        for component, pod in played.items()
        if component != "migrate"
    }
    assert told == {
        "api": "http://10.0.0.2:8420/readyz",
        "node-previs": "http://10.0.0.2:8421/readyz",
        "sweeper": "http://10.0.0.2:9420/metrics",
    }
