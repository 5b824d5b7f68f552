"""The engine behind a real Triton server: the same clip as from a child process, cancelled, and killed."""

from __future__ import annotations

import queue
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from tritonclient.grpc import InferenceServerClient, InferInput
from tritonclient.utils import InferenceServerException

from frontend.api_client import StudioClient
from inference.pipelines.contract import CastPhoto
from inference.protocol import Artifact, ArtifactKind, Sink
from studio.commands.shot_options import plan_shot
from studio.commands.take_requests import enrol_member
from studio.engines.contract import EngineLost
from studio.engines.triton import TritonRenderEngine
from tests.acceptance.triton_server import Triton, kill, require_triton
from tests.faults.server import Server, is_alive
from tests.inference.pipelines.tiny import noise_photo, request_of

ENDS = ("SUCCEEDED", "FAILED", "QUARANTINED", "CANCELLED")


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    require_triton()
    server = Triton(tmp_path_factory.mktemp("triton") / "data", "--serves", "previs")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def studio(triton: Triton, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A studio whose engine is the Triton server."""
    server = Server(tmp_path_factory.mktemp("studio") / "data", DRAMATIS_TRITON_URL=triton.url)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def character_id(studio: Server) -> str:
    return enrol(studio)


def enrol(server: Server) -> str:
    shot = plan_shot(
        references=[], characters=[], consent=None, prompt=None, model="previs", seconds=None, size=None, seed=0
    )
    with StudioClient(server.url, server.api_key) as client:
        return enrol_member(client, shot.cast[0])


def submit(server: Server, character_id: str, **changes: object) -> str:
    body = {
        "prompt": "The person nods, then smiles", "characters": [{"character_id": character_id}], "seconds": 1.0,
        "size": "256x256", "seed": 1,
    }  # fmt: skip
    reply = httpx.post(f"{server.url}/v1/takes", json=body | changes, headers=_key(server), timeout=60)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


def wait(server: Server, take_id: str, *states: str, within_s: float = 90.0) -> dict[str, Any]:
    until = time.monotonic() + within_s
    while True:
        take: dict[str, Any] = httpx.get(f"{server.url}/v1/takes/{take_id}", headers=_key(server), timeout=30).json()
        if take["state"] in states:
            return take
        assert time.monotonic() < until, take
        time.sleep(0.1)


def _key(server: Server) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.api_key}"}


def test_a_take_is_the_same_as_from_a_child_process(studio: Server, character_id: str, previs: Server) -> None:
    take = wait(studio, submit(studio, character_id), *ENDS)
    assert take["state"] == "SUCCEEDED", take
    assert take["identity"][0]["verdict"] == "pass"
    assert not studio.engines(), "no engine process of its own"
    other = wait(previs, submit(previs, enrol(previs)), *ENDS)
    assert take["receipt"]["media_sha256"] == other["receipt"]["media_sha256"], "how it is served changes no bit"


def test_a_cancel_reaches_the_engine(studio: Server, character_id: str, triton: Triton) -> None:
    long = submit(studio, character_id, seconds=10.0, size="1280x720")
    wait(studio, long, "RENDERING", "SCORING", within_s=30)
    engine = triton.engine()
    httpx.post(f"{studio.url}/v1/takes/{long}/cancel", headers=_key(studio), timeout=30)
    assert wait(studio, long, "CANCELLED", "SUCCEEDED", within_s=15)["state"] == "CANCELLED"
    after = wait(studio, submit(studio, character_id), *ENDS)
    assert after["state"] == "SUCCEEDED"
    assert triton.engine() == engine, "a cancel costs no process its life"


async def test_a_server_that_falls_silent_is_given_up(studio: Server, character_id: str, triton: Triton) -> None:
    """Triton itself goes on saying READY while the process behind it is stuck."""

    async def no_sinks(_: tuple[Artifact, ...]) -> dict[ArtifactKind, Sink]:
        raise AssertionError("nothing was rendered")

    stuck = triton.engine()
    engine = TritonRenderEngine([triton.url], patience_s=1.0)
    engine.start()
    asked = request_of((CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),), model="previs")
    kill(stuck, signal.SIGSTOP)
    try:
        with pytest.raises(EngineLost, match="was silent for 1 s"):
            async for _ in engine.render("silent", asked, no_sinks):
                pass
        assert triton.is_ready()
    finally:
        kill(stuck, signal.SIGCONT)
        await engine.close()
    take = wait(studio, submit(studio, character_id), *ENDS)
    assert take["state"] == "SUCCEEDED", take


def begin_long(studio: Server, character_id: str) -> str:
    """A take that renders for a while, and has begun."""
    take_id = submit(studio, character_id, seconds=4.0, size="640x360")
    wait(studio, take_id, "RENDERING", within_s=30)
    while httpx.get(f"{studio.url}/v1/takes/{take_id}", headers=_key(studio)).json()["progress"] == 0:
        time.sleep(0.05)
    return take_id


def test_a_killed_engine_is_replaced_and_the_take_tried_again(
    studio: Server, character_id: str, triton: Triton
) -> None:
    take_id, killed = begin_long(studio, character_id), triton.engine()
    kill(killed)
    take = wait(studio, take_id, *ENDS)
    assert take["state"] == "SUCCEEDED", take
    assert triton.engine() != killed


def test_a_dead_stub_is_noticed_and_its_model_loaded_anew(studio: Server, character_id: str, triton: Triton) -> None:
    """Triton says that the model is ready all the while; the engine, and its weights, are none the worse for it."""
    take_id, engine = begin_long(studio, character_id), triton.engine()
    (killed,) = triton.stubs("previs")
    kill(killed)
    take = wait(studio, take_id, *ENDS)
    assert take["state"] == "SUCCEEDED", take
    triton.until_served()
    (again,) = triton.stubs("previs")
    assert again != killed
    kill(again)  # whose model's files Triton has loaded before as they are
    until = time.monotonic() + 30
    while triton.stubs("previs") in ([], [again]):
        assert time.monotonic() < until, triton.log[-2000:]
        time.sleep(0.1)
    triton.until_served()
    assert triton.engine() == engine


def test_a_server_that_crashes_is_started_again_before_the_engines_that_it_left(
    studio: Server, character_id: str, triton: Triton
) -> None:
    take_id, engine, killed = begin_long(studio, character_id), triton.engine(), triton.server()
    stubs = triton.stubs("previs")
    kill(killed)
    take = wait(studio, take_id, *ENDS)
    assert take["state"] == "SUCCEEDED", take
    triton.until_served()
    assert triton.server() != killed
    assert triton.engine() == engine
    assert not any(map(is_alive, stubs)), "stubs that a crash leaves are ended"


def test_nobody_but_the_supervisor_controls_models_or_shares_memory(triton: Triton) -> None:
    client = InferenceServerClient(triton.url)
    forbidden: list[Callable[[], object]] = [
        lambda: client.load_model("previs"),
        lambda: client.unload_model("previs"),
        client.get_model_repository_index,
        lambda: client.register_system_shared_memory("mine", "/mine", 64),
        client.get_system_shared_memory_status,
        client.get_log_settings,
        client.get_trace_settings,
    ]
    for ask in forbidden:
        with pytest.raises(InferenceServerException, match="restricted"):
            ask()
    paths = ("v2/repository/models/previs/unload", "v2/repository/index", "v2/systemsharedmemory/region/mine/register")
    for path in paths:
        refused = httpx.post(f"{triton.http_url}/{path}", json={}, headers={"dramatis-admin": "guessed"})
        assert "restricted" in refused.text
    assert triton.is_ready()


def test_what_is_no_command_is_refused_and_harms_nobody(triton: Triton) -> None:
    client = InferenceServerClient(triton.url)
    heard: queue.Queue[Any] = queue.Queue()
    client.start_stream(lambda result, error: heard.put((result, error)))
    for words in (b"{", b"[]", b'{"kind": "render", "id": {}, "request": {"model": "previs"}}', b'{"kind": "shutdown"}',
                  b'{"kind": "inspect", "id": "x", "photos": []}', b'{"kind": "read_prompt", "id": "x"}',
                  b'{"kind": "render", "id": "x", "request": {"model": "wan-vace-14b"}}'):  # fmt: skip
        command = InferInput("command", [1], "BYTES")
        command.set_data_from_numpy(np.array([words], dtype=np.object_))
        client.async_stream_infer("previs", [command])
        _, error = heard.get(timeout=10)
        assert error is not None, words
    client.stop_stream()
    assert triton.status().models == ("previs",)


def test_a_server_that_is_gone_is_said_and_waited_for(studio: Server, character_id: str, triton: Triton) -> None:
    triton.stop()
    until = time.monotonic() + 20
    while "no Triton server answers" not in (words := httpx.get(f"{studio.url}/readyz").text):
        assert time.monotonic() < until, words
        time.sleep(0.2)
    triton.start()
    take = wait(studio, submit(studio, character_id), *ENDS)
    assert take["state"] == "SUCCEEDED"
