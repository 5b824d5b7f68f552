"""Hostile requests made from the OpenAPI document: a short campaign of what `scripts/bench fuzz` does at length."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.server import Server
from tests.fleet.proxied import ProxiedFleet
from tests.fuzz.campaign import Findings, run_campaign
from tests.fuzz.requests import Attempt, Maker, operations_of
from tests.fuzz.rows import Rows
from tests.fuzz.targets import target_in, target_of
from tests.fuzz.things import Organisation
from tests.fuzz.verdicts import Verdicts
from tests.fuzz.wire import Reply, Request

SEED, REQUESTS, OF_A_REPLICA = 12, 1000, 300
OWNER, STRANGER = (Organisation(f"org_{name}", f"drm_{name}", "drm_narrow", "a=b") for name in ("ada", "mallory"))


@pytest.fixture(scope="module")
def document(live: Server) -> dict[str, Any]:
    told: dict[str, Any] = httpx.get(f"{live.url}/openapi.json", timeout=60).json()
    return told


def test_nothing_that_the_document_allows_or_forbids_breaks_the_studio(
    live: Server | ProxiedFleet, tmp_path: Path
) -> None:
    by_fleet = isinstance(live, ProxiedFleet)
    target, requests = (target_in(live), OF_A_REPLICA) if by_fleet else (target_of(live), REQUESTS)
    found = run_campaign(target, tmp_path, seed=SEED, requests=requests)
    assert found.requests == requests
    assert not found.faults, f"\n{found}"
    assert found.statuses[200] > requests / 10, "many requests are understood, so that what is behind is met too"
    assert found.statuses[422] > requests / 10


@pytest.mark.one_process
def test_a_seed_makes_the_same_requests_again(document: dict[str, Any]) -> None:
    one, two, other = (Maker(document, "http://a", seed, OWNER, STRANGER) for seed in (1, 1, 2))
    first = [one.make().request for _ in range(200)]
    assert first == [two.make().request for _ in range(200)]
    assert first != [other.make().request for _ in range(200)]
    assert {each.method for each in first} == {"GET", "POST", "PUT", "PATCH", "DELETE"}


REFUSAL = {"type": "a", "title": "a", "status": 404, "code": "not_found", "detail": "a"}
FAULTS: dict[str, tuple[Reply | None, str]] = {
    "nothing": (None, "without a reply"),
    "a failure": (Reply(500, {}, b"{}"), "status 500"),
    "half a stream": (Reply(200, {}, b"", broken=True), "breaks off"),
    "a stack": (Reply(404, {}, b'Traceback (most recent call last)\n  File "/srv/studio/app.py"'), "the inside"),
    "the store": (Reply(404, {}, b"no key orgs/org_1/photo.png"), "the object store"),
    "another status": (Reply(418, {"content-type": "application/json"}, b"{}"), "418 is not documented"),
    "another type": (Reply(404, {"content-type": "text/html"}, b"<p>"), "'text/html' is not documented"),
    "another shape": (Reply(200, {"content-type": "application/json"}, b'{"id": 7}'), "does not allow it"),
    "no JSON": (Reply(200, {"content-type": "application/json"}, b'{"seconds": NaN}'), "NaN is no JSON"),
}


@pytest.mark.one_process
@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_is_seen(document: dict[str, Any], case: str) -> None:
    reply, words = FAULTS[case]
    operation = next(one for one in operations_of(document) if (one.method, one.path) == ("GET", "/v1/takes/{take_id}"))
    attempt = Attempt(operation, "owner", Request("GET", "/v1/takes/take_1", ()), routed=True, whole=True)
    verdicts = Verdicts(document, ("orgs/org_",))
    assert words in (verdicts.fault_of(attempt, reply) or "")
    fine = Reply(404, {"content-type": "application/problem+json"}, json.dumps(REFUSAL).encode())
    assert verdicts.fault_of(attempt, fine) is None


@pytest.mark.one_process
def test_a_change_of_a_tenant_s_rows_is_seen(live: Server) -> None:
    headers = {"Authorization": f"Bearer {live.api_key}"}
    org_id = httpx.get(f"{live.url}/v1/organisation", headers=headers).json()["id"]
    rows = Rows(target_of(live).database_url)
    stamp, before = rows.stamp(), rows.digest([org_id])
    httpx.post(f"{live.url}/v1/projects", headers=headers, json={"name": "A film"}).raise_for_status()
    after = rows.digest([org_id])
    assert rows.stamp() != stamp
    assert {name for name in after if after[name] != before[name]} >= {"projects"}
    assert rows.digest(["org_of_nobody"]) == rows.digest(["org_of_nobody_else"])
    rows.close()


def test_a_finding_is_told_once_with_a_command_that_shows_it(tmp_path: Path) -> None:
    request = Request("POST", "/v1/takes?a=%00", (("X-Odd", "it's \xff"),), b"\0" * 5000)
    command = request.as_curl("http://127.0.0.1:1", tmp_path)
    assert "-H $'X-Odd: it\\x27s \\xff'" in command
    (body,) = tmp_path.iterdir()
    assert body.read_bytes() == request.body
    assert f"--data-binary @{body}" in command
    assert "http://127.0.0.1:1/v1/takes?a=%00" in command
    found = Findings(faults={"GET /a: status 500": command})
    assert str(found).splitlines()[0] == "GET /a: status 500"
