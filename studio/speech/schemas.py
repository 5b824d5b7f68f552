"""Voices and heard lines as clients see them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from inference.catalogue import Age, Language, Sex, Voice
from studio.generation.line_choice import LineChoice, Pronunciations
from studio.http.examples import with_examples

_VOICE: JsonValue = {
    "name": "af_heart",
    "title": "Heart",
    "language": "en-US",
    "sex": "female",
    "age": "unknown",
    "licence": "Apache-2.0 (Kokoro-82M)",
    "engine": "kokoro",
}


class VoiceEntry(BaseModel):
    """A voice that lines can be said in."""

    name: str
    title: str
    language: str
    sex: Sex
    age: Age = Field(description="How old it sounds, as who offers it says; the packaged voices' makers do not.")
    licence: str
    engine: str

    @classmethod
    def of(cls, voice: Voice) -> VoiceEntry:
        """An entry of the catalogue."""
        return cls.model_validate(voice, from_attributes=True)


class VoiceList(BaseModel):
    """Every voice, the best first within each language. Hear one with `POST /v1/speech`."""

    model_config = with_examples({"data": [_VOICE]})

    data: list[VoiceEntry]


class SpeechCreate(LineChoice):
    """A line to be heard now. With a film, its words are pronounced as there."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"text": "I have waited ten years for this moment.", "voice": "af_heart"}]},
    )

    project_id: str | None = Field(default=None, max_length=40)
    pronunciations: Pronunciations = Field(default_factory=dict, description="Beside those of the film.")


class SpeechPrepare(BaseModel):
    """What is about to be heard."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"language": "en-US"}]})

    language: Language = "en-US"
    line: SpeechCreate | None = Field(
        default=None, description="The line itself, once it is known: said ahead where no other one waits."
    )


class HeardWord(BaseModel):
    """A word and when it is said, in seconds from the sound's start."""

    text: str
    start_s: float
    end_s: float


class SpeechView(BaseModel):
    """A line as it sounds. `url` is valid for 15 minutes; the sound itself is not kept."""

    model_config = with_examples(
        {
            "url": "https://objects.example/…",
            "content_type": "audio/wav",
            "sha256": "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5",
            "seconds": 2.4,
            "voice": "af_heart",
            "pause_before_s": 0.6,
            "words": [{"text": "Hello", "start_s": 0.08, "end_s": 0.51}],
            "unspoken": [],
            "unheeded": "",
        }
    )

    url: str
    content_type: Literal["audio/wav"] = "audio/wav"
    sha256: str
    seconds: float
    voice: str | None
    pause_before_s: float = Field(description="Of silence before it: its own, and what its parenthetical asks for.")
    words: list[HeardWord]
    unspoken: list[str] = Field(description="Signs that were left out, such as emoji.")
    unheeded: str = Field(description="What of the parenthetical no voice can do.")
