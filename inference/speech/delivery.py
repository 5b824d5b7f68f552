"""How a line is delivered: what a screenplay's parenthetical asks of a voice, as far as the voice can do it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPEEDS = {
    "slowly": 0.85, "slow": 0.85, "carefully": 0.9, "weakly": 0.85, "tired": 0.88, "tiredly": 0.88, "sad": 0.9,
    "sadly": 0.9, "thoughtfully": 0.88, "hesitant": 0.88, "hesitantly": 0.88, "dreamily": 0.88, "drunkenly": 0.85,
    "gravely": 0.9, "quickly": 1.15, "fast": 1.15, "hurried": 1.15, "hurriedly": 1.15, "rapidly": 1.2,
    "excited": 1.1, "excitedly": 1.1, "panicked": 1.2, "panicking": 1.2, "breathless": 1.12, "urgently": 1.12,
    "nervously": 1.08, "angrily": 1.06, "慢": 0.85, "缓": 0.85, "疲惫": 0.88, "悲伤": 0.9, "犹豫": 0.88,
    "沉思": 0.88, "快": 1.15, "急": 1.15, "激动": 1.1, "慌": 1.2,
}  # fmt: skip
_PAUSES_S = {
    "long pause": 1.5, "pause": 0.8, "beat": 0.6, "a beat": 0.6, "silence": 1.5, "then": 0.4, "长停顿": 1.5,
    "停顿": 0.8, "沉默": 1.5, "片刻": 0.6,
}  # fmt: skip


@dataclass(frozen=True)
class Delivery:
    """`speed` for the line, seconds of silence before it, and what no voice here can do (shouting, whispering …)."""

    speed: float = 1.0
    pause_before_s: float = 0.0
    unheeded: str = ""


def read_parenthetical(parenthetical: str) -> Delivery:
    """`(beat, slowly)` → a pause of 0.6 s and a speed of 0.85. What is not understood is told, never guessed at."""
    delivery = Delivery()
    unheeded = []
    for part in re.split(r"[,;，；、/]|\band\b", parenthetical.strip("()（） \t").casefold()):
        wish = part.strip(" .。…")
        pause = next((seconds for words, seconds in _PAUSES_S.items() if wish == words), 0.0)
        speed = _SPEEDS.get(wish) or next((rate for words, rate in _SPEEDS.items() if _holds(wish, words)), None)
        if pause:
            delivery = Delivery(delivery.speed, max(delivery.pause_before_s, pause))
        elif speed:
            delivery = Delivery(speed, delivery.pause_before_s)
        elif wish:
            unheeded.append(wish)
    return Delivery(delivery.speed, delivery.pause_before_s, ", ".join(unheeded))


def _holds(wish: str, words: str) -> bool:
    """Chinese writes no spaces; English words must be whole: `breakfast` is not fast."""
    if words.isascii():
        return bool(re.fullmatch(rf"(?:very|too|rather|more|a little) {words}", wish))
    return words in wish and not wish.startswith("不")
