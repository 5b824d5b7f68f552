"""Pinyin → the signs that the Mandarin voices read, as misaki writes it: tones are arrows."""

from __future__ import annotations

from functools import cache

_ARROWS = (("˧˩˧", "↓"), ("˧˥", "↗"), ("˥˩", "↘"), ("˥", "→"))
_APICAL = (("\u027b\u0329", "ɨ"), ("\u0279\u0329", "ɨ"))  # the vowels of zhi and zi
_TONES = "↓↗↘→"
_CODAS = ("n", "ŋ", "i")  # what the curl of erhua takes the place of


@cache
def signs_of(syllable: str) -> str:
    """`hao3` → `xau↓`; `huar1` → `xwaɻ→`. Raises ValueError when it is no syllable of Mandarin."""
    if syllable[-2:-1] == "r" and syllable[:-1] not in ("er", "r"):
        return _curled(signs_of(syllable[:-2] + syllable[-1]))
    from misaki.transcription import pinyin_to_ipa  # with pypinyin's dictionaries, a third of a second

    (sounds, *_) = pinyin_to_ipa(syllable)
    signs = "".join(sounds)
    for written, read in (*_ARROWS, *_APICAL):
        signs = signs.replace(written, read)
    return signs.replace("\u032f", "")


def _curled(signs: str) -> str:
    """点 dian, 孩 hai and 空 kong lose their endings to the r."""
    tone = signs[-1] if signs[-1] in _TONES else ""
    vowel = next((sign for sign in signs if sign in _TONES), "")
    bare = signs.replace(vowel, "") if vowel else signs
    if len(bare) > 2 and bare.endswith(_CODAS):
        bare = bare[:-1]
    if bare.endswith(("ɨ", "i", "y")) or bare[-1] not in "aɛeəɤoʊu":
        bare = bare.rstrip("ɨ") + "ə"
    return f"{bare}ɻ{vowel or tone}"
