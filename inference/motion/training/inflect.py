"""English verbs as captions need them: "turns", "turning", from the plain form."""

from __future__ import annotations

from typing import Literal

Form = Literal["plain", "plural", "third", "gerund"]

_THIRD = {"be": "is", "have": "has", "do": "does"}
_GERUND = {"be": "being", "lie": "lying", "die": "dying"}
_DOUBLED = {
    "nod", "bob", "grin", "shut", "drop", "tip", "dip", "get", "let", "put", "cut", "pan", "spin", "run", "jog", "wag",
    "chat", "sit", "clap", "shrug", "swim", "bat", "hum", "scan", "hug", "step", "flip", "whip", "crop", "flit", "snap",
    "nap", "begin", "skip", "rub",
}  # fmt: skip


def conjugate(verb: str, form: Form) -> str:
    """`verb` in the asked form: conjugate("nod", "gerund") is "nodding"."""
    if form == "plain":
        return verb
    if form == "plural":
        return "are" if verb == "be" else verb
    return _third(verb) if form == "third" else _gerund(verb)


def _third(verb: str) -> str:
    if verb in _THIRD:
        return _THIRD[verb]
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies"
    return verb + "s"


def _gerund(verb: str) -> str:
    if verb in _GERUND:
        return _GERUND[verb]
    if verb in _DOUBLED:
        return verb + verb[-1] + "ing"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1] + "ing"
    return verb + "ing"
