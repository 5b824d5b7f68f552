"""Engine processes: greeted, watched, replaced; the real identity worker, and children that misbehave."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from inference.protocol import PROTOCOL_VERSION, Source
from studio.commands.report import hash_file
from studio.engines.child import LEAST_PRIORITY, NICENESS, ChildSpec
from studio.engines.contract import EngineDoesNotLoad, EngineLost, EngineMismatch
from studio.engines.process import ProcessIdentityEngine
from studio.examples import PORTRAIT, example_path

PHOTO = example_path()
SOURCE = Source(url=PHOTO.as_uri(), sha256=PORTRAIT.sha256)


@dataclass(frozen=True)
class ScriptedChild(ChildSpec):
    """A child that runs a few lines of Python instead of a worker; `say`, `hello(version)` and `hear()` are there."""

    script: str = ""

    def command(self, fd: int) -> list[str]:
        prelude = f"""
            import json, socket, struct, sys, time
            peer = socket.socket(fileno={fd})
            def say(message):
                body = json.dumps(message).encode()
                peer.sendall(struct.pack(">I", len(body)) + body)
            def hear():
                (length,) = struct.unpack(">I", peer.recv(4, socket.MSG_WAITALL))
                return json.loads(peer.recv(length, socket.MSG_WAITALL))
            def hello(version={PROTOCOL_VERSION}):
                say({{"kind": "hello", "version": version, "role": "identity", "software": "elsewhere 9"}})
        """
        return [sys.executable, "-c", textwrap.dedent(prelude) + textwrap.dedent(self.script)]


def spec_in(folder: Path) -> ChildSpec:
    cache = Path.home() / ".cache" / "dramatis" / "models"
    return ChildSpec("identity", cache, folder / "signer", folder / "scratch", (PHOTO.parent,))


def scripted(folder: Path, script: str, greeting_s: float = 20.0) -> ScriptedChild:
    return ScriptedChild("identity", folder, folder, folder / "scratch", greeting_s=greeting_s, script=script)


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[ProcessIdentityEngine]:
    engine = ProcessIdentityEngine(spec_in(tmp_path), "test", patience_s=20)
    engine.start()
    yield engine
    await engine.close()


async def test_a_question_is_answered(engine: ProcessIdentityEngine) -> None:
    inspected = await engine.inspect((SOURCE,))
    assert inspected.photos[0].refusal is None
    assert hash_file(PHOTO) == inspected.photos[0].sha256


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="threads are looked at in /proc")
async def test_an_engine_and_all_its_threads_stand_behind_the_studio(engine: ProcessIdentityEngine) -> None:
    await engine.inspect((SOURCE,))
    behind = min(os.getpriority(os.PRIO_PROCESS, 0) + NICENESS["identity"], LEAST_PRIORITY)
    threads = [int(task.name) for task in Path(f"/proc/{engine.pid}/task").iterdir()]
    assert {os.getpriority(os.PRIO_PROCESS, thread) for thread in threads} == {behind}


async def test_a_killed_engine_is_replaced_and_the_next_question_answered(engine: ProcessIdentityEngine) -> None:
    await engine.inspect((SOURCE,))
    first = engine.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    while engine.pid == first:  # who asks before the death is noticed is told of it instead
        await asyncio.sleep(0.02)
    await engine.inspect((SOURCE,))
    assert engine.pid not in (None, first)


async def test_an_engine_without_work_is_ended_and_the_next_question_answered(tmp_path: Path) -> None:
    engine = ProcessIdentityEngine(spec_in(tmp_path), "test", patience_s=20, rest_after_s=0.3)
    engine.start()
    try:
        before = await engine.inspect((SOURCE,))
        first = engine.pid
        assert first is not None
        deadline = time.monotonic() + 60
        while is_alive(first) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        assert not is_alive(first)
        await asyncio.sleep(0.6)
        assert (engine.pid, engine.why_not_ready) == (None, None), "it stays at rest, and that is well"
        answers = await asyncio.gather(*(engine.inspect((SOURCE,)) for _ in range(3)))
        assert {answer.photos for answer in answers} == {before.photos}
    finally:
        await engine.close()


async def test_a_question_outlasts_the_time_to_rest(tmp_path: Path) -> None:
    answer = '{"kind": "inspected", "id": hear()["id"], "photos": []}'
    script = f"hello(); hear(); told = {answer}; time.sleep(1); say(told); time.sleep(30)"
    engine = ProcessIdentityEngine(scripted(tmp_path, script), "test", patience_s=20, rest_after_s=0.2)
    engine.start()
    try:
        assert (await engine.inspect((SOURCE,))).photos == ()
    finally:
        await engine.close()


async def test_a_stopped_engine_counts_as_lost_and_is_ended(tmp_path: Path) -> None:
    engine = ProcessIdentityEngine(spec_in(tmp_path), "test", patience_s=1.0)
    engine.start()
    try:
        await engine.inspect((SOURCE,))
        stuck = engine.pid
        assert stuck is not None
        os.kill(stuck, signal.SIGSTOP)
        with pytest.raises(EngineLost, match="silent for 1 s"):
            await engine.inspect((SOURCE,))
        assert not is_alive(stuck)
        await engine.inspect((SOURCE,))
    finally:
        await engine.close()


async def test_a_question_to_an_engine_that_keeps_failing_to_load_is_refused_at_once(tmp_path: Path) -> None:
    """Once it loads, the next one is answered."""
    script = f"""
        import os
        if not os.path.exists({str(tmp_path / "mended")!r}):
            say({{"kind": "failed", "id": "", "code": "internal", "message": "no weights", "retryable": False}})
            sys.exit(1)
        hello()
        hear()
        say({{"kind": "inspected", "id": hear()["id"], "photos": []}})
        time.sleep(30)
    """
    engine = ProcessIdentityEngine(scripted(tmp_path, script, greeting_s=120), "test", patience_s=20)
    engine.start()
    try:
        with pytest.raises(EngineDoesNotLoad, match="no weights"):
            await asyncio.wait_for(engine.inspect((SOURCE,)), 60)
        began = time.monotonic()
        with pytest.raises(EngineDoesNotLoad):
            await engine.inspect((SOURCE,))
        assert time.monotonic() - began < 1
        (tmp_path / "mended").touch()
        for _ in range(600):
            if engine.why_not_ready is None:
                break
            await asyncio.sleep(0.1)
        assert (await engine.inspect((SOURCE,))).photos == ()
    finally:
        await engine.close()


async def test_another_protocol_version_is_refused_in_words(tmp_path: Path) -> None:
    engine = ProcessIdentityEngine(scripted(tmp_path, "hello(version=99); time.sleep(30)"), "test", patience_s=5)
    engine.start()
    try:
        with pytest.raises(EngineMismatch, match=r"speaks protocol 99.*start both from one installation"):
            await engine.inspect((SOURCE,))
        assert "protocol 99" in (engine.why_not_ready or "")
    finally:
        await engine.close()


async def test_what_a_library_prints_does_not_disturb_the_conversation(tmp_path: Path) -> None:
    script = """
        hello()
        print("x" * 600_000)
        print('{"kind": "inspected"}', flush=True)
        time.sleep(30)
    """
    engine = ProcessIdentityEngine(scripted(tmp_path, script), "test", patience_s=0.5)
    engine.start()
    try:
        with pytest.raises(EngineLost, match="silent"):
            await engine.inspect((SOURCE,))
    finally:
        await engine.close()


async def test_nonsense_on_the_wire_ends_the_engine(tmp_path: Path) -> None:
    script = 'hello(); peer.recv(4); say({"kind": "surprise"}); time.sleep(30)'
    engine = ProcessIdentityEngine(scripted(tmp_path, script), "test", patience_s=5)
    engine.start()
    try:
        with pytest.raises(EngineLost, match="broke the protocol"):
            await engine.inspect((SOURCE,))
    finally:
        await engine.close()


async def test_secrets_of_the_product_do_not_reach_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAMATIS_S3_SECRET_KEY", "hush")
    told = tmp_path / "told"
    script = f"import os; open({str(told)!r}, 'w').write(' '.join(os.environ)); hello(); time.sleep(30)"
    engine = ProcessIdentityEngine(scripted(tmp_path, script), "test", patience_s=0.2)
    engine.start()
    try:
        with pytest.raises(EngineLost):
            await engine.inspect((SOURCE,))
        assert "DRAMATIS" not in told.read_text()
    finally:
        await engine.close()


def test_an_engine_dies_with_its_parent(tmp_path: Path) -> None:
    script = f"""
        import asyncio
        from pathlib import Path
        from studio.engines.child import LEAST_PRIORITY, NICENESS, ChildSpec
        from studio.engines.process import ProcessIdentityEngine
        from tests.studio.engines.test_process import SOURCE, spec_in
        async def main():
            engine = ProcessIdentityEngine(spec_in(Path({str(tmp_path)!r})), "test", 20)
            engine.start()
            await engine.inspect((SOURCE,))
            print("PID", engine.pid, flush=True)
            await asyncio.sleep(60)
        asyncio.run(main())
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = next(int(line.split()[1]) for line in parent.stdout if line.startswith("PID "))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 3
    while is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(child)


def is_alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
