"""The embedded store: keeps its secrets and its objects, and never outlives its studio for long."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from storage.objects import Objects
from storage.seaweed import SeaweedServer

STARTER = """
import asyncio, os, sys
from pathlib import Path
from storage.seaweed import SeaweedServer
async def main():
    server = await SeaweedServer.start(Path(sys.argv[1]))
    print(server.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_objects_survive_kill_9_and_secrets_are_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "objects"
    server = await SeaweedServer.start(folder)
    objects = Objects(server.address)
    await objects.ensure_bucket()
    await objects.put("kept", b"kept", content_type="text/plain")
    assert (folder / "s3.json").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    os.kill(server.pid, signal.SIGKILL)
    assert await server.wait() == -signal.SIGKILL
    again = await SeaweedServer.start(folder)
    assert again.address == server.address
    assert await objects.get("kept", most_bytes=10) == b"kept"
    await objects.close()
    await again.stop()
    assert not again.alive()


async def test_only_the_s3_door_is_open(seaweed: SeaweedServer, objects: Objects) -> None:
    await objects.put("doors/secret", b"secret", content_type="text/plain")
    ports = json.loads((seaweed.folder / "ports.json").read_text())
    async with httpx.AsyncClient() as http:
        for path in ("/", "/buckets/dramatis/doors/secret"):
            assert (await http.get(f"http://127.0.0.1:{ports['filer']}{path}")).status_code in (401, 403)
        written = await http.put(f"http://127.0.0.1:{ports['filer']}/buckets/dramatis/doors/forged", content=b"x")
        assert written.status_code == 401
        assert (await http.get(f"http://127.0.0.1:{ports['s3']}/dramatis/doors/secret")).status_code == 403
    assert (seaweed.folder / ".seaweedfs" / "security.toml").stat().st_mode & 0o777 == 0o600


async def test_it_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert starter.stdout is not None
    pid = int(await asyncio.to_thread(starter.stdout.readline))
    starter.kill()
    starter.wait()
    for _ in range(100):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the object store outlived its studio")


async def test_a_leftover_is_ended_and_a_stranger_with_its_pid_is_not(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    (tmp_path / "weed.pid").write_text(str(stranger.pid))
    first = await SeaweedServer.start(tmp_path)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
    second = await SeaweedServer.start(tmp_path)  # as after a crash that left the first one running
    assert await asyncio.wait_for(first.wait(), 5) == -signal.SIGKILL
    await second.stop()


async def test_taken_ports_are_not_fought_over(tmp_path: Path) -> None:
    first = await SeaweedServer.start(tmp_path / "one")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "ports.json").write_text((tmp_path / "one" / "ports.json").read_text())
    second = await SeaweedServer.start(tmp_path / "two")
    ports = [json.loads((tmp_path / name / "ports.json").read_text()) for name in ("one", "two")]
    assert not set(ports[0].values()) & set(ports[1].values())
    await first.stop()
    await second.stop()
