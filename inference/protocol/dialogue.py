"""Lines of dialogue: what is asked to be said in a clip, and what was heard of each in the finished one.

A voice's sound, or a recording made fit, goes to the product as renders' artifacts do: the engine answers `Speak` or
`Listen` with `SoundReady`, gets a `SoundSink` signed for that hash, puts the sound there (WAV, 48 kHz, mono) and ends
with `Spoken` or `Listened`; or, at any time, with `SpeechRefused`, whose words say what to do.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from inference.protocol.messages import Message, Sha256, Sink, Source

MOST_LINES = 12  # of one clip
MOST_LINE_CHARACTERS = 1_000
LineText = Annotated[str, Field(max_length=MOST_LINE_CHARACTERS)]
LanguageTag = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=20)]
Pronunciations = dict[Annotated[str, Field(min_length=1, max_length=80)], Annotated[str, Field(max_length=200)]]
SpeechVerdict = Literal["pass", "fail", "unscored"]
ListenNote = Literal["clipped", "words_differ", "hard_to_hear", "sounds_only"]


class Line(Message):
    """What somebody says in a clip: `voice` is a name of the catalogue's VOICES, `recording` is somebody's own sound.

    character_id: one of the clip's cast, None a narrator. `text` may be empty where a recording's words are unknown.
    language: of the text; a voice speaks its own. pause_before_s: silence beyond the one that turns have anyhow.
    pronunciations: a word → another spelling, pinyin, or phonemes between slashes.
    """

    id: str = Field(min_length=1, max_length=100)
    character_id: str | None
    text: LineText
    language: LanguageTag
    voice: str | None = Field(default=None, max_length=100)
    recording: Source | None = None
    parenthetical: str = Field(default="", max_length=200)
    pause_before_s: float = Field(default=0, ge=0, le=60)
    off_screen: bool = False
    pronunciations: Pronunciations = Field(default_factory=dict, max_length=500)

    @model_validator(mode="after")
    def _is_said_one_way(self) -> Self:
        if (self.voice is None) == (self.recording is None):
            raise ValueError("a line is said by a voice or by a recording: name one of them")
        if self.voice is not None and not self.text.strip():
            raise ValueError("this line is empty: type what the character says")
        return self

    @property
    def moves_lips(self) -> bool:
        """Whether somebody in the picture says it."""
        return self.character_id is not None and not self.off_screen


class SpokenLine(Message):
    """A line as it was heard in the finished clip. start_s, end_s: of its first and last sound, from the clip's start.

    heard: phonemes in IPA. Of phoneme_error and class_error (lips, teeth, nose, tongue, open …) the one is there that
    the language can be judged by; both are shares of what was meant. offset_ms: sound against lips, + the sound later.
    unscored: its words are not known, so nobody can say.
    """

    line_id: str
    character_id: str | None
    text: str
    voice: str | None
    recording: Sha256 | None
    start_s: float
    end_s: float
    heard: str
    phoneme_error: float | None
    class_error: float | None
    offset_ms: float | None
    verdict: SpeechVerdict


class UsedVoice(Message):
    """Who said a line in a render, by which licence, from which weights, and what moved the lips meanwhile.

    lips: phonemes of known words, sounds that were recognised, loudness alone, or nothing where nobody is seen
    speaking. sound_sha256: of the line's samples, float32 at 48 kHz.
    """

    line_id: str
    character_id: str | None
    voice: str | None
    licence: str | None
    recording_sha256: Sha256 | None
    engine: dict[str, str]
    lips: Literal["phonemes", "sounds", "loudness", "unseen"]
    sound_sha256: Sha256


class TimedSound(Message):
    """A phoneme in IPA; times are seconds from the sound's first sample. stress: 0 none, 1 secondary, 2 primary."""

    symbol: str
    start_s: float
    end_s: float
    stress: int = 0


class TimedWord(Message):
    """A word as it is said. Between words there may be a pause."""

    text: str
    sounds: tuple[TimedSound, ...]


class Speak(Message):
    """Say a line; one with a recording is made fit and said as it is."""

    kind: Literal["speak"] = "speak"
    id: str
    line: Line


class Listen(Message):
    """Make an uploaded recording fit to be a line: decoded, trimmed, levelled, its sounds found."""

    kind: Literal["listen"] = "listen"
    id: str
    recording: Source
    text: LineText = ""
    language: LanguageTag
    pronunciations: Pronunciations = Field(default_factory=dict, max_length=500)


class ListVoices(Message):
    """Say which voices there are. It waits for nothing."""

    kind: Literal["list_voices"] = "list_voices"
    id: str


class PrepareVoices(Message):
    """Lines of this language will soon be asked for: load what saying them needs. It waits for nothing, and is not
    answered; after a minute without a line all of it is let go again. line: the one that will be, so far as is known;
    where nobody waits for another it is said, and what was said is kept for whoever asks."""

    kind: Literal["prepare_voices"] = "prepare_voices"
    id: str
    language: LanguageTag
    line: Line | None = None


class SoundSink(Message):
    """Answer to `SoundReady`: where it is put, None where nobody keeps it."""

    kind: Literal["sound_sink"] = "sound_sink"
    id: str
    sink: Sink | None


class SoundReady(Message):
    """The sound exists; the product answers with `SoundSink`."""

    kind: Literal["sound_ready"] = "sound_ready"
    id: str
    sha256: Sha256
    size_bytes: int = Field(gt=0)
    content_type: str = "audio/wav"


class Spoken(Message):
    """The line is said and its sound is in its sink. pause_before_s: what the parenthetical asks for.

    unspoken: signs that were left out, such as emoji. unheeded: what of the parenthetical no voice can do.
    """

    kind: Literal["spoken"] = "spoken"
    id: str
    sha256: Sha256
    duration_s: float
    words: tuple[TimedWord, ...]
    speed: float = 1.0
    pause_before_s: float = 0.0
    unspoken: tuple[str, ...] = ()
    unheeded: str = ""


class Listened(Message):
    """The recording can be a line; its sound begins `trimmed_start_s` into what was recorded.

    notes: clipped, a little distorted; words_differ, other words are heard than the line's; hard_to_hear, its words are
    made out badly, as when two speak at once; sounds_only, words are not known, and the lips follow what is heard.
    """

    kind: Literal["listened"] = "listened"
    id: str
    sha256: Sha256
    duration_s: float
    trimmed_start_s: float
    words: tuple[TimedWord, ...]
    heard: str
    notes: tuple[ListenNote, ...] = ()


class SpeechRefused(Message):
    """The line or recording cannot be used. `refusal` is for programs, `words` for people: they say what to do."""

    kind: Literal["speech_refused"] = "speech_refused"
    id: str
    refusal: str
    words: str


class OfferedVoice(Message):
    """A voice that can be chosen: `name` is what a line says."""

    name: str
    title: str
    language: LanguageTag
    sex: Literal["female", "male", "unknown"]
    licence: str
    engine: str
    age: Literal["child", "young", "middle_aged", "old", "unknown"] = "unknown"


class Voices(Message):
    """All voices that this engine has, the best first within each language."""

    kind: Literal["voices"] = "voices"
    id: str
    voices: tuple[OfferedVoice, ...]
