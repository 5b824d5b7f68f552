"""One take, stage by stage: identity, prepare, denoise, then decode, score and encode side by side, sign, upload."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch

from inference.engine.cancellable_wait import wait_interruptibly
from inference.engine.denoised_take import DenoisedTake
from inference.engine.dialogue import Dialogue, listen_to_clip, say_lines
from inference.engine.failures import RenderFailed
from inference.engine.frame_stream import Follower
from inference.engine.identity_scoring import IdentityScoring
from inference.engine.looks import Dressed, faces_among, list_used_looks, note_undrawn_looks
from inference.engine.receipt import write_receipt
from inference.engine.sinks import SinkWriter
from inference.engine.sources import SourceReader
from inference.engine.stored_checkpoints import Resumption, StoredCheckpoints
from inference.engine.take_inputs import TakeInputs
from inference.exact.fingerprint import hash_file
from inference.exact.receipt import hash_receipt
from inference.host_memory import give_freed_memory_back
from inference.identity.score import Seen
from inference.media.encode import ClipEncoder
from inference.media.provenance import ClipSigner
from inference.media.stills import StillCollector, encode_preview
from inference.media.tracks import write_tracks
from inference.motion.parameters import FPS, NAMES
from inference.pipelines.contract import (
    BadReference,
    CancelToken,
    DrivingVideo,
    KeepsCheckpoints,
    Keyframe,
    Picture,
    Pipeline,
    PipelineNote,
    Prepared,
    RenderAskedToFail,
    RenderPreempted,
    SpeaksLines,
)
from inference.pipelines.lora import AdapterDoesNotFit
from inference.pipelines.previs import PrevisPipeline
from inference.protocol import (
    Artifact,
    ArtifactKind,
    ArtifactsReady,
    CharacterIdentity,
    Finished,
    Note,
    Preview,
    Receipt,
    ReferencePlate,
    RenderEvent,
    RenderRequest,
    Sink,
    SpokenLine,
    Stage,
    StageName,
    Started,
    Step,
)
from inference.speech.process import SpeechProcess

T = TypeVar("T")
AskSinks = Callable[[tuple[Artifact, ...]], Mapping[ArtifactKind, Sink]]

PREVIEW_EVERY_S = 0.5
FILES: dict[ArtifactKind, tuple[str, str]] = {
    "clip": ("clip.mp4", "video/mp4"),
    "thumbnail": ("thumbnail.webp", "image/webp"),
    "sprite": ("sprite.jpg", "image/jpeg"),
    "motion": ("motion.safetensors", "application/octet-stream"),
}
_SILENT = PipelineNote("silent_clip", "this clip has no sound")


@dataclass(frozen=True)
class Tools:
    """What every take of this engine is made with.

    aside: one thread for work that cannot look at a cancel every half second. What a cancelled take left running there
    ends before the next take's work begins, so nothing loaded is ever used twice at once.
    previs: drives other models, where it is loaded. speech: says lines and listens to clips, where there are voices.
    """

    likeness: IdentityScoring
    signer: ClipSigner
    reader: SourceReader
    writer: SinkWriter
    aside: ThreadPoolExecutor
    previs: PrevisPipeline | None = None
    speech: SpeechProcess | None = None


@dataclass
class Take:
    """Makes one take. `folder` is empty and this take's own; `stage_s` fills with wall seconds a stage."""

    tools: Tools
    pipeline: Pipeline
    id: str
    request: RenderRequest
    cancel: CancelToken
    emit: Callable[[RenderEvent], None]
    ask_sinks: AskSinks
    folder: Path
    resumption: Resumption = field(default_factory=Resumption)
    stage_s: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)
    _entered: tuple[str, float] | None = None

    def begin(self) -> DenoisedTake:
        """Up to the finished latents. Raises RenderCancelled, RenderPreempted, RenderFailed, or whatever broke."""
        self.emit(Started(id=self.id, device=self.pipeline.computed_on(self.request.tier).name))
        gathering = TakeInputs(self.request, self.tools.reader, self.cancel, self.folder)
        if self.request.dialogue:
            self._voices.start()  # it loads meanwhile
        self._enter("identity")
        meeting, plate_rgb = self._aside(partial(gathering.meet_cast, self.tools.likeness))
        self._enter("prepare")
        dialogue = self._say_lines()
        lines = dialogue.lines if dialogue else ()
        driving = self._aside(partial(gathering.drive, self.tools.previs, meeting.cast, plate_rgb, lines))
        dressed = gathering.dress(self.pipeline.card, meeting.cast)
        keyframes = gathering.read_keyframes()
        prepared = self._aside(partial(self._prepare, dressed, plate_rgb, driving, keyframes))
        if lines and isinstance(self.pipeline, SpeaksLines):
            prepared = self.pipeline.say(prepared, lines)
        give_freed_memory_back()  # preparing takes 100 MB that no later stage needs
        checkpoints = self._store_checkpoints(prepared)
        self._enter("denoise", preemptible=checkpoints is not None)
        latents = self._denoise(prepared, checkpoints)
        looks = list_used_looks(self.request, self.pipeline.card, prepared.drawn)
        left_aside = (*note_undrawn_looks(looks, self.pipeline.card), *self._tell_plate_left_aside())
        left_aside += dialogue.notes if dialogue else ()
        notes = self._tell_notes((*prepared.notes, *self.pipeline.remarks(prepared, latents), *left_aside))
        drawn = faces_among(self.request, prepared.drawn)
        comparison = self._aside(partial(self.tools.likeness.compare, self.request, meeting, drawn))
        self._leave()
        return DenoisedTake(prepared, latents, notes, comparison, looks, dialogue)

    def finish(self, denoised: DenoisedTake) -> Finished:
        """From the latents to what was uploaded; another take may begin meanwhile. Raises as `begin` does."""
        self._enter("decode")
        identity = self._act(denoised)
        speech = self._listen(denoised.dialogue)
        self._enter("mux")
        write_tracks(self._path("motion"), self.pipeline.motion(denoised.prepared, denoised.latents), NAMES, FPS)
        receipt = write_receipt(self.request, self.pipeline, denoised, self._path("unsigned"))
        artifacts = self._sign(receipt)
        self._enter("upload")
        self._upload(artifacts)
        self._leave()
        return Finished(
            id=self.id,
            artifacts=artifacts,
            identity=identity,
            receipt=receipt,
            receipt_sha256=hash_receipt(receipt),
            render_s=round(time.monotonic() - self._since, 3),
            speech=speech,
        )

    @property
    def _voices(self) -> SpeechProcess:
        if self.tools.speech is None:
            raise RenderFailed("model_unavailable", "this engine has no voices, so no line can be said")
        return self.tools.speech

    def _say_lines(self) -> Dialogue | None:
        if not self.request.dialogue:
            return None
        return say_lines(self.request, self._voices, self.tools.reader, self.cancel.check)

    def _listen(self, dialogue: Dialogue | None) -> tuple[SpokenLine, ...]:
        if dialogue is None:
            return ()
        return listen_to_clip(self._path("unsigned"), dialogue, self._voices, self.cancel.check)

    def _enter(self, stage: StageName, *, preemptible: bool = False) -> None:
        self.cancel.check()
        self._leave()
        self._entered = (stage, time.monotonic())
        next_may_begin = stage == "decode" and self.pipeline.overlaps
        self.emit(Stage(id=self.id, name=stage, next_may_begin=next_may_begin, preemptible=preemptible))

    def _leave(self) -> None:
        if self._entered is not None:
            name, since = self._entered
            self.stage_s[name] = round(time.monotonic() - since, 3)
            self._entered = None

    def _aside(self, work: Callable[[], T]) -> T:
        return wait_interruptibly(self.tools.aside.submit(work), self.cancel.check)

    def _report_steps(self, stage: StageName) -> Callable[[int, int], None]:
        return lambda done, total: self.emit(Step(id=self.id, stage=stage, done=done, total=total))

    def _prepare(
        self,
        dressed: Dressed,
        plate_rgb: Picture | None,
        driving: DrivingVideo | None,
        keyframes: tuple[Keyframe, ...],
    ) -> Prepared:
        try:
            return self.pipeline.prepare(dressed.request, dressed.cast, plate_rgb, self.cancel, driving, keyframes)
        except BadReference as error:
            raise RenderFailed("bad_reference", str(error)) from error

    def _denoise(self, prepared: Prepared, checkpoints: StoredCheckpoints | None) -> torch.Tensor:
        report = self._report_steps("denoise")

        def on_step(done: int, total: int) -> None:
            report(done, total)
            if checkpoints is not None:
                checkpoints.after_step(done, total)

        try:
            return self.pipeline.denoise(prepared, on_step, self.cancel)
        except RenderAskedToFail as error:
            raise RenderFailed("engine_error", str(error)) from error
        except AdapterDoesNotFit as error:
            raise RenderFailed("bad_source", str(error)) from error
        except RenderPreempted as stopped:
            if checkpoints is not None:
                checkpoints.keep_preempted(stopped.done, stopped.total)
            raise
        finally:
            if checkpoints is not None:
                checkpoints.close()

    def _store_checkpoints(self, prepared: Prepared) -> StoredCheckpoints | None:
        """With the product's own in place; None for a model that keeps none."""
        pipeline = self.pipeline
        place = pipeline.place_checkpoint(prepared) if isinstance(pipeline, KeepsCheckpoints) else None
        if place is None:
            return None
        reader, writer = self.tools.reader, self.tools.writer
        stored = StoredCheckpoints(self.id, place, self.resumption, self.folder, self.cancel, self.emit, reader, writer)
        stored.take_up()
        return stored

    def _tell_notes(self, notes: tuple[PipelineNote, ...]) -> tuple[str, ...]:
        """Send the notes, the silent one among them where nobody speaks, and return their words for the receipt."""
        if self.request.dialogue:
            notes = tuple(note for note in notes if note.code != "silent_clip")
        elif all(note.code != "silent_clip" for note in notes):
            notes = (*notes, _SILENT)
        for note in notes:
            self.emit(Note(id=self.id, code=note.code, message=note.message, words=note.words))
        return tuple(note.message for note in notes)

    def _act(self, denoised: DenoisedTake) -> tuple[CharacterIdentity, ...]:
        """Draw the frames here, while threads encode those that are drawn, find their faces, and know them."""
        request, check, scorer = self.request, self.cancel.check, denoised.comparison.scorer
        sound = denoised.dialogue.sound if denoised.dialogue else None
        stills = StillCollector(request.frames)
        clip = ClipEncoder(self._path("unsigned"), request.width, request.height, request.fps, sound)

        def keep(numbered: tuple[int, Picture]) -> None:
            clip.add(numbered[1])
            stills.add(*numbered)

        def follow(looked: Future[Seen]) -> None:
            scorer.follow(looked.result())

        looking = ThreadPoolExecutor(1, "look")
        with clip, looking, Follower("encode", keep) as encoding, Follower("score", follow) as scoring:
            drawn = 0
            previewed = time.monotonic()
            for index, frame in enumerate(self.pipeline.decode(denoised.prepared, denoised.latents, self.cancel)):
                encoding.give((index, frame), check)
                scoring.give(looking.submit(scorer.look, frame), check)
                drawn = index + 1
                self.emit(Step(id=self.id, stage="decode", done=drawn, total=request.frames))
                if time.monotonic() - previewed >= PREVIEW_EVERY_S:
                    previewed = time.monotonic()
                    self._send_preview(index, frame)
            assert drawn == request.frames, f"the model drew {drawn} frames of {request.frames}"
            self._enter("score")
            encoding.finish(check)
            scoring.finish(check)
            self.stage_s |= {"encode_busy": round(encoding.busy_s, 3), "score_busy": round(scoring.busy_s, 3)}
        identity = scorer.report()
        stills.write_thumbnail(self._path("thumbnail"))
        stills.write_sprite(self._path("sprite"))
        return identity

    def _send_preview(self, index: int, frame: Picture) -> None:
        jpeg_base64 = base64.b64encode(encode_preview(frame)).decode()
        self.emit(Preview(id=self.id, frame=index, jpeg_base64=jpeg_base64))

    def _tell_plate_left_aside(self) -> tuple[PipelineNote, ...]:
        request, card = self.request, self.pipeline.card
        if card.draws_plates or request.control is not None or isinstance(request.plate, ReferencePlate):
            return ()
        message = f"{card.name} draws the place that the prompt tells, and left the plate aside: let a previs drive it"
        return (PipelineNote("plate_left_aside", message),)

    def _sign(self, receipt: Receipt) -> tuple[Artifact, ...]:
        self.tools.signer.sign(
            self._path("unsigned"),
            self._path("clip"),
            receipt_sha256=hash_receipt(receipt),
            media_sha256=receipt.media_sha256,
            model=receipt.model,
            dialogue=receipt.dialogue,
        )
        return tuple(self._announce(kind) for kind in FILES)

    def _announce(self, kind: ArtifactKind) -> Artifact:
        path = self._path(kind)
        size_bytes = path.stat().st_size
        return Artifact(kind=kind, sha256=hash_file(path), size_bytes=size_bytes, content_type=FILES[kind][1])

    def _upload(self, artifacts: tuple[Artifact, ...]) -> None:
        self.emit(ArtifactsReady(id=self.id, artifacts=artifacts))
        sinks = self.ask_sinks(artifacts)
        for done, artifact in enumerate(artifacts, start=1):
            sink = sinks.get(artifact.kind)
            if sink is None:
                raise RenderFailed("upload_failed", f"no sink was given for the {artifact.kind}")
            self.tools.writer.write(self._path(artifact.kind), artifact, sink, self.cancel.check)
            self.emit(Step(id=self.id, stage="upload", done=done, total=len(artifacts)))

    def _path(self, kind: ArtifactKind | str) -> Path:
        return self.folder / (FILES[kind][0] if kind in FILES else f"{kind}.mp4")
