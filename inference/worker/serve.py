"""From the command line to a desk that serves: the same start for both roles."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, get_args

from inference.engine.faces import FacePackChoice, load_chosen_faces
from inference.exact.versions import software_version
from inference.host_memory import share_memory_pools
from inference.pipelines.device_placement import Attention, DevicePlacement, Graphs, Offload, Products
from inference.protocol import Command
from inference.worker.child_process import (
    die_with_parent,
    leave_interrupts_to_parent,
    let_waiting_threads_sleep,
    send_prints_to_stderr,
)
from inference.worker.logs import log_as_json
from inference.worker.session import EXIT_NOT_LOADED, WorkerSession
from inference.worker.transport import MessageChannel

if TYPE_CHECKING:
    from inference.engine.render import Engine

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """What the command line says. `files_roots`: where `file://` links may point, for reading and writing."""

    cache_dir: Path
    signer_dir: Path
    scratch_dir: Path
    files_roots: tuple[Path, ...]
    identity: bool
    fd: int
    face_pack: FacePackChoice | None = None
    ranks: str = "1x1"
    placement: DevicePlacement = field(default_factory=DevicePlacement)
    serves: tuple[str, ...] | None = None


def parse_settings(words: list[str]) -> Settings:
    """Exits with a message when the words make no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m inference.worker",
        description="Render, or with --identity answer questions about faces, over an inherited socket.",
    )
    parser.add_argument("--cache", type=Path, required=True, help="where the models are")
    parser.add_argument("--signer", type=Path, required=True, help="where this installation's signing key is kept")
    parser.add_argument("--scratch", type=Path, required=True, help="this process's own folder for unfinished files")
    parser.add_argument("--files-root", type=Path, action="append", default=[], help="allow file:// links below this")
    parser.add_argument("--identity", action="store_true", help="answer questions about faces; load no renderer")
    parser.add_argument("--fd", type=int, required=True, help="one end of a socket pair, inherited")
    parser.add_argument("--face-pack", type=Path, help="a folder of ONNX files instead of the packaged face models")
    parser.add_argument("--face-threshold", type=float, help="the cosine that this face pack was calibrated to")
    parser.add_argument(
        "--ranks", default="1x1", help="GUIDANCExSEQUENCE ranks that share a render of a pulled model: 2x4 on 8 devices"
    )
    parser.add_argument(
        "--offload", choices=get_args(Offload), default="auto",
        help="which weights of a pulled model wait in the host's memory: as many as have to, none, each part after its "
        "work, transformers block by block; changes no bit",
    )  # fmt: skip
    parser.add_argument(
        "--attention", choices=get_args(Attention), default="auto",
        help="attention of the fast and draft tiers: the fastest one that is installed, torch's own choice, or by name",
    )  # fmt: skip
    parser.add_argument(
        "--products", choices=get_args(Products), default="auto",
        help="products of the draft tier: in the weights' own precision, or those of the blocks in float8",
    )  # fmt: skip
    parser.add_argument(
        "--graphs",
        choices=get_args(Graphs),
        default="off",
        help="replay recorded forwards in the fast and draft tiers",
    )
    parser.add_argument("--serves", action="append", help="load this large model, and no other that is not named so")
    args = parser.parse_args(words)
    if (args.face_pack is None) != (args.face_threshold is None):
        parser.error("--face-pack and --face-threshold belong together")
    pack = FacePackChoice(args.face_pack, args.face_threshold) if args.face_pack else None
    roots = tuple(args.files_root)
    placement = DevicePlacement(args.offload, args.attention, args.products, args.graphs)
    serves = tuple(args.serves) if args.serves else None
    return Settings(
        args.cache, args.signer, args.scratch, roots, args.identity, args.fd, pack, args.ranks, placement, serves
    )


class Desk(Protocol):
    """Where commands go."""

    def obey(self, command: Command | None) -> None: ...


LoadEngine = Callable[[Settings], "Engine"]


def serve(settings: Settings, load_engine: LoadEngine) -> int:
    """Listen, load, greet, obey until told to stop; returns the exit status of the process.

    Models are imported only after listening has begun, and torch never in the identity role.
    """
    die_with_parent()
    share_memory_pools()
    let_waiting_threads_sleep()
    leave_interrupts_to_parent()
    send_prints_to_stderr()
    log_as_json()
    channel = MessageChannel(settings.fd)
    conversation = WorkerSession(channel, "identity" if settings.identity else "engine", software_version())
    try:
        desk, work = (
            _set_up_identity(settings, channel) if settings.identity else _set_up(settings, channel, load_engine)
        )
    except Exception as error:
        log.exception("could not load")
        conversation.report_not_loaded(error)
        return EXIT_NOT_LOADED
    try:
        conversation.report_ready(desk.obey)
        work()
    except OSError as error:
        log.warning("the product is gone", extra={"why": str(error)})
    return 0


def _set_up(settings: Settings, channel: MessageChannel, load_engine: LoadEngine) -> tuple[Desk, Callable[[], None]]:
    from inference.worker.render_requests import RenderRequests

    engine = load_engine(settings)
    desk = RenderRequests(channel)
    return desk, partial(desk.serve, engine)


def _set_up_identity(settings: Settings, channel: MessageChannel) -> tuple[Desk, Callable[[], None]]:
    from inference.engine.sinks import SinkWriter
    from inference.engine.sources import SourceReader
    from inference.identity.unsafe import UnsafeMeter
    from inference.registry.packaged import UNSAFE, require
    from inference.worker.face_requests import FaceRequests
    from inference.worker.mouths import MouthReader
    from inference.worker.speech_requests import SpeechRequests

    faces = load_chosen_faces(settings.cache_dir, settings.face_pack, threads=2)
    speech = SpeechRequests(channel, settings.cache_dir, settings.scratch_dir, SinkWriter(settings.files_roots))
    desk = FaceRequests(channel, speech, MouthReader(settings.cache_dir).read)
    meter = UnsafeMeter(partial(require, UNSAFE, settings.cache_dir), threads=2)
    return desk, partial(desk.serve, faces, meter, SourceReader(settings.files_roots))
