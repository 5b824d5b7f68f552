"""Kill -9 at random moments, again and again; then count what became of every take that was accepted.

The promise: every accepted take reaches exactly one terminal state, with one set of assets or none; what lost
attempts wrote is removed; a submit that is repeated under its key is one take, whether its reply was seen or not.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx

from frontend.api_client import StudioClient
from studio.commands.shot_options import plan_shot
from studio.commands.take_requests import enrol_member
from tests.faults.audit import Books, audit, unsettled
from tests.faults.server import Server, Victim

VICTIMS: tuple[Victim, ...] = ("api", "engine", "both")
SETTLED_WITHIN_S = 240.0
LONGEST_PEACE_S = 5.0


class Storm:
    """Submits small takes to a server of its own, and kills."""

    def __init__(self, data: Path, *, seed: int, report: Callable[[str], None]) -> None:
        self.server = Server(data)
        self.kills: Counter[Victim] = Counter()
        self.recoveries_s: list[float] = []
        self._chance = random.Random(seed)  # noqa: S311 (repeatable kills are wanted)
        self._report = report
        self._character_id = ""
        self._asked: dict[str, str | None] = {}  # Idempotency-Key → take, None while no reply was seen

    def rage(self, kills: int) -> Books:
        """Everything: start, `kills` kills, recovery, audit, stop."""
        self.server.start()
        try:
            self._character_id = self._enrol()
            for number in range(kills):
                self._strike(number, VICTIMS[number % len(VICTIMS)])
            answered = {key: self._submit(key) for key in self._asked}
            self._wait_until_settled()
            return audit(self.server.data, answered)
        finally:
            self.server.stop()

    def _strike(self, number: int, victim: Victim) -> None:
        """Submit, wait for a random moment, kill; the API answers again at the end."""
        for nth in range(self._chance.choice((1, 1, 2))):
            key = f"storm-{number}-{nth}"
            self._asked[key] = self._submit(key)
        time.sleep(self._chance.uniform(0, LONGEST_PEACE_S))
        unseen = threading.Thread(target=self._submit_blindly, args=(f"storm-{number}-unseen",))
        if self._chance.random() < 1 / 3:
            unseen.start()
            time.sleep(self._chance.uniform(0, 0.05))
        self.server.kill(victim)
        if unseen.ident is not None:
            unseen.join()
        self.kills[victim] += 1
        if victim != "engine":
            self.recoveries_s.append(self.server.start())
        self._report(f"kill {number + 1}: {victim}")

    def _submit_blindly(self, key: str) -> None:
        """Nobody waits for this reply: the server may be killed before, while or after it is written."""
        self._asked[key] = None
        try:
            self._submit(key)
        except httpx.TransportError:
            return

    def _submit(self, key: str) -> str:
        """Under the same key again it must be the same take."""
        body = {
            "prompt": "The person nods, then smiles",
            "characters": [{"character_id": self._character_id}],
            "seconds": 0.5,
            "size": "256x256",
            "seed": 1,
        }
        headers = {"Authorization": f"Bearer {self.server.api_key}", "Idempotency-Key": key}
        reply = httpx.post(f"{self.server.url}/v1/takes", json=body, headers=headers, timeout=60)
        assert reply.status_code == 201, reply.text
        take_id = str(reply.json()["id"])
        assert self._asked.get(key) in (None, take_id), f"{key} became two takes"
        return take_id

    def _enrol(self) -> str:
        shot = plan_shot(
            references=[], characters=[], consent=None, prompt=None, model="previs", seconds=None, size=None, seed=0
        )
        with StudioClient(self.server.url, self.server.api_key) as client:
            return enrol_member(client, shot.cast[0])

    def _wait_until_settled(self) -> None:
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while time.monotonic() < deadline and unsettled(self.server.data):
            time.sleep(0.5)
