"""What is said in a take: its lines made sound and laid on the clip's clock, and listened to in the finished clip."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.catalogue import MOST_RECORDING_BYTES
from inference.engine.cancellable_wait import Check
from inference.engine.failures import RenderFailed
from inference.engine.sources import SourceReader
from inference.media.encode import SOUND_RATE, Samples
from inference.media.loudness import mix_dialogue
from inference.media.sound import read_sound
from inference.pipelines.contract import PipelineNote
from inference.protocol import Line, RenderRequest, SpokenLine, UsedVoice
from inference.speech.clip import ClipLine, LinesDoNotFit, lay_on_clock
from inference.speech.port import RATE, Said, SpeechRefused
from inference.speech.process import SpeechProcess


@dataclass(frozen=True)
class Dialogue:
    """A take's lines, and its sound: mono float32 at SOUND_RATE, for the whole clip."""

    lines: tuple[ClipLine, ...]
    sound: Samples

    @property
    def used(self) -> tuple[UsedVoice, ...]:
        """For the receipt."""
        return tuple(_used(one) for one in self.lines)

    @property
    def notes(self) -> tuple[PipelineNote, ...]:
        """What of the lines could not be done as it was asked for."""
        return tuple(note for one in self.lines for note in _notes_about(one))


def say_lines(request: RenderRequest, speech: SpeechProcess, reader: SourceReader, check: Check) -> Dialogue:
    """Raises RenderFailed where a line cannot be said or does not fit, SpeechBroke, and what `check` raises."""
    said = [_say(line, speech, reader, check) for line in request.dialogue]
    try:
        lines = lay_on_clock(request.dialogue, said, request.frames / request.fps)
    except LinesDoNotFit as error:
        raise RenderFailed("bad_request", str(error)) from error
    length = request.frames * SOUND_RATE // request.fps
    sound = mix_dialogue([(one.start, one.said.speech.samples) for one in lines], length)
    check()
    return Dialogue(lines, sound)


def listen_to_clip(clip: Path, dialogue: Dialogue, speech: SpeechProcess, check: Check) -> tuple[SpokenLine, ...]:
    """What is heard of every line in the finished clip's own sound."""
    mix = read_sound(clip)
    assert mix is not None, "the clip was written with its sound"
    planned = tuple(one.planned for one in dialogue.lines)
    heard = speech.judge(np.ascontiguousarray(mix, np.float32), planned, check)
    return tuple(
        SpokenLine(
            line_id=one.line.id,
            character_id=one.line.character_id,
            text=one.line.text,
            voice=one.line.voice,
            recording=one.line.recording.sha256 if one.line.recording else None,
            start_s=round(plan.start / RATE, 4),
            end_s=round(plan.end / RATE, 4),
            heard=found.heard,
            phoneme_error=found.phoneme_error,
            class_error=found.class_error,
            offset_ms=found.offset_ms,
            verdict=found.verdict,
        )
        for one, plan, found in zip(dialogue.lines, planned, heard, strict=True)
    )


def _say(line: Line, speech: SpeechProcess, reader: SourceReader, check: Check) -> Said:
    recording = None if line.recording is None else reader.read(line.recording, check, MOST_RECORDING_BYTES)
    try:
        return speech.say(line, recording, check)
    except SpeechRefused as refusal:
        raise RenderFailed("bad_request", refusal.words) from refusal


def _used(one: ClipLine) -> UsedVoice:
    return UsedVoice(
        line_id=one.line.id,
        character_id=one.line.character_id,
        voice=one.line.voice,
        licence=one.said.licence,
        recording_sha256=one.line.recording.sha256 if one.line.recording else None,
        engine=one.said.engine,
        lips=one.said.lips if one.line.moves_lips else "unseen",
        sound_sha256=hashlib.sha256(np.ascontiguousarray(one.said.speech.samples, "<f4").tobytes()).hexdigest(),
    )


def _notes_about(one: ClipLine) -> list[PipelineNote]:
    said, notes = one.said, []
    if said.unheeded:
        words = f"no voice here can say a line like this, so it was said plainly: {said.unheeded}"
        notes.append(PipelineNote("line_partially_followed", words, (said.unheeded,)))
    if said.speech.unspoken:
        signs = " ".join(said.speech.unspoken)
        notes.append(PipelineNote("line_partially_followed", f"left unspoken: {signs}", said.speech.unspoken))
    if said.lips == "loudness" and one.line.moves_lips:
        words = f"the sounds of {one.line.language} are not known here: the jaw follows how loud and how open it sounds"
        notes.append(PipelineNote("line_partially_followed", words))
    if "words_differ" in said.notes:
        notes.append(PipelineNote("line_partially_followed", "the recording says other words than the line's"))
    if "hard_to_hear" in said.notes:
        words = "the recording's words are hard to make out: if somebody else speaks at the same time, record it again"
        notes.append(PipelineNote("line_partially_followed", words))
    return notes
