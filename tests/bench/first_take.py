"""The first take of a fleet that has just come up: a second of previs, from its photo to its clip."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from frontend.api_client import StudioClient
from studio.commands.shot_options import plan_shot
from studio.commands.take_requests import enrol_member, take_body
from tests.bench.outcome import Outcome, Report


def second_of_previs(studio: StudioClient) -> dict[str, object]:
    """What asks for it; its cast is enrolled meanwhile."""
    shot = plan_shot(
        references=[], characters=[], consent=None, prompt=None, model="previs", seconds=1.0, size="256x256", seed=1
    )
    return take_body(shot, {member.name: enrol_member(studio, member) for member in shot.cast})


def render_once(studio: StudioClient, body: dict[str, object], outcome: Outcome, report: Report) -> None:
    """Submit, follow to the end, fetch the clip; holds the state against SUCCEEDED."""
    report("a take, seen in its events")
    began = time.monotonic()
    take = str(studio.submit(body)["id"])
    outcome.note("submit_s", round(time.monotonic() - began, 3))
    seen = [(event.type, time.monotonic() - began) for event in studio.follow(take)]
    outcome.note("started_after_s", round(next(at for kind, at in seen if kind == "take.started"), 2))
    outcome.note("first_take_s", round(seen[-1][1], 2))
    outcome.check("first_take", str(studio.take(take)["state"]), "==", "SUCCEEDED")
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        studio.download(take, clip)
        outcome.check("clip_bytes", clip.stat().st_size, ">=", 1)
