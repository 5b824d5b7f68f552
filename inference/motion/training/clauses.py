"""Single clauses: a subject and one line of a phrase bank, in one of the many forms in which people write them."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, replace

from inference.motion.acts import Act
from inference.motion.training import scenery
from inference.motion.training.camera_phrases import AWAYS, CAMERA, CAMERAS, TARGETS
from inference.motion.training.face_phrases import FACE
from inference.motion.training.inflect import Form, conjugate
from inference.motion.training.phrases import ACTING, SIDES, Bank

Piece = tuple[str, str]  # words, and the label of what they are about
_VERB = re.compile(r"([~^])(\w+)")
# Acts of the camera whose words people's heads do as well ("turning left", "tilt up"), but for the camera's own verbs:
# without a camera in the sentence they are a person's.
_HEADS_DO_TOO = ("pan", "tilt_up", "tilt_down", "roll", "handheld", "static")
_CAMERAS_OWN = ("~pan", "~truck", "~track", "~sweep")


@dataclass(frozen=True)
class Subject:
    """Who acts, and the words that stand for them later."""

    name: str
    subj: str
    poss: str
    obj: str
    self: str
    plural: bool = False

    def again(self) -> Subject:
        """The same person, by pronoun."""
        return replace(self, name=self.subj)


@dataclass(frozen=True)
class Clause:
    """A line to be said in any form: `line` has its slots filled but its verbs still unconjugated."""

    act: Act
    label: str
    line: str
    kind: str  # verb | part | noun | camera | camera_part | camera_noun
    before: str = ""  # an adverb in front of the verb
    after: str = ""  # an adverb behind the clause

    @property
    def needs_camera(self) -> bool:
        """Whether nobody could tell, without the camera being named, that it is what moves."""
        return self.kind == "camera" and self.act.kind in _HEADS_DO_TOO and not self.line.startswith(_CAMERAS_OWN)


def pick_subject(rng: random.Random) -> Subject:
    """Someone to act: a pronoun, a description or a name."""
    gender = rng.choice(("she", "he", "they"))
    names = {"she": scenery.SHE, "he": scenery.HE, "they": scenery.ANY}[gender]
    roll = rng.random()
    if roll < 0.3:
        gender = rng.choice(("she", "she", "he", "he", "they"))
        return _subject(gender, gender)
    if roll < 0.5:
        return _subject(rng.choice(scenery.NAMES), gender)
    if roll < 0.7:
        return _subject("the person", rng.choice(("they", "she", "he")))
    return _subject(rng.choice(names), gender)


def _subject(name: str, gender: str) -> Subject:
    poss, obj, self = scenery.PRONOUNS[gender]
    return Subject(name, gender, poss, obj, self, plural=gender == "they")


def bank_of(name: str) -> Bank:
    """The phrase bank of an act, side left out."""
    for banks in (ACTING, FACE, CAMERA):
        if name in banks:
            return banks[name]
    raise KeyError(name)


def is_camera(name: str) -> bool:
    return name in CAMERA


def pick_clause(rng: random.Random, name: str, subject: Subject) -> Clause:
    """One way of asking for the act `name` (a side is drawn where it has one), with manner and extent."""
    side = rng.choice(("left", "right"))
    bank = bank_of(name)
    lines = [("verb", line) for line in bank.verbs]
    lines += [("part", line) for line in bank.parts] * 2
    nouns = [("noun", line) for line in bank.nouns]
    kind, line = rng.choice(nouns) if nouns and rng.random() < 0.14 else rng.choice(lines)
    sided = "{side}" in line or "{lr}" in line
    line = line.replace("{side}", rng.choice(SIDES)).replace("{target}", rng.choice(TARGETS))
    line = line.replace("{away}", rng.choice(AWAYS))
    line = line.replace("{lr}", side).replace("{rl}", "left" if side == "right" else "right")
    act = _act_of(name, line, side if sided else None)
    if is_camera(name):
        kind = {"verb": "camera", "part": "camera_part", "noun": "camera_noun"}[kind]
    return Clause(act, act.name, _fill(line, subject), kind)


def _act_of(name: str, line: str, side: str | None) -> Act:
    if name not in ("turn", "look", "gaze", "tilt", "pan", "roll"):
        return Act(name)
    if side is None and "clockwise" in line:
        side = "left" if "counter" in line else "right"
    return Act(f"{name}_{side or 'any'}")


def _fill(line: str, subject: Subject) -> str:
    for slot in ("poss", "obj", "self", "subj"):
        line = line.replace("{" + slot + "}", getattr(subject, slot))
    return line


def fill_scenery(line: str, subject: Subject) -> str:
    """A line of scenery with its pronouns filled."""
    return _fill(line, subject)


def say(line: str, form: Form) -> str:
    """The line with its verbs in `form`; verbs of plural parts (eyes close) stay plural except as gerunds."""

    def spell(match: re.Match[str]) -> str:
        sign, verb = match.groups()
        if sign == "^":
            return conjugate(verb, form if form in ("gerund", "past") else "plural")
        return conjugate(verb, form)

    return _VERB.sub(spell, line)


def with_manner(rng: random.Random, clause: Clause) -> Clause:
    """The clause with, now and then, an adverb: of speed, of extent, or one that changes nothing."""
    roll = rng.random()
    speed, extent = 0, 0
    if roll < 0.22:
        speed = -1 if rng.random() < 0.6 else 1
        word = rng.choice(scenery.SLOW if speed < 0 else scenery.FAST)
    elif roll < 0.32:
        extent = rng.choice((-1, 1))
        word = rng.choice(scenery.SMALL if extent < 0 else scenery.LARGE)
    elif roll < 0.42 and not clause.kind.startswith("camera"):
        word = rng.choice(scenery.FLAVOURS)
    else:
        return clause
    act = replace(clause.act, speed=speed, extent=extent)
    in_front = extent == 0 and " " not in word and clause.kind in ("verb", "camera") and rng.random() < 0.5
    return replace(clause, act=act, before=word) if in_front else replace(clause, act=act, after=word)


def sentence(rng: random.Random, clause: Clause, subject: Subject, form: str) -> list[Piece]:
    """Words for one clause. form: finite | progressive | start | order | gerund | bare (gerund without a subject)."""
    if clause.kind in ("noun", "camera_noun"):
        pieces = _noun(rng, clause, subject, form)
    elif clause.kind in ("part", "camera_part"):
        pieces = _part(rng, clause, subject, form)
    else:
        who = rng.choice(CAMERAS) if clause.kind == "camera" else subject.name
        plural = who == "we" or (who == "they" and subject.plural)
        pieces = _verb(rng, clause, who, plural, form)
    if clause.before:
        pieces.insert(len(pieces) - 1, (clause.before, "none"))
    if clause.after:
        pieces.append((clause.after, "none"))
    return pieces


def _verb(rng: random.Random, clause: Clause, who: str, plural: bool, form: str) -> list[Piece]:
    line, label = clause.line, clause.label
    finite: Form = "plural" if plural else "third"
    pieces: list[Piece]
    if form == "bare" and clause.needs_camera:
        form = "gerund"
    if form == "bare":
        pieces = [(say(line, "gerund"), label)]
    elif form == "gerund":
        pieces = [(who, "none"), (say(line, "gerund"), label)]
    elif form == "progressive":
        pieces = [(f"{who} {'are' if plural else 'is'}", "none"), (say(line, "gerund"), label)]
    elif form == "start":
        start, then = rng.choice((("start", "plain"), ("begin", "plain"), ("start", "gerund"), ("begin", "gerund")))
        to = " to" if then == "plain" else ""
        gone = say(line, "plain" if then == "plain" else "gerund")
        pieces = [(f"{who} {conjugate(start, finite)}{to}", "none"), (gone, label)]
    elif form == "order":
        pieces = _order(rng, clause, who)
    else:
        pieces = [(who, "none"), (say(line, finite), label)]
    return pieces


def _order(rng: random.Random, clause: Clause, who: str) -> list[Piece]:
    words = say(clause.line, "plain")
    named = ("have {who}", "make {who}", "let {who}", "I want {who} to", "{who} should", "we see {who}", "{who} can")
    lead = rng.choice(named if clause.needs_camera else ("", "", "", "please", "now", *named))
    object_form = {"she": "her", "he": "him", "they": "them", "we": "us"}.get(who, who)
    if not lead.startswith("{who}"):
        lead = lead.replace("{who}", object_form)
    lead = lead.replace("{who}", who)
    if "please" in lead or lead in ("", "now"):
        words = re.sub(r"\b(her|his|their)\b", rng.choice(("your", "your", "the")), words)
    plain = (words, clause.label)
    return [(lead, "none"), plain] if lead else [plain]


def _part(rng: random.Random, clause: Clause, subject: Subject, form: str) -> list[Piece]:
    line = clause.line
    if line.startswith(subject.poss + " "):
        rest = line[len(subject.poss) + 1 :]
        owner = subject.poss if subject.name == subject.subj else f"{subject.name}'s"
        line = rng.choice((f"{owner} {rest}", f"{subject.poss} {rest}", f"{owner} {rest}", f"the {rest}", rest))
    if form in ("gerund", "bare"):
        return [(say(line, "gerund"), clause.label)]
    if form == "progressive" and line.count("~") == 1 and "^" not in line:
        return [(_VERB.sub(lambda match: "is " + conjugate(match[2], "gerund"), line, count=1), clause.label)]
    return [(say(line, "third"), clause.label)]


def _noun(rng: random.Random, clause: Clause, subject: Subject, form: str) -> list[Piece]:
    noun = (clause.line, clause.label)
    if clause.kind == "camera_noun":
        lead = "with" if form in ("bare", "gerund") else rng.choice(("", "", "there is", "the shot has", "we get"))
        return [(lead, "none"), noun] if lead else [noun]
    if form == "bare":
        return [("with", "none"), noun]
    if form == "gerund":
        return [(f"{subject.name} with", "none"), noun]
    plural = subject.plural and subject.name == "they"
    give = "give" if plural else "gives"
    lead = rng.choice((f"{subject.name} {give}", f"{subject.name} {give}", f"{subject.name} answers with", "there is"))
    return [(lead, "none"), noun]
