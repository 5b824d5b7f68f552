"""The packaged voices: which there are, and in which language each speaks.

`grade` is what its makers gave the voice for how much and how good the speech was that it learnt from
(VOICES.md beside Kokoro-82M's weights): the list is shown in that order.
"""

from __future__ import annotations

from inference.speech.port import Language, Sex, Voice

ENGINE = "kokoro"
_LICENCE = "Apache-2.0 (Kokoro-82M)"
_LANGUAGES: dict[str, Language] = {"a": "en-US", "b": "en-GB", "z": "zh"}
_SEXES: dict[str, Sex] = {"f": "female", "m": "male"}
_BY_GRADE_TEXT = (
    "af_heart af_bella af_nicole af_aoede af_kore af_sarah am_fenrir am_michael am_puck af_alloy af_nova "
    "af_sky af_jessica af_river am_echo am_eric am_liam am_onyx am_santa am_adam bf_emma bf_isabella "
    "bm_fable bm_george bm_lewis bf_alice bf_lily bm_daniel zf_xiaobei zf_xiaoni zf_xiaoxiao zf_xiaoyi "
    "zm_yunjian zm_yunxi zm_yunxia zm_yunyang"
)
_BY_GRADE = _BY_GRADE_TEXT.split()


def _voice(name: str) -> Voice:
    kind, _, title = name.partition("_")
    return Voice(name, title.capitalize(), _LANGUAGES[kind[0]], _SEXES[kind[1]], _LICENCE, ENGINE)


VOICES: dict[str, Voice] = {name: _voice(name) for name in _BY_GRADE}
