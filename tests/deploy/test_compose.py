"""What compose.yaml promises of each of its services; `scripts/bench compose` runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from studio.config import Settings
from tests.conftest import skip_or_fail

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
OURS = ("api-1", "api-2", "node", "sweeper", "migrate", "backup")


@pytest.mark.parametrize("name", OURS)
def test_our_processes_are_shut_in_and_find_their_secrets_in_files(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert "no-new-privileges:true" in service["security_opt"]
    known = {f"dramatis_{field}" for field in Settings.model_fields}
    assert set(service["secrets"]) <= known
    told = {key for key in service["environment"] if key.startswith("DRAMATIS_")} - {"DRAMATIS_SECRETS_DIR"}
    assert {key.lower() for key in told} <= known
    assert not [key for key in told if re.search("KEY|SECRET|PASSWORD|DATABASE", key)]


def test_who_is_stopped_is_given_the_time_to_drain() -> None:
    node = SERVICES["node"]
    assert int(node["stop_grace_period"].removesuffix("s")) > int(node["environment"]["DRAMATIS_NODE_DRAIN_S"])
    assert int(SERVICES["api-1"]["stop_grace_period"].removesuffix("s")) > 10  # Docker's own


def test_images_are_pinned_and_what_is_mounted_is_there() -> None:
    for name, service in SERVICES.items():
        tag = re.sub(r"\$\{[^}]*:-([^}]*)\}", r"\1", service["image"]).rpartition(":")[2]
        assert re.match(r"v?\d+\.\d+", tag), f"{name}: {service['image']}"
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or (DEPLOY / source).exists(), f"{name}: {volume}"


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"proxy", "grafana"}
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["grafana"]["ports"])


def test_a_closed_box_pulls_nothing() -> None:
    closed = yaml.safe_load((DEPLOY / "closed.yaml").read_text())["services"]
    assert closed == {name: {"pull_policy": "never"} for name in SERVICES}


def test_the_proxy_passes_events_at_once_and_goes_past_a_dead_replica() -> None:
    program = shutil.which("caddy", path=sysconfig.get_path("scripts"))
    if program is None:
        skip_or_fail("caddy is not installed (it comes with the extra `dev`)")
    command = [program, "adapt", "--config", str(DEPLOY / "compose" / "Caddyfile"), "--adapter", "caddyfile"]
    done = subprocess.run(command, env=os.environ | {"DRAMATIS_HOST": "studio.test"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    servers = json.loads(done.stdout)["apps"]["http"]["servers"].values()
    (studio,) = (server for server in servers if server["listen"] == [":443"])
    handler = find_handler(studio, "reverse_proxy")
    assert [each["dial"] for each in handler["upstreams"]] == ["api-1:8420", "api-2:8420"]
    assert handler["flush_interval"] == -1
    assert handler["load_balancing"]["try_duration"] > 0


def find_handler(part: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    """The first handler of this name, wherever it is nested."""
    if isinstance(part, dict):
        if part.get("handler") == name:
            return part
        part = list(part.values())
    for each in part if isinstance(part, list) else ():
        if found := find_handler(each, name):
            return found
    return {}
