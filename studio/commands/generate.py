"""`dramatis generate`: one clip without a server, database or object store; the engine as a child of this command."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from contextlib import aclosing
from functools import partial
from importlib.metadata import version
from pathlib import Path

from inference.protocol import (
    Artifact,
    ArtifactKind,
    Failed,
    Finished,
    Note,
    RenderRequest,
    Sink,
    Source,
    Stage,
    Step,
)
from studio.assets.intake import PhotoRefused, normalise_photo
from studio.commands.console import USAGE_EXIT, Meter, err, meter, out, refuse
from studio.commands.report import render_report
from studio.commands.shot_options import Shot, request_of
from studio.config import Settings
from studio.engines.child import ChildSpec
from studio.engines.contract import EngineError
from studio.engines.process import ProcessRenderEngine
from studio.logs import configure_logs

PATIENCE_S = 120.0
SOFTWARE = f"dramatis {version('dramatis')}"


class GenerationFailed(RuntimeError):
    """The engine said why."""


def generate_clip(shot: Shot, target: Path, *, as_json: bool) -> None:
    """Make the clip at `target`; with `as_json` the report goes to stdout."""
    configure_logs("error")  # what goes wrong is told in words; stdout is for the report
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dramatis-") as folder, meter() as shown:
        work = Path(folder)
        try:
            request, finished = asyncio.run(_render(shot, Settings(), work, shown))
        except PhotoRefused as error:
            raise refuse(str(error), exit_status=USAGE_EXIT) from error
        except (GenerationFailed, EngineError) as error:
            raise refuse(str(error)) from error
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(work / "clip", target)
    total_s = time.monotonic() - began
    report = render_report(request, finished, target, queue_s=total_s - finished.render_s, total_s=total_s)
    if as_json:
        out.print_json(data=report)
    err.print(f"{target}: {request.frames} frames in {total_s:.1f} s", markup=False)


def _normalise(photo: Path, work: Path) -> Source:
    normalised = normalise_photo(photo)
    kept = work / normalised.sha256
    kept.write_bytes(normalised.body)
    return Source(url=kept.as_uri(), sha256=normalised.sha256)


async def _render(shot: Shot, settings: Settings, work: Path, shown: Meter) -> tuple[RenderRequest, Finished]:
    """What was rendered, and what came of it. Raises PhotoRefused, GenerationFailed, EngineError."""
    spec = ChildSpec(
        role="render",
        cache_dir=settings.models_dir,
        signer_dir=settings.data_dir / "signer",
        scratch_dir=work / "scratch",
        files_roots=(work,),
        face_pack=settings.chosen_face_pack,
    )
    engine = ProcessRenderEngine(spec, SOFTWARE, PATIENCE_S)

    async def supply(artifacts: tuple[Artifact, ...]) -> dict[ArtifactKind, Sink]:
        return {artifact.kind: Sink(url=(work / artifact.kind).as_uri()) for artifact in artifacts}

    engine.start()  # it loads while the photos are read
    try:
        shown.stage("reading photos")
        request = await asyncio.to_thread(request_of, shot, partial(_normalise, work=work))
        shown.stage("starting the engine")
        async with aclosing(engine.render("clip", request, supply)) as events:
            async for event in events:
                match event:
                    case Stage():
                        shown.stage(event.name)
                    case Step():
                        shown.step(event.done, event.total)
                    case Note():
                        err.print(event.message, markup=False)
                    case Failed():
                        raise GenerationFailed(f"{event.message} ({event.code})")
                    case Finished():
                        return request, event
    finally:
        await engine.close()
    raise GenerationFailed("the engine stopped without a word")
