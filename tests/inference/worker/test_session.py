"""The process itself: greeting, mismatch, nonsense, the parent's death, prints, and what is loaded."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inference.protocol import (
    PROTOCOL_VERSION,
    Appraise,
    Appraised,
    Enrol,
    Enrolled,
    Failed,
    Hello,
    Inspect,
    Inspected,
    Shutdown,
    Source,
)
from tests import photos
from tests.inference.worker_client import PANNING, PRODUCT, Worker, request_of, save_photo, start_worker

IDENTITY_BEFORE_S = 10.0

START_A_WORKER_AND_WAIT = """
import sys, time
from pathlib import Path
from tests.inference.worker_client import start_worker
with start_worker(Path(sys.argv[1]), sys.argv[2], identity=True) as worker:
    worker.greet()
    print(worker.process.pid, flush=True)
    time.sleep(60)
"""


def ended(pid: int) -> bool:
    """Whether the process is gone, or only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until_ended(worker: Worker, within_s: float) -> int:
    return worker.process.wait(within_s)


def test_both_sides_greet_and_say_their_version(tmp_path: Path) -> None:
    with start_worker(tmp_path, PRODUCT, identity=True) as worker:
        hello = worker.greet()
        assert (hello.version, hello.role) == (PROTOCOL_VERSION, "identity")


@pytest.mark.parametrize("identity", [True, False])
def test_another_version_is_told_so_before_any_model_is_loaded(tmp_path: Path, identity: bool) -> None:
    with start_worker(tmp_path, PRODUCT, identity=identity) as worker:
        worker.send(Hello(version=PROTOCOL_VERSION + 1, role="product", software="9.9"))
        hello, refusal = worker.receive(), worker.receive()
        assert isinstance(hello, Hello)
        assert isinstance(refusal, Failed)
        assert (refusal.code, refusal.retryable) == ("version_mismatch", False)
        assert worker.receive() is None
        assert wait_until_ended(worker, 2) == 4


def test_who_does_not_greet_is_hung_up_on(tmp_path: Path) -> None:
    with start_worker(tmp_path, PRODUCT, identity=True) as worker:
        worker.send(Shutdown())
        assert wait_until_ended(worker, 5) == 5


def test_shutdown_and_a_closed_connection_end_the_process(tmp_path: Path) -> None:
    with start_worker(tmp_path / "told", PRODUCT, identity=True) as worker:
        worker.greet()
        worker.send(Shutdown())
        assert wait_until_ended(worker, 2) == 0
    with start_worker(tmp_path / "left", PRODUCT, identity=True) as worker:
        worker.greet()
        worker.channel.close()
        assert wait_until_ended(worker, 2) == 0


def test_an_interrupt_from_the_terminal_is_left_to_the_parent(tmp_path: Path) -> None:
    with start_worker(tmp_path, PRODUCT, identity=True) as worker:
        worker.greet()
        worker.process.send_signal(signal.SIGINT)
        worker.send(Inspect(id="still", photos=(save_photo(tmp_path, photos.astronaut(), "astronaut").source,)))
        assert isinstance(worker.receive(), Inspected)


def test_a_connection_closed_while_models_load_ends_the_process(tmp_path: Path) -> None:
    with start_worker(tmp_path, PANNING) as worker:
        time.sleep(0.3)
        worker.channel.close()
        assert wait_until_ended(worker, 2) == 0


