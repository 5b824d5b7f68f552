"""Kill -9 of the server while a film is being cut: the next one cuts it, once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx

from frontend.api_client import StudioClient
from studio.commands.shot_options import plan_shot
from studio.commands.take_requests import enrol_member
from tests.faults.audit import open_store
from tests.faults.server import Server, is_alive

Told = TypeVar("Told")
WITHIN_S = 180.0
TRIES = 20


def test_a_kill_amid_a_cut_leaves_one_film_and_one_file(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", DRAMATIS_ENGINE_MODULE="tests.inference.panning")
    server.start()
    try:
        project = begin_film(server)
        cut_id, child = caught_amid_a_cut(server, project)
        server.kill("api")
        with contextlib.suppress(ProcessLookupError):  # it died with its parent, or finds out when it goes on
            os.kill(child, signal.SIGCONT)
        until(lambda: not is_alive(child))
        server.start()
        done = until(lambda: cut_that_ended(server, cut_id))
        assert (done["state"], done["attempt"]) == ("SUCCEEDED", 2)
        assert ask(server, "POST", f"/v1/projects/{project}/cuts")["id"] == cut_id, "it is made already"
        assert len(files_of(server, cut_id)) == 1
        link = f"{server.url}/v1/cuts/{cut_id}/content"
        film = httpx.get(link, headers=authorization(server), follow_redirects=True, timeout=60).content
        assert hashlib.sha256(film).hexdigest() == done["file"]["sha256"]
        assert not any((tmp_path / "data" / "scratch" / "cuts").iterdir())
    finally:
        server.stop()


def caught_amid_a_cut(server: Server, project: str) -> tuple[str, int]:
    """A cut whose child stands still, and that child; one that was faster is asked for again under another name."""
    for nth in range(TRIES):
        ask(server, "PATCH", f"/v1/projects/{project}", {"name": f"Film {nth}"})
        cut_id = str(ask(server, "POST", f"/v1/projects/{project}/cuts")["id"])
        child = until(lambda: cutting_child(server) or (-1 if cut_that_ended(server, cut_id) else None))  # noqa: B023
        if child != -1 and stands_still(child):
            if not (server.data / "scratch" / "cuts" / cut_id / "film.mp4").exists():
                return cut_id, child
            os.kill(child, signal.SIGCONT)
        until(lambda: cut_that_ended(server, cut_id))  # noqa: B023
    raise AssertionError(f"no cut was caught in {TRIES} tries")


def cutting_child(server: Server) -> int | None:
    for pid in server.children():
        with contextlib.suppress(OSError):
            if b"inference.media.cut_process" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                return pid
    return None


def stands_still(pid: int) -> bool:
    """Stop the process; False when it has ended."""
    try:
        os.kill(pid, signal.SIGSTOP)
        return until(lambda: state_of(pid) if state_of(pid) in "TZ" else None) == "T"
    except (ProcessLookupError, FileNotFoundError):
        return False


def state_of(pid: int) -> str:
    """T: stopped, Z: ended. Raises FileNotFoundError when it has been reaped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def begin_film(server: Server) -> str:
    """A film of one shot, which has a take."""
    shot = plan_shot(
        references=[], characters=[], consent=None, prompt=None, model="previs", seconds=None, size=None, seed=0
    )
    with StudioClient(server.url, server.api_key) as client:
        character = enrol_member(client, shot.cast[0])
    project = str(ask(server, "POST", "/v1/projects", {"name": "The Letter"})["id"])
    scene = ask(server, "POST", f"/v1/projects/{project}/scenes", {"heading": "INT. KITCHEN - DAY"})["id"]
    small = {"characters": [{"character_id": character}], "size": "256x256", "seconds": 0.5}
    shot_id = ask(server, "POST", f"/v1/scenes/{scene}/shots", {"prompt": "She nods", **small})["id"]
    (take,) = ask(server, "POST", f"/v1/shots/{shot_id}/takes", {"count": 1})["data"]
    until(lambda: ask(server, "GET", f"/v1/takes/{take['id']}")["state"] == "SUCCEEDED")
    return project


def cut_that_ended(server: Server, cut_id: str) -> dict[str, Any] | None:
    cut = ask(server, "GET", f"/v1/cuts/{cut_id}")
    return None if cut["state"] in ("QUEUED", "RENDERING") else cut


def files_of(server: Server, cut_id: str) -> list[str]:
    """Everything that the store holds of a cut."""
    listed = open_store(server.data).list_objects("dramatis", prefix="orgs/", recursive=True)
    return [str(each.object_name) for each in listed if f"/cuts/{cut_id}/" in str(each.object_name)]


def ask(server: Server, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 (JSON)
    reply = httpx.request(method, server.url + path, json=body, headers=authorization(server), timeout=60)
    assert reply.is_success, reply.text
    return reply.json()


def authorization(server: Server) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.api_key}"}


def until(look: Callable[[], Told | None]) -> Told:
    """What `look` tells, once that is something."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if told := look():
            return told
        time.sleep(0.01)
    raise AssertionError("it never came")
