"""Two replicas behind a real proxy: both serve, one may die, and neither holds anything back."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from frontend.api_client.events import parse_events
from tests.fleet.proxied import ProxiedFleet
from tests.round_robin import SERVED_BY


@pytest.fixture(scope="module")
def http(fleet: ProxiedFleet) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=fleet.url, headers=key_of(fleet), timeout=60) as opened:
        yield opened


def key_of(fleet: ProxiedFleet) -> dict[str, str]:
    return {"Authorization": f"Bearer {fleet.api_key}"}


def served_by(replies: list[httpx.Response]) -> Counter[str]:
    return Counter(f"http://{reply.headers[SERVED_BY]}" for reply in replies)


def test_both_replicas_serve_and_say_the_same(fleet: ProxiedFleet, http: httpx.Client) -> None:
    replies = [http.get("/v1/models") for _ in range(20)]
    assert served_by(replies) == dict.fromkeys(fleet.replicas, 10)
    assert len({reply.content for reply in replies}) == 1
    assert [model["id"] for model in replies[0].json()["data"]] == ["previs"]


def test_an_event_is_heard_of_at_either_replica_through_the_proxy(fleet: ProxiedFleet, http: httpx.Client) -> None:
    """Streams opened through the proxy go to one replica each; what is published goes by the one or the other."""
    heard: dict[str, list[int]] = {}
    ready = threading.Barrier(3)

    def listen() -> None:
        with (
            httpx.Client(base_url=fleet.url, headers=key_of(fleet), timeout=60) as own,
            own.stream("GET", "/v1/events", params={"from": "now"}) as stream,
        ):
            told = heard[stream.headers[SERVED_BY]] = []
            for event in parse_events(stream.iter_lines()):
                if event.type == "hello":
                    ready.wait(60)
                elif event.type == "board.changed":
                    told.append(int(event.id))
                if len(told) == 4:
                    return

    listeners = [threading.Thread(target=listen, daemon=True) for _ in range(2)]
    for listener in listeners:
        listener.start()
    ready.wait(60)
    film = http.post("/v1/projects", json={"name": "A film"}).json()["id"]
    edits = [http.post(f"/v1/projects/{film}/scenes", json={"heading": f"INT. ROOM {number}"}) for number in range(4)]
    assert {edit.status_code for edit in edits} == {201}
    for listener in listeners:
        listener.join(60)
        assert not listener.is_alive()
    assert {f"http://{each}" for each in heard} == set(fleet.replicas)
    first, second = heard.values()
    assert first == second == sorted(first)


def test_a_key_that_one_replica_revokes_the_other_refuses_a_second_later(
    fleet: ProxiedFleet, http: httpx.Client
) -> None:
    made = http.post("/v1/api-keys", json={"name": "app"}).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    one, other = fleet.replicas
    assert {httpx.get(f"{each}/v1/takes", headers=headers).status_code for each in (one, other)} == {200}
    assert httpx.delete(f"{one}/v1/api-keys/{made['id']}", headers=key_of(fleet)).status_code == 200
    assert httpx.get(f"{one}/v1/takes", headers=headers).status_code == 401
    time.sleep(1)
    assert httpx.get(f"{other}/v1/takes", headers=headers).status_code == 401


def test_requests_a_minute_are_those_of_both(fleet: ProxiedFleet, http: httpx.Client) -> None:
    person = {"email": "limits@example.com", "password": "a long sentence", "name": "L", "organisation": "L"}
    with httpx.Client(base_url=fleet.url, headers={"Origin": fleet.url}, timeout=60) as browser:
        assert browser.post("/v1/people", json=person).status_code == 201
        key = browser.post("/v1/api-keys", json={"name": "app"}).json()["key"]
    headers = {"Authorization": f"Bearer {key}"}
    one, other = fleet.replicas
    with (
        httpx.Client(base_url=one, headers=headers, timeout=60) as spender,
        httpx.Client(base_url=other, headers=headers, timeout=60) as teller,
    ):
        until = time.monotonic() + 60
        left = "600"
        while int(left) > 500:  # what it is asked itself, and a fill of ten a second, leave more
            assert time.monotonic() < until, f"{left} are left, as if nobody else had asked"
            assert {spender.get("/v1/organisation").status_code for _ in range(20)} == {200}
            left = teller.get("/v1/organisation").headers["x-ratelimit-remaining-requests"]


def test_a_replica_that_is_killed_is_missed_by_nobody(fleet: ProxiedFleet, http: httpx.Client) -> None:
    """Reads and writes through the proxy while one is dead, and after it is back."""
    gone, *_ = fleet.replicas
    replica = fleet.replicas[gone]
    replica.kill()
    replies = [http.get("/v1/takes") for _ in range(40)]
    replies += [http.post("/v1/projects", json={"name": f"{number}"}) for number in range(10)]
    assert {reply.status_code for reply in replies} <= {200, 201}
    assert gone not in served_by(replies)
    port = int(gone.rpartition(":")[2])
    replica.told = {"port": port}
    replica.start()
    replica.await_ready()
    until = time.monotonic() + 60
    while not served_by([http.get("/v1/takes")])[gone]:
        assert time.monotonic() < until, "it was never asked again"
        time.sleep(0.1)
