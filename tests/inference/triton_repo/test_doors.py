"""Stubs call at a socket; one that is stuck is killed, for Triton would go on saying that its model is ready."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from pathlib import Path

import pytest

from inference.triton_repo import doors
from inference.triton_repo.dispatcher import Dispatcher
from inference.triton_repo.doors import Doors

STUB = """
import json, sys, time
sys.path.insert(0, {folder!r})
from door import Door
config = json.dumps({{"parameters": {{"door": {{"string_value": {path!r}}}}}}})
Door({{"model_config": config, "model_name": "previs"}}, print)
time.sleep(60)
"""


async def test_a_stub_that_is_stuck_is_killed_and_one_that_lives_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "PING_EVERY_S", 0.1)
    monkeypatch.setattr(doors, "ANSWER_WITHIN_S", 2.0)
    closed = asyncio.Event()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "door"
        welcome = Doors(Dispatcher((), [], {}, 60), lambda: "{}", closed.set)
        listening = await welcome.serve(path)
        code = STUB.format(folder=str(Path(doors.__file__).parent / "stub"), path=str(path))
        stubs = [await asyncio.create_subprocess_exec(sys.executable, "-c", code) for _ in range(2)]
        try:
            async with asyncio.timeout(30):
                while welcome.count()["previs"] < 2:
                    await asyncio.sleep(0.02)
                stubs[0].send_signal(signal.SIGSTOP)
                await closed.wait()
                assert await stubs[0].wait() == -signal.SIGKILL
                assert welcome.count()["previs"] == 1
                assert stubs[1].returncode is None
                listening.close()
                welcome.kill_stubs()
                assert await stubs[1].wait() == -signal.SIGKILL
        finally:
            for stub in stubs:
                if stub.returncode is None:
                    stub.kill()
