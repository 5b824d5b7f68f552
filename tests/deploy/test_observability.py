"""Rules and dashboards: whole, tried by promtool, about metrics that exist, each alert with a page that helps."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

import studio.app
from tests.conftest import skip_or_fail

ROOT = Path(__file__).parents[2]
OBSERVABILITY = ROOT / "deploy" / "observability"
DASHBOARDS = sorted((OBSERVABILITY / "dashboards").glob("*.json"))
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}


def promtool(*words: str, program: str = "promtool") -> None:
    if shutil.which(program) is None:
        skip_or_fail(f"there is no {program}: apt-get install prometheus prometheus-alertmanager")
    done = subprocess.run([program, *words], cwd=OBSERVABILITY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def existing_metrics() -> set[str]:
    """Everything that a process of ours may tell, and what Prometheus adds itself."""
    assert studio.app  # which loads all that measures
    told = [(family.name, SUFFIXES.get(family.type, ())) for family in REGISTRY.collect()]
    return {name + suffix for name, suffixes in told for suffix in suffixes} | {"up"}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((OBSERVABILITY / "rules.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def metrics_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(?:dramatis_\w+|process_\w+|up)\b", expression))


def expressions_of(board: Path) -> Iterator[str]:
    for panel in json.loads(board.read_text())["panels"]:
        yield from (target["expr"] for target in panel.get("targets", []))


def test_the_rules_fire_when_they_should_and_only_then() -> None:
    promtool("check", "rules", "rules.yaml")
    promtool("test", "rules", "rules.test.yaml")


def test_every_alert_is_tried() -> None:
    tried = yaml.safe_load((OBSERVABILITY / "rules.test.yaml").read_text())["tests"]
    fired = {one["alertname"] for test in tried for one in test["alert_rule_test"] if one.get("exp_alerts")}
    alerts = {rule["alert"] for rule in rules()}
    assert alerts - fired == {"DramatisCertificateExpiresSoon"}  # the same expression with another number
    assert fired <= alerts


def test_the_configurations_are_sound() -> None:
    promtool("check", "config", "prometheus.yaml")
    promtool("check-config", "alertmanager.yaml", program="amtool")


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_is_about_what_exists_and_says_what_to_do(rule: dict[str, Any]) -> None:
    named = metrics_in(rule["expr"])
    assert named
    assert named <= existing_metrics()
    assert rule["labels"]["severity"] in ("page", "ticket")
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), re.MULTILINE)
    assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


def test_the_dashboards_are_what_the_code_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "scripts" / "dashboards", tmp_path], check=True)
    assert [board.name for board in DASHBOARDS] == sorted(made.name for made in tmp_path.iterdir())
    for board in DASHBOARDS:
        assert board.read_text() == (tmp_path / board.name).read_text(), f"run scripts/dashboards: {board.name}"


@pytest.mark.parametrize("board", DASHBOARDS, ids=lambda board: board.stem)
def test_a_dashboard_shows_metrics_that_exist(board: Path) -> None:
    expressions = list(expressions_of(board))
    assert expressions
    for expression in expressions:
        named = metrics_in(expression)
        assert named, expression
        assert named <= existing_metrics(), expression


def test_promtool_reads_every_expression_of_the_dashboards(tmp_path: Path) -> None:
    """As rules, which is how promtool parses expressions."""
    made = [
        {"record": f"dashboard:{number}", "expr": re.sub(r"\$__\w+", "5m", expression)}
        for number, expression in enumerate(one for board in DASHBOARDS for one in expressions_of(board))
    ]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "dashboards", "rules": made}]}))
    promtool("check", "rules", str(tmp_path / "rules.yaml"))


def test_panels_have_names_of_their_own_and_ids_of_their_own() -> None:
    for board in DASHBOARDS:
        panels = json.loads(board.read_text())["panels"]
        assert len({panel["id"] for panel in panels}) == len(panels)
        assert len({panel["title"] for panel in panels}) == len(panels)
