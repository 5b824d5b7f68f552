"""The identity role: questions about photos, and lines to be said, answered one after another, without torch."""

from __future__ import annotations

import logging
import queue

from inference.engine.failures import RenderFailed, describe_failure
from inference.engine.sources import RgbPicture, SourceReader, decode_picture
from inference.identity.enrol import enrol_references
from inference.identity.pack import Faces
from inference.identity.quality import ReadMouth, inspect_photos
from inference.identity.unsafe import UnsafeMeter
from inference.identity.upright import find_turn
from inference.protocol import (
    Appraise,
    Appraised,
    AskResidency,
    Cancel,
    Command,
    Enrol,
    Enrolled,
    Failed,
    FindUpright,
    Inspect,
    Inspected,
    Listen,
    ListVoices,
    PrepareVoices,
    ReadPrompt,
    Render,
    Sinks,
    SoundSink,
    Source,
    Speak,
    UprightFound,
)
from inference.worker.speech_requests import SpeechRequests, list_voices
from inference.worker.transport import MessageChannel

Question = Inspect | Enrol | Appraise | FindUpright

log = logging.getLogger(__name__)


class FaceRequests:
    """Takes commands from the listening thread and serves them on the main one."""

    def __init__(self, channel: MessageChannel, speech: SpeechRequests, read_mouth: ReadMouth) -> None:
        self._channel = channel
        self._speech = speech
        self._read_mouth = read_mouth
        self._waiting: queue.SimpleQueue[Question | Speak | Listen | None] = queue.SimpleQueue()

    def obey(self, command: Command | None) -> None:
        """Note a command; None: nobody is there any more."""
        match command:
            case Inspect() | Enrol() | Appraise() | FindUpright():
                self._waiting.put(command)
            case Speak() | Listen():
                self._speech.expect(command.id)
                self._waiting.put(command)
            case SoundSink():
                self._speech.take_sink(command)
            case ListVoices():
                self._channel.send(list_voices(command.id))
            case PrepareVoices():
                self._speech.prepare(command)
            case Cancel() if self._speech.cancel(command.id):
                pass
            case None:
                self._speech.cancel(None)
                self._waiting.put(None)
            case Render() | Sinks() | Cancel() | ReadPrompt() | AskResidency():
                words = "this engine answers questions about faces and says lines; renders go to the render engine"
                self._channel.send(Failed(id=command.id, code="bad_request", message=words, retryable=False))

    def serve(self, faces: Faces, meter: UnsafeMeter, reader: SourceReader) -> None:
        """Answer until told to stop. A question that breaks never spoils the next one."""
        while (question := self._waiting.get()) is not None:
            if isinstance(question, Speak | Listen):
                self._channel.send(self._speech.answer(question, reader))
            else:
                self._channel.send(_answer(question, faces, meter, reader, self._read_mouth))
        self._speech.close()


def _answer(
    question: Question, faces: Faces, meter: UnsafeMeter, reader: SourceReader, read_mouth: ReadMouth
) -> Inspected | Enrolled | Appraised | UprightFound | Failed:
    try:
        match question:
            case Inspect():
                return _inspect(question, faces, reader, read_mouth)
            case Enrol():
                return _enrol(question, faces, reader, read_mouth)
            case Appraise():
                return Appraised(id=question.id, unsafe_score=meter.score(_read(question.picture, reader)))
            case FindUpright():
                return UprightFound(id=question.id, turn_deg=find_turn(faces, _read(question.picture, reader)))
    except RenderFailed as error:
        log.warning("question refused", extra={"id": question.id, "code": error.code, "why": error.message})
        return describe_failure(question.id, error)
    except Exception as error:
        log.exception("question broke", extra={"id": question.id})
        return describe_failure(question.id, error)


def _inspect(question: Inspect, faces: Faces, reader: SourceReader, read_mouth: ReadMouth) -> Inspected:
    photos = [(source.sha256, _read(source, reader)) for source in question.photos]
    return Inspected(id=question.id, photos=inspect_photos(faces, photos, read_mouth))


def _enrol(question: Enrol, faces: Faces, reader: SourceReader, read_mouth: ReadMouth) -> Enrolled:
    photos = [(one.source.sha256, _read(one.source, reader), one.face) for one in question.references]
    verdicts, enrolled, template = enrol_references(faces, photos, read_mouth)
    return Enrolled(id=question.id, verdicts=tuple(verdicts), photos=tuple(enrolled), template=template)


def _read(source: Source, reader: SourceReader) -> RgbPicture:
    return decode_picture(reader.read(source, check=lambda: None))
