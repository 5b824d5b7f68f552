"""How the mouth stands for each sound, and how firmly: targets of a coarticulation model, in the photo's own units.

Apertures follow the order of vowel height, spread and rounding the vowel chart; a consonant is firm about what makes it
(lips for p, teeth on lip for f, rounding for w and ʃ) and leaves the rest to its neighbours (k, h, t leave the lips).
The jaw is nearly shut for consonants (Keating, Lindblom, Lubker & Kreiman, J. Phonetics 22 (1994) 407), and vowels
differ by less than their loudness makes them differ (articulation.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from inference.speech.comparison import sounds_of


@dataclass(frozen=True)
class Viseme:
    """aperture: between the inner lips, in mouth widths. wide: + spread, - rounded. The lips and tongue: 0..1.

    firmness: how much the aperture and the lips weigh against the neighbours', and wide_firmness how much the width.
    sealed: the lips touch, whatever the neighbours want.
    """

    aperture: float
    wide: float = 0.0
    upper_lip: float = 0.0
    lower_lip: float = 0.0
    tongue: float = 0.0
    firmness: float = 1.0
    wide_firmness: float = 1.0
    sealed: bool = False
    vowel: bool = False


def _vowel(aperture: float, wide: float, upper_lip: float = 0.0) -> Viseme:
    return Viseme(aperture, wide, upper_lip, firmness=1.0, wide_firmness=1.0, vowel=True)


_SEALED = Viseme(0.0, firmness=2.0, wide_firmness=0.3, sealed=True)
_TEETH_ON_LIP = Viseme(0.02, 0.1, upper_lip=0.55, lower_lip=0.8, firmness=2.6, wide_firmness=0.3)
_BEHIND_TEETH = Viseme(0.03, 0.1, upper_lip=0.1, tongue=0.6, firmness=0.9, wide_firmness=0.2)
_BETWEEN_TEETH = Viseme(0.04, 0.1, upper_lip=0.2, tongue=0.95, firmness=1.3, wide_firmness=0.2)
_HISS = Viseme(0.03, 0.3, upper_lip=0.3, firmness=1.4, wide_firmness=0.5)
_HUSH = Viseme(0.04, -0.6, upper_lip=0.4, firmness=1.4, wide_firmness=1.2)
_BACK = Viseme(0.04, 0.0, firmness=0.5, wide_firmness=0.1)
_ROUND = Viseme(0.03, -1.0, firmness=1.6, wide_firmness=1.5)

VISEMES: dict[str, Viseme] = {
    "p": _SEALED, "b": _SEALED, "m": _SEALED, "f": _TEETH_ON_LIP, "v": _TEETH_ON_LIP,
    "t": _BEHIND_TEETH, "d": _BEHIND_TEETH, "n": _BEHIND_TEETH, "l": replace(_BEHIND_TEETH, aperture=0.04, tongue=0.9),
    "θ": _BETWEEN_TEETH, "ð": _BETWEEN_TEETH, "s": _HISS, "z": _HISS, "ɕ": replace(_HISS, wide=0.5),
    "ʃ": _HUSH, "ʒ": _HUSH, "tʃ": _HUSH, "dʒ": _HUSH, "k": _BACK, "ɡ": _BACK, "ŋ": _BACK, "h": _BACK,
    "ɹ": Viseme(0.04, -0.5, upper_lip=0.2, firmness=1.0, wide_firmness=0.9), "w": _ROUND, "ɥ": _ROUND,
    "j": Viseme(0.04, 0.55, upper_lip=0.15, firmness=0.9),
    "i": _vowel(0.21, 0.75, 0.25), "ɪ": _vowel(0.22, 0.45, 0.15), "e": _vowel(0.23, 0.5, 0.15),
    "ɛ": _vowel(0.24, 0.35, 0.1), "æ": _vowel(0.27, 0.4, 0.15), "a": _vowel(0.28, 0.1), "ʌ": _vowel(0.24, 0.05),
    "ɐ": _vowel(0.24, 0.05), "ə": _vowel(0.23, 0.0), "ɜ": _vowel(0.23, -0.15), "ɑ": _vowel(0.28, 0.0),
    "ɒ": _vowel(0.26, -0.35), "ɔ": _vowel(0.26, -0.5), "o": _vowel(0.21, -0.8), "ɤ": _vowel(0.23, 0.05),
    "ʊ": _vowel(0.19, -0.65), "u": _vowel(0.17, -1.0), "y": _vowel(0.17, -0.95), "ɨ": _vowel(0.21, 0.2),
}  # fmt: skip
_ASIDE = frozenset("ˈˌːˑʰʲʷ˞ʼ")


def visemes_of(symbol: str) -> tuple[Viseme, ...]:
    """One, or two for a diphthong; none for a sign that is no sound."""
    plain = "".join(sign for sign in symbol if sign not in _ASIDE)
    if plain in VISEMES:
        return (VISEMES[plain],)
    if plain.endswith("ɕ"):
        return (VISEMES["ɕ"],)
    found = tuple(
        VISEMES[part]
        for sound in sounds_of([plain])
        for part in ((sound,) if sound in VISEMES else tuple(sound))
        if part in VISEMES
    )
    return found[:2]
