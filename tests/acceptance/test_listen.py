"""`dramatis listen` beside a real server: what happens reaches a server on this machine, signed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from standardwebhooks.webhooks import Webhook

from frontend.api_client.client import StudioClient
from studio.examples import example_path
from tests.acceptance.conftest import Live
from tests.studio.webhooks.receiver import open_receiver


def test_what_happens_is_forwarded_with_the_secret_that_was_shown(live: Live, tmp_path: Path) -> None:
    with open_receiver() as receiver:
        command = [sys.executable, "-u", "-m", "studio.cli", "listen", "--forward-to", receiver.url, "--url", live.url]
        command += ["--event", "character.*", "--data", str(tmp_path)]
        environment = {**os.environ, "DRAMATIS_API_KEY": live.api_key}
        listening = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert listening.stdout is not None
        try:
            secret = listening.stdout.readline().split()[-1]
            listening.stdout.readline()
            with StudioClient(live.url, live.api_key) as client:
                consent = {"kind": "licensed_example"}
                character_id = client.enrol("Forwarded", [client.upload(example_path())], consent, hidden=True)
            (received,) = asyncio.run(receiver.until(1))
            line = listening.stdout.readline()
        finally:
            listening.terminate()
            listening.wait(30)
    told = Webhook(secret).verify(received.body, received.headers)
    assert (told["type"], told["data"]["id"]) == ("character.enrolled", character_id)
    assert "→ 204" in line
    assert (tmp_path / "listen_secret").stat().st_mode & 0o777 == 0o600
