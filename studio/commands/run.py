"""`dramatis run --once`: one clip through a studio of its own, by public HTTP alone."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from frontend.api_client import Refused, StudioClient
from studio.commands.console import Meter, err, meter, out, refuse
from studio.commands.report import take_report, write_report
from studio.commands.server_process import Server, ServerDidNotStart, running_server
from studio.commands.shot_options import Shot
from studio.commands.take_requests import enrol_member, show_progress, take_body


def run_once(shot: Shot, folder: Path) -> None:
    """One clip into `folder`; nothing that was started is left running, on failure neither."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dramatis-") as data, meter() as shown:
        try:
            with running_server(Path(data), shown) as server:
                report = _make_clip(server, shot, folder, shown)
        except (ServerDidNotStart, ClipNotMade) as error:
            raise refuse(str(error)) from error
        except Refused as error:
            raise refuse(f"{error} ({error.code})") from error
    _summarise(report, folder)


class ClipNotMade(RuntimeError):
    """The take ended without a clip; the message says how."""


def _make_clip(server: Server, shot: Shot, folder: Path, shown: Meter) -> dict[str, Any]:
    with StudioClient(server.url, server.api_key) as client:
        characters = {}
        for member in shot.cast:
            shown.stage(f"enrolling {member.name}")
            characters[member.name] = enrol_member(client, member)
        shown.stage("queued")
        take_id = client.submit(take_body(shot, characters))["id"]
        for event in client.follow(take_id):
            show_progress(shown, event)
        take = client.take(take_id)
        if take["state"] != "SUCCEEDED":
            failure = take["failure"] or {"code": take["state"].lower(), "message": "the take ended without a clip"}
            raise ClipNotMade(f"{failure['message']} ({failure['code']})")
        shown.stage("downloading")
        client.download(take_id, folder / "clip.mp4")
    report = take_report(take, folder / "clip.mp4")
    write_report(report, folder / "report.json")
    return report


def _summarise(report: dict[str, Any], folder: Path) -> None:
    out.print(f"{folder / 'clip.mp4'}: {report['frames']} frames, {report['timings']['total_s']:.1f} s", markup=False)
    for one in report["identity"]:
        score = "no score" if one["score"] is None else f"{one['score']:.3f} (threshold {one['threshold']:.2f})"
        out.print(f"{one['character']['name']}: {one['verdict']}, identity {score}", markup=False)
    err.print(f"report: {folder / 'report.json'}", markup=False)
