"""English verbs as captions need them: "turns", "turning", "turned", from the plain form."""

from __future__ import annotations

from typing import Literal

Form = Literal["plain", "plural", "third", "gerund", "past"]

_THIRD = {"be": "is", "have": "has", "do": "does"}
_GERUND = {"be": "being", "lie": "lying", "die": "dying"}
_PAST = {
    "be": "been", "have": "had", "do": "done", "shake": "shaken", "speak": "spoken", "say": "said", "give": "given",
    "fall": "fallen", "shut": "shut", "let": "let", "put": "put", "take": "taken", "make": "made", "tell": "told",
    "sing": "sung", "swing": "swung", "see": "seen", "bring": "brought", "throw": "thrown", "hold": "held",
    "bend": "bent", "hang": "hung", "rise": "risen", "show": "shown", "wear": "worn", "get": "got", "go": "gone",
    "come": "come", "keep": "kept", "read": "read", "draw": "drawn", "cut": "cut", "spin": "spun", "sink": "sunk",
    "creep": "crept", "sleep": "slept", "break": "broken", "find": "found", "become": "become", "begin": "begun",
    "cast": "cast", "slide": "slid", "leave": "left", "sweep": "swept", "think": "thought", "lay": "laid",
    "catch": "caught", "withdraw": "withdrawn", "shrink": "shrunk", "sit": "sat", "lie": "lain",
}  # fmt: skip
_DOUBLED = {
    "nod", "bob", "grin", "shut", "drop", "tip", "dip", "get", "let", "put", "cut", "pan", "spin", "run", "jog", "wag",
    "chat", "sit", "clap", "shrug", "swim", "bat", "hum", "scan", "hug", "step", "flip", "whip", "crop", "flit", "snap",
    "nap", "begin", "skip", "rub",
}  # fmt: skip


def conjugate(verb: str, form: Form) -> str:
    """`verb` in the asked form: conjugate("nod", "gerund") is "nodding"."""
    if form == "plain":
        return verb
    if form == "past":
        return _past(verb)
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


def _past(verb: str) -> str:
    """The past participle."""
    if verb in _PAST:
        return _PAST[verb]
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return (verb + verb[-1] if verb in _DOUBLED else verb) + "ed"
