"""A server of OpenAI's `/v1/audio/speech` whose voices are offered beside the packaged ones.

Its operator describes it in `voice-server.json` beside the models, which every process here reads when it starts:
address, key, model, and the voices by name. Lines in those voices are sent there, and nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from inference.catalogue.voices import VOICES, Age, Language, Sex, Voice

FILE_NAME = "voice-server.json"
SERVER_ENGINE = "voice-server"
_CONFIG = ConfigDict(frozen=True, extra="forbid")


class VoiceServerUnreadable(ValueError):
    """The description cannot be used; the words name the file."""


class ServedVoice(BaseModel):
    """One voice, by the name that the server knows it by."""

    model_config = _CONFIG

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")
    title: str = Field(min_length=1, max_length=100)
    language: Language
    sex: Sex = "unknown"
    age: Age = "unknown"


class VoiceServerDescription(BaseModel):
    """url: up to and with `/v1`; licence: under which its sound may be used, for receipts."""

    model_config = _CONFIG

    url: str
    key: str = ""
    model: str = Field(min_length=1, max_length=200)
    licence: str = Field(min_length=1, max_length=200)
    voices: tuple[ServedVoice, ...] = Field(min_length=1, max_length=200)

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        address = urlsplit(self.url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError("url is an address such as https://voices.example.com/v1")
        names = [voice.name for voice in self.voices]
        if len(set(names)) < len(names):
            raise ValueError("two voices have the same name")
        packaged = [name for name in names if name in VOICES and VOICES[name].engine != SERVER_ENGINE]
        if packaged:
            raise ValueError(f"{packaged[0]} is a packaged voice: the server's needs another name")
        return self

    def offered(self) -> tuple[Voice, ...]:
        """As the catalogue has them."""
        return tuple(
            Voice(one.name, one.title, one.language, one.sex, self.licence, SERVER_ENGINE, one.age)
            for one in self.voices
        )


def read_voice_server(models_dir: Path) -> VoiceServerDescription | None:
    """None where there is no such file. Raises VoiceServerUnreadable."""
    path = models_dir / FILE_NAME
    try:
        words = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise VoiceServerUnreadable(f"{path} cannot be read: {error.strerror}") from error
    try:
        return VoiceServerDescription.model_validate_json(words)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise VoiceServerUnreadable(f"{path}: {where + ': ' if where else ''}{first['msg']}") from error


def offer_voices(models_dir: Path) -> None:
    """Put the server's voices behind the packaged ones, for this process; a process does so once, when it starts.

    Raises VoiceServerUnreadable.
    """
    description = read_voice_server(models_dir)
    for name in [name for name, voice in VOICES.items() if voice.engine == SERVER_ENGINE]:
        del VOICES[name]
    if description is not None:
        VOICES.update({voice.name: voice for voice in description.offered()})
