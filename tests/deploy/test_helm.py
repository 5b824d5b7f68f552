"""The chart under the real Helm: valid for Kubernetes to the letter, closed to tenants, and strict about its values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from studio.config import Settings
from tests.deploy.chart import (
    CHART,
    VALUES,
    Manifest,
    containers_of,
    helm,
    need_helm,
    of_kind,
    pods_of,
    render,
    variables_of,
)

KUBERNETES = "1.37"
FOREIGN = {"ScaledObject", "PodMonitor", "PrometheusRule"}  # of KEDA and the Prometheus Operator: foreign.py
SMALL, EVERY_CARD = (next(one for one in VALUES if one.stem == stem) for stem in ("small", "every_card"))
every_values = pytest.mark.parametrize("values", VALUES, ids=lambda values: values.stem)


@every_values
def test_it_passes_helms_own_lint(values: Path) -> None:
    need_helm()
    done = helm("lint", "--strict", str(CHART), "--values", str(values))
    assert done.returncode == 0, done.stdout + done.stderr


@every_values
def test_every_manifest_is_valid_to_the_letter(values: Path) -> None:
    for manifest in render(values):
        if manifest["kind"] not in FOREIGN:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_the_validation_finds_a_misspelt_field() -> None:
    manifest = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"port": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


@every_values
def test_pods_may_do_nothing_that_they_need_not(values: Path) -> None:
    for name, template in pods_of(values):
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] > 0, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not spec.keys() & {"hostNetwork", "hostPID", "hostIPC"}, name
        for container in containers_of(template):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert container["resources"]["requests"], name
            assert container["resources"]["limits"]["memory"], name


@every_values
def test_secrets_are_named_and_never_written(values: Path) -> None:
    for name, template in pods_of(values):
        for container in containers_of(template):
            for variable, value in variables_of(container).items():
                if re.search(r"DATABASE|_KEY$|SECRET|TOKEN|PASSWORD", variable):
                    assert set(value) == {"secretKeyRef"}, f"{name}: {variable}"
    assert not of_kind(values, "Secret", "ConfigMap")


@every_values
def test_only_migrations_know_the_owner_of_the_tables_and_run_before_all_else(values: Path) -> None:
    owners = {
        name
        for name, template in pods_of(values)
        for container in containers_of(template)
        if "DRAMATIS_DATABASE_OWNER_URL" in variables_of(container)
    }
    assert owners == {"films-migrate"}
    (job,) = of_kind(values, "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert "restartPolicy" in job["spec"]["template"]["spec"]


@every_values
def test_variables_are_settings_that_exist(values: Path) -> None:
    known = {f"DRAMATIS_{name.upper()}" for name in Settings.model_fields}
    told = {
        variable
        for _, template in pods_of(values)
        for container in containers_of(template)
        for variable in variables_of(container)
        if variable.startswith("DRAMATIS_")
    }
    assert told
    assert told <= known


@every_values
def test_pods_are_asked_how_they_are_and_given_time_to_end(values: Path) -> None:
    chosen = yaml.safe_load((CHART / "values.yaml").read_text()) | yaml.safe_load(values.read_text())
    drains = {f"films-node-{node['name']}": node["drainSeconds"] for node in chosen["nodes"]}
    for name, template in pods_of(values):
        if name == "films-migrate":
            continue
        (container,) = template["spec"]["containers"]
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys(), name
        assert template["spec"]["terminationGracePeriodSeconds"] > drains.get(name, 15), name
        if name in drains:
            assert variables_of(container)["DRAMATIS_NODE_DRAIN_S"] == str(drains[name])


@every_values
def test_selectors_find_the_pods_that_they_are_meant_for(values: Path) -> None:
    labels = {name: template["metadata"]["labels"] for name, template in pods_of(values)}

    def found(selector: dict[str, str]) -> set[str]:
        return {name for name, of_pod in labels.items() if selector.items() <= of_pod.items()}

    for one in of_kind(values, "Deployment", "StatefulSet", "PodDisruptionBudget"):
        assert found(one["spec"]["selector"]["matchLabels"]) == {one["metadata"]["name"]}
    for one in of_kind(values, "Service"):
        assert found(one["spec"]["selector"]) == {one["metadata"]["name"]}


def policies(values: Path) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one["spec"] for one in of_kind(values, "NetworkPolicy")}


@pytest.mark.parametrize("values", [SMALL, EVERY_CARD], ids=["small", "every_card"])
def test_tenants_reach_the_api_alone(values: Path) -> None:
    found = policies(values)
    assert "Ingress" in found["films-nobody"]["policyTypes"]
    assert "ingress" not in found["films-nobody"]
    (requests,) = found["films-requests"]["ingress"]
    assert found["films-requests"]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "api"
    assert [port["port"] for port in requests["ports"]] == ["http"]
    (metrics,) = found["films-metrics"]["ingress"]
    assert metrics["from"][0]["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}
    assert [port["port"] for port in metrics["ports"]] == ["metrics"]
    ports = {port["targetPort"] for one in of_kind(values, "Service") for port in one["spec"]["ports"]}
    assert ports <= {"http", "metrics"}


def test_the_database_is_for_this_releases_pods() -> None:
    (allowed,) = policies(EVERY_CARD)["films-database"]["ingress"]
    assert allowed["from"] == [
        {"podSelector": {"matchLabels": {"app.kubernetes.io/instance": "films", "app.kubernetes.io/name": "dramatis"}}}
    ]


def nodes() -> list[tuple[dict[str, Any], Manifest]]:
    """Each entry of the values with every card, and its pod."""
    asked = {node["name"]: node for node in yaml.safe_load(EVERY_CARD.read_text())["nodes"]}
    return [(asked[name.removeprefix("films-node-")], pod) for name, pod in pods_of(EVERY_CARD) if "-node-" in name]


def test_a_node_gets_its_cards_and_nobody_else_does() -> None:
    cards = yaml.safe_load((CHART / "values.yaml").read_text())["cards"]
    assert {node["card"] for node, _ in nodes()} == set(cards)
    for node, template in nodes():
        card = cards[node["card"]]
        held = {
            container["name"]: int(container["resources"]["limits"].get(card.get("resource"), 0))
            for container in containers_of(template)
        }
        renders = "triton" if node.get("triton") else "node"
        wanted = node.get("devices", 1) if card else 0
        assert {name: count for name, count in held.items() if count} == ({renders: wanted} if wanted else {})
        assert template["spec"].get("nodeSelector") == card.get("nodeSelector")
        assert template["spec"].get("runtimeClassName") == card.get("runtimeClassName")
        variables = variables_of(template["spec"]["containers"][0])
        assert variables.get("DRAMATIS_ENGINE_DEVICE") == card.get("device")


def test_a_node_serves_what_it_was_asked_to_for_its_pool() -> None:
    for node, template in nodes():
        words = template["spec"]["containers"][0]["args"]
        served = [words[at + 1] for at, word in enumerate(words) if word == "--serves"]
        assert served == node["serves"]
        assert words[words.index("--pool") + 1] == node["pool"]
        assert words[words.index("--name") + 1] == "$(POD_NAME)"


def test_triton_listens_on_loopback_beside_its_node() -> None:
    with_triton = [template for node, template in nodes() if node.get("triton")]
    assert with_triton
    for template in with_triton:
        triton = next(one for one in containers_of(template) if one["name"] == "triton")
        assert triton["args"][triton["args"].index("--host") + 1] == "127.0.0.1"
        assert "ports" not in triton
        assert variables_of(template["spec"]["containers"][0])["DRAMATIS_TRITON_URL"] == "127.0.0.1:8001"


REFUSED = [
    ("publicUrl=http://films.example.com", "publicUrl"),
    ("store.endpoint=", "endpoint"),
    ("image.studio.repository=", "repository"),
    ("replicas=3", "replicas"),
    ("api.replica=3", "replica"),
    ("nodes[0].card=h900", "h900"),
    ("nodes[0].ranks=3x1", "ranks"),
    ("nodes[0].serves=null", "serves"),
    ("nodes[0].models.pull[0]=wan2.1-vace-14b", "models"),
    ("nodes[0].replicas.min=9", "replicas.min"),
    ("nodes[0].pool=Big_Films", "pool"),
    ("metrics.port=80", "port"),
    ("secrets.database.password=hunter2", "password"),
]


@pytest.mark.parametrize(("said", "named"), REFUSED, ids=[said for said, _ in REFUSED])
def test_values_that_make_no_sense_are_refused_by_name(said: str, named: str) -> None:
    need_helm()
    done = helm("template", "films", str(CHART), "--values", str(SMALL), "--set", said)
    assert done.returncode != 0
    assert named in done.stderr


def test_more_ranks_than_devices_are_refused() -> None:
    need_helm()
    node = "nodes[0].card=h100,nodes[0].devices=4,nodes[0].ranks=2x4"
    done = helm("template", "films", str(CHART), "--values", str(SMALL), "--set", node)
    assert done.returncode != 0
    assert "4 devices" in done.stderr
