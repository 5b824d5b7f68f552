"""Sends hostile requests to a studio that runs, and tells of everything that should not be."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.fuzz.requests import Attempt, Maker
from tests.fuzz.rows import Rows
from tests.fuzz.things import Organisation, provide, sign_up
from tests.fuzz.verdicts import Verdicts
from tests.fuzz.wire import Reply, send

_ANEW_EVERY = 1000  # what was made meanwhile is erased, so that reading stays quick
_SIGNS_IN = ("/welcome", "/oidc/start", "/oidc/callback")


@dataclass(frozen=True)
class Target:
    """A studio: where it is, its database as a role that sees every row, what of its store no refusal may show.

    `pages`: where browsers find it, if that is elsewhere.
    """

    url: str
    database_url: str
    log: Path
    secrets: tuple[str, ...]
    pages: str | None = None

    @property
    def origin(self) -> str:
        """That of its own pages."""
        return self.pages or self.url


@dataclass
class Findings:
    """What was seen: requests by status, and each fault with the command that shows it, the same fault once."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return "\n\n".join(f"{fault}\n  {command}" for fault, command in self.faults.items())


def run_campaign(
    target: Target, folder: Path, *, seed: int, requests: int, report: Callable[[str], None] = lambda _: None
) -> Findings:
    """Send `requests` by `seed`; `folder` takes the bodies of those that found something."""
    began = time.monotonic()
    said_before = target.log.stat().st_size
    owner, stranger = sign_up(target.origin, "ada"), sign_up(target.origin, "mallory")
    rows = Rows(target.database_url)
    try:
        rows.set_plan([owner.id, stranger.id], "local")
        campaign = _Campaign(target, folder, rows, owner, stranger, seed)
        for number in range(requests):
            if number % _ANEW_EVERY == 0:
                campaign.begin_anew()
                report(f"{number} requests, {len(campaign.findings.faults)} faults, {time.monotonic() - began:.0f} s")
            campaign.attack()
    finally:
        rows.close()
    campaign.read_log(said_before)
    campaign.findings.seconds = round(time.monotonic() - began, 1)
    return campaign.findings


class _Campaign:
    def __init__(
        self, target: Target, folder: Path, rows: Rows, owner: Organisation, stranger: Organisation, seed: int
    ) -> None:
        document = httpx.get(f"{target.url}/openapi.json", timeout=60).json()
        parts = urlsplit(target.url)
        self.findings = Findings()
        self._target, self._folder, self._rows = target, folder, rows
        self._address = (parts.hostname or "", parts.port or 80)
        self._owner, self._stranger = owner, stranger
        self._maker = Maker(document, target.origin, seed, owner, stranger)
        self._verdicts = Verdicts(document, target.secrets)
        self._stamp = ""
        self._before: dict[str, dict[str, str]] = {owner.id: {}, stranger.id: {}}

    def begin_anew(self) -> None:
        """Make one of everything, and look at the rows."""
        self._rows.await_erasures(list(self._before))
        provide(self._target.url, self._owner)
        self._look()

    def attack(self) -> None:
        """Send one request and judge its reply, and what it has changed."""
        attempt = self._maker.make()
        reply = send(self._address, attempt.request, whole=attempt.whole)
        self.findings.requests += 1
        self.findings.statuses[reply.status if reply else 0] += 1
        fault = self._verdicts.fault_of(attempt, reply)
        if fault is not None:
            self._note(attempt, fault, reply)
        if self._rows.stamp() != self._stamp:
            self._judge_change(attempt, reply)
        if attempt.request.method == "DELETE" and reply is not None and reply.status < 300:
            self.begin_anew()

    def _judge_change(self, attempt: Attempt, reply: Reply | None) -> None:
        before = self._before
        self._look()
        may_change = reply is not None and reply.status < 400 and attempt.request.method != "GET"
        may_change = may_change or attempt.operation.path in _SIGNS_IN
        for org_id, caller_may in ((self._owner.id, attempt.caller != "stranger"), (self._stranger.id, True)):
            changed = [name for name, digest in self._before[org_id].items() if before[org_id][name] != digest]
            if changed and not (may_change and caller_may):
                self._note(attempt, f"changed although refused or not theirs: {', '.join(changed)}", reply)

    def _look(self) -> None:
        self._stamp = self._rows.stamp()
        self._before = {org_id: self._rows.digest([org_id]) for org_id in self._before}

    def _note(self, attempt: Attempt, fault: str, reply: Reply | None) -> None:
        name = f"{attempt.operation.method} {attempt.operation.path} as {attempt.caller}: {fault}"
        if name not in self.findings.faults:
            shown = attempt.request.as_curl(self._target.url, self._folder)
            answer = f"{reply.status} {reply.body[:500].decode('latin-1')}" if reply else "nothing"
            self.findings.faults[name] = f"{shown}\n  answered: {answer}"

    def read_log(self, said_before: int) -> None:
        """What the server could not foresee is a fault, whatever it answered."""
        with self._target.log.open("rb") as log:
            log.seek(said_before)
            for line in log:
                told = json.loads(line) if line.startswith(b"{") else {"event": line.decode("utf-8", "replace")}
                if told.get("logger") == "asyncio":  # a driver's task that ended with its reader's connection
                    continue
                if told.get("level") == "error" or "exception" in told or "Traceback" in told.get("event", ""):
                    name = f"logged: {told.get('event')} {told.get('path', '')}"
                    self.findings.faults.setdefault(name, str(told.get("exception", told))[-1500:])