def test_the_parents_violent_death_is_the_childs(tmp_path: Path) -> None:
    command = [sys.executable, "-c", START_A_WORKER_AND_WAIT, str(tmp_path), PRODUCT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not ended(child)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    until = time.monotonic() + 2
    while not ended(child):
        assert time.monotonic() < until, "the child outlived its parent"
        time.sleep(0.02)


def test_a_command_that_makes_no_sense_is_answered_and_forgotten(tmp_path: Path) -> None:
    with start_worker(tmp_path, PRODUCT, identity=True) as worker:
        worker.greet()
        photo = save_photo(tmp_path, photos.astronaut(), "astronaut")
        _send_raw(worker, {"kind": "inspect", "id": "q1", "photos": []})
        refusal = worker.receive()
        assert isinstance(refusal, Failed)
        assert (refusal.id, refusal.code) == ("q1", "bad_request")
        worker.send(Inspect(id="q2", photos=(photo.source,)))
        answer = worker.receive()
        assert isinstance(answer, Inspected)
        assert answer.photos[0].refusal is None


def test_the_identity_role_inspects_enrols_and_never_loads_torch(tmp_path: Path) -> None:
    with start_worker(tmp_path, PRODUCT, identity=True) as worker:
        worker.greet()
        names = ("person_a_1", "person_a_2", "impostor_1")
        references = tuple(save_photo(tmp_path, photos.photo(name), name) for name in names)
        began = time.monotonic()
        worker.send(Inspect(id="look", photos=tuple(one.source for one in references)))
        inspected = worker.receive()
        worker.send(Enrol(id="enrol", references=references))
        enrolled = worker.receive()
        assert time.monotonic() - began < IDENTITY_BEFORE_S
        assert isinstance(inspected, Inspected)
        assert [one.refusal for one in inspected.photos] == [None, None, None]
        assert all(face.lips_apart is not None for one in inspected.photos for face in one.faces)
        assert isinstance(enrolled, Enrolled)
        assert enrolled.template is not None
        assert [one.stranger for one in enrolled.photos] == [False, False, True]
        maps = Path(f"/proc/{worker.process.pid}/maps").read_text()
        assert "libonnxruntime" in maps or "onnxruntime" in maps
        assert "torch" not in maps


def test_a_question_that_fails_does_not_spoil_the_next(tmp_path: Path) -> None:
    with start_worker(tmp_path, PRODUCT, identity=True) as worker:
        worker.greet()
        photo = save_photo(tmp_path, photos.astronaut(), "astronaut")
        worker.send(Inspect(id="gone", photos=(Source(url=f"file://{tmp_path}/gone", sha256="0" * 64),)))
        worker.send(Enrol(id="good", references=(photo,)))
        first, second = worker.receive(), worker.receive()
        assert isinstance(first, Failed)
        assert (first.id, first.code) == ("gone", "bad_source")
        assert isinstance(second, Enrolled)


def test_a_role_refuses_the_other_roles_work(tmp_path: Path) -> None:
    with start_worker(tmp_path, PRODUCT, identity=True) as worker:
        worker.greet()
        events = worker.render("r", request_of(save_photo(tmp_path, photos.astronaut(), "astronaut")))
        assert isinstance(events[0], Failed)
        assert events[0].code == "bad_request"


def test_missing_weights_are_reported_in_place_of_a_greeting(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    command = [
        sys.executable, "-m", PRODUCT, "--cache", str(tmp_path / "empty"), "--signer", str(tmp_path / "signer"),
        "--scratch", str(tmp_path / "scratch"), "--identity", "--fd", str(theirs.fileno()),
    ]  # fmt: skip
    with subprocess.Popen(command, pass_fds=(theirs.fileno(),), stderr=subprocess.DEVNULL) as process:
        theirs.close()
        body = ours.makefile("rb").read()
        assert process.wait(5) == 3
    ours.close()
    refusal = json.loads(body[4:])
    assert (refusal["kind"], refusal["code"]) == ("failed", "model_unavailable")
    assert "dramatis models prepare" in refusal["message"]


def test_logs_are_json_lines_and_stdout_stays_empty(tmp_path: Path) -> None:
    with start_worker(tmp_path) as worker:
        worker.greet()
        photo = save_photo(tmp_path, photos.astronaut(), "astronaut")
        events = worker.render("noisy", request_of(photo, prompt="print something"))
        assert events[-1].kind == "finished"
        worker.send(Shutdown())
        wait_until_ended(worker, 5)
        assert worker.process.stdout is not None
        assert worker.process.stdout.read() == b""
        finished = [json.loads(line) for line in worker.log.splitlines() if line.startswith("{")][-1]
        assert finished["words"] == "render finished"
        assert finished["stage_s"].keys() >= {"identity", "prepare", "denoise", "decode", "score", "mux", "upload"}
        assert "a library greets the world" in worker.log


def _send_raw(worker: Worker, message: dict[str, object]) -> None:
    body = json.dumps(message).encode()
    os.write(worker.channel.fileno(), len(body).to_bytes(4, "big") + body)


def test_the_identity_role_appraises_a_picture_and_the_render_role_does_not(tmp_path: Path) -> None:
    picture = save_photo(tmp_path, photos.astronaut(), "astronaut").source
    with start_worker(tmp_path, PRODUCT, identity=True) as worker:
        worker.greet()
        worker.send(Appraise(id="look", picture=picture))
        answer = worker.receive()
        assert isinstance(answer, Appraised)
        assert answer.id == "look"
        assert answer.unsafe_score < 0.1
    with start_worker(tmp_path, PANNING) as worker:
        worker.greet()
        worker.send(Appraise(id="look", picture=picture))
        refusal = worker.receive()
        assert isinstance(refusal, Failed)
        assert refusal.code == "bad_request"
