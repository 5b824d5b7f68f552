"""The packaged voices, which there are and in which language each speaks; and what a line of dialogue may be.

`VOICES` stands in the order in which it is shown: by the grade that its makers gave each voice for how much and how
good the speech was that it learnt from (VOICES.md beside Kokoro-82M's weights).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from inference.protocol import MOST_LINE_CHARACTERS

Language = Literal["en-US", "en-GB", "zh"]
Sex = Literal["female", "male", "unknown"]
Age = Literal["child", "young", "middle_aged", "old", "unknown"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
ENGINE = "kokoro"
MOST_CHARACTERS = MOST_LINE_CHARACTERS
LONGEST_RECORDING_S = 120.0
MOST_RECORDING_BYTES = 64 * 1024**2
_LICENCE = "Apache-2.0 (Kokoro-82M)"
_LANGUAGES: dict[str, Language] = {"a": "en-US", "b": "en-GB", "z": "zh"}
_SEXES: dict[str, Sex] = {"f": "female", "m": "male"}
_BY_GRADE_TEXT = (
    "af_heart af_bella af_nicole af_aoede af_kore af_sarah am_fenrir am_michael am_puck af_alloy af_nova "
    "af_sky af_jessica af_river am_echo am_eric am_liam am_onyx am_santa am_adam bf_emma bf_isabella "
    "bm_fable bm_george bm_lewis bf_alice bf_lily bm_daniel zf_xiaobei zf_xiaoni zf_xiaoxiao zf_xiaoyi "
    "zm_yunjian zm_yunxi zm_yunxia zm_yunyang"
)


@dataclass(frozen=True)
class Voice:
    """A voice that can be chosen. `name` is what a line says; `licence` is what the receipt says."""

    name: str
    title: str
    language: Language
    sex: Sex
    licence: str
    engine: str
    age: Age = "unknown"
    """How old it sounds, as who offers it says: nothing that comes with the packaged voices does."""


def _voice(name: str) -> Voice:
    kind, _, title = name.partition("_")
    return Voice(name, title.capitalize(), _LANGUAGES[kind[0]], _SEXES[kind[1]], _LICENCE, ENGINE)


VOICES: dict[str, Voice] = {name: _voice(name) for name in _BY_GRADE_TEXT.split()}
