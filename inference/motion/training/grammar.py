"""Captions for synthesised motion: one to three acts, in order or together, among words that ask for nothing.

`draw_caption(rng)` is the whole of it. What an act looks like is decided in synthesis.py, never here.
"""

from __future__ import annotations

import random

from inference.motion.acts import LEFT_ASIDE, Act, Caption, Span
from inference.motion.training import scenery
from inference.motion.training.clauses import (
    Clause,
    Piece,
    Subject,
    fill_scenery,
    is_camera,
    pick_clause,
    pick_subject,
    say,
    sentence,
    with_manner,
)
from inference.motion.training.frequency import ACTING_WEIGHTS, CAMERA_WEIGHTS, pick_act
from inference.motion.training.surroundings import ask_the_impossible, draw_event, dress, let_another_act, with_side

# Acts that move the same part of the face cannot be done together.
_PART = {
    "turn": "yaw", "look": "yaw", "gaze": "yaw", "shake": "yaw", "face": "yaw", "up": "pitch", "down": "pitch",
    "nod": "pitch", "tilt": "roll", "smile": "lips", "sad": "lips", "surprise": "lips", "laugh": "lips", "talk": "jaw",
    "open": "jaw", "close_eyes": "eyes", "blink": "eyes", "open_eyes": "eyes", "brows": "brows", "angry": "brows",
    "still": "all",
}  # fmt: skip


def draw_caption(rng: random.Random) -> Caption:
    """One caption with its meaning; the same generator state gives the same caption."""
    subject = pick_subject(rng)
    roll = rng.random()
    if roll < 0.32:
        body, groups = _single(rng, subject, pick_act(rng, ACTING_WEIGHTS))
    elif roll < 0.43:
        body, groups = _single(rng, subject, pick_act(rng, CAMERA_WEIGHTS))
    elif roll < 0.77:
        body, groups = _sequence(rng, subject, 2)
    elif roll < 0.83:
        body, groups = _sequence(rng, subject, 3)
    elif roll < 0.92:
        body, groups = _together(rng, subject)
    else:
        body, groups = _nothing(rng, subject)
    body = dress(rng, body, subject)
    if rng.random() < 0.05:
        body, groups = _in_hand(rng, body, groups, subject)
    return _finish(rng, body, groups)


Groups = tuple[tuple[Act, ...], ...]


def _form(rng: random.Random) -> str:
    return rng.choices(("finite", "progressive", "start", "order", "gerund"), (5, 1, 1, 1.6, 1.4))[0]


def _meant(clauses: list[Clause]) -> tuple[Act, ...]:
    return tuple(clause.act for clause in clauses)


def _single(rng: random.Random, subject: Subject, name: str) -> tuple[list[Piece], Groups]:
    clause = with_manner(rng, pick_clause(rng, name, subject))
    pieces = sentence(rng, clause, subject, _form(rng))
    if not is_camera(name) and rng.random() < 0.5:
        pieces.append((fill_scenery(rng.choice(scenery.TAILS), subject), "none"))
    act = clause.act
    if name in ("turn", "look", "up", "down", "tilt") and rng.random() < 0.1:
        pieces.append((rng.choice(("and back", "and back again", ", then back to the camera", "and returns")), "none"))
        act = Act(act.name, act.speed, act.extent, back=True)
    return pieces, ((act,),)


def _together(rng: random.Random, subject: Subject) -> tuple[list[Piece], Groups]:
    first = pick_act(rng, ACTING_WEIGHTS, ("still",))
    if rng.random() < 0.55:
        second = pick_act(rng, CAMERA_WEIGHTS, ("static",))
    else:
        taken = tuple(name for name, part in _PART.items() if part == _PART[first])
        second = pick_act(rng, ACTING_WEIGHTS, (*taken, "still"))
    clauses = [with_manner(rng, pick_clause(rng, name, subject)) for name in (first, second)]
    if rng.random() < 0.3:
        clauses.reverse()
    a, b = clauses
    same = is_camera(first) == is_camera(second)
    style = rng.choice(("while", "as", "and", "along", "front", "bare"))
    later = subject.again()
    if style == "while":
        body = [*sentence(rng, a, subject, "finite"), ("while", "none"), *_short(rng, b, later, same)]
    elif style == "as":
        body = [*sentence(rng, a, subject, "finite"), ("as", "none"), *sentence(rng, b, later, "finite")]
    elif style == "front":
        lead = rng.choice(("as", "while"))
        body = [(lead, "none"), *sentence(rng, a, subject, "finite"), (",", "none")]
        body += sentence(rng, b, later, "finite")
    elif style == "bare" and same:
        body = [*sentence(rng, a, subject, "finite"), (",", "none"), *sentence(rng, b, later, "bare")]
    elif style == "along":
        words = rng.choice(("at the same time", "simultaneously", "meanwhile", "at once"))
        body = [*sentence(rng, a, subject, "finite"), ("and", "none"), *sentence(rng, b, later, "finite")]
        body.append((words, "none"))
    else:
        body = [*sentence(rng, a, subject, "finite"), (rng.choice(("and", ",", ".")), "none")]
        body += _short(rng, b, later, False)
    return body, (_meant(clauses),)


def _in_hand(rng: random.Random, body: list[Piece], groups: Groups, subject: Subject) -> tuple[list[Piece], Groups]:
    """The same shot from a handheld camera, said in a sentence of its own: it lasts as long as the shot."""
    clause = pick_clause(rng, "handheld", subject)
    told = sentence(rng, clause, subject, "finite")
    first, *others = groups or ((),)
    held = ((*first, clause.act), *others)
    return ([*told, (".", "none"), *body] if rng.random() < 0.3 else [*body, (".", "none"), *told]), held


def _short(rng: random.Random, clause: Clause, subject: Subject, drop: bool) -> list[Piece]:
    return sentence(rng, clause, subject, "bare" if drop and rng.random() < 0.6 else "finite")


def _sequence(rng: random.Random, subject: Subject, length: int) -> tuple[list[Piece], Groups]:
    names: list[str] = []
    for _ in range(length):
        camera = rng.random() < 0.22
        weights = CAMERA_WEIGHTS if camera else ACTING_WEIGHTS
        names.append(_next_name(rng, names, weights))
    clauses = [with_manner(rng, pick_clause(rng, name, subject)) for name in names]
    groups: Groups = tuple((clause.act,) for clause in clauses)
    return (_two(rng, clauses, subject) if length == 2 else _three(rng, clauses, subject)), groups


def _next_name(rng: random.Random, names: list[str], weights: dict[str, float]) -> str:
    if names and names[-1] in ("turn", "look", "up", "down", "tilt") and rng.random() < 0.12:
        return "face"
    if names and names[-1] == "close_eyes" and rng.random() < 0.25:
        return "open_eyes"
    repeatable = {"turn", "look", "pan"}
    return pick_act(rng, weights, (*[name for name in names if name not in repeatable], "static", "handheld", "still"))


THEN = (
    ", then", ", then", ", then", "then", "and then", "and then", ", and then", ". then", ". then", ". next,",
    ", after that", ". after that", ". a moment later", ", and a moment later", ". after a pause,", "; then",
    ", before", ". finally,", ", and finally", ", followed by", ", and afterwards", ". afterwards", ", and only then",
    ". later", ". two seconds later", ", after which", ", ending with", ", moments later", ". when that is done,",
    "and then, a second later,", ". to finish,", ", whereupon", "->", ". only afterwards",
)  # fmt: skip


def _two(rng: random.Random, clauses: list[Clause], subject: Subject) -> list[Piece]:
    a, b = clauses
    later = subject.again()
    style = rng.choice(
        ("then", "then", "then", "then", "first", "after", "before", "once", "dot", "done", "done", "counted")
    )
    if style == "first":
        body = [(rng.choice(("first", "first,", "at first", "to begin with,")), "none")]
        body += [*sentence(rng, a, subject, "finite"), (rng.choice((", then", ", and then", ". then")), "none")]
        return body + _continue(rng, a, b, later, "then")
    if style == "after":
        lead = [(rng.choice(("after", "right after")), "none"), *sentence(rng, a, subject, "bare"), (",", "none")]
        back = [*sentence(rng, b, subject, "finite"), ("after", "none"), *sentence(rng, a, later, "bare")]
        return lead + sentence(rng, b, subject, "finite") if rng.random() < 0.6 else back
    if style == "done" and a.kind == "verb":
        done = (say(a.line, "past"), a.label)
        has = "have" if subject.plural and subject.name == "they" else "has"
        opening = rng.choice(("having", f"once {subject.name} {has}", f"after {subject.name} {has}", "after having",
                           f"when {subject.name} {has}"))  # fmt: skip
        if rng.random() < 0.3:
            return [*sentence(rng, b, subject, "finite"), (f"once {later.name} {has}", "none"), done]
        rest = sentence(rng, b, subject if opening.endswith("having") else later, "finite")
        return [(opening, "none"), done, (",", "none"), *rest]
    if style == "before":
        lead = [("before", "none"), *sentence(rng, b, subject, "bare"), (",", "none")]
        plain = [*sentence(rng, a, subject, "finite"), ("before", "none"), *sentence(rng, b, later, "bare")]
        return lead + sentence(rng, a, subject, "finite") if rng.random() < 0.45 else plain
    if style == "once":
        lead = [(rng.choice(("when", "once", "as soon as")), "none"), *sentence(rng, a, subject, "finite")]
        return [*lead, (", it is over and", "none"), *sentence(rng, b, later, "finite")]
    if style == "counted":
        one = [*sentence(rng, a, subject, "finite"), ("first", "none"), (rng.choice(("and", ",", ", and")), "none")]
        two = rng.choice(("second", "afterwards", "next", "after that"))
        return [*one, *_continue(rng, a, b, later, "and"), (two, "none")]
    if style == "dot":
        return [*sentence(rng, a, subject, "finite"), (".", "none"), *sentence(rng, b, later, "finite")]
    words = rng.choice(THEN)
    return [*sentence(rng, a, subject, "finite"), (words, "none"), *_continue(rng, a, b, later, words)]


def _continue(rng: random.Random, before: Clause, clause: Clause, subject: Subject, after: str) -> list[Piece]:
    """The next clause, its subject left out where English allows it: not behind a camera's."""
    if after.strip(" ,.") in ("before", "followed by", "ending with"):
        return sentence(rng, clause, subject, "bare")
    drops = clause.kind == "verb" and not before.kind.startswith("camera") and not after.startswith(".")
    if drops and rng.random() < 0.6:
        words = (say(clause.line, "plural" if subject.plural else "third"), clause.label)
        pieces: list[Piece] = [(clause.before, "none")] if clause.before else []
        return [*pieces, words, (clause.after, "none")] if clause.after else [*pieces, words]
    return sentence(rng, clause, subject, "finite")


def _three(rng: random.Random, clauses: list[Clause], subject: Subject) -> list[Piece]:
    a, b, c = clauses
    later = subject.again()
    body = sentence(rng, a, subject, "finite")
    if rng.random() < 0.4:
        body.insert(0, (rng.choice(("first", "first,")), "none"))
    body += [(rng.choice((",", ", then", ". then", ", next")), "none"), *_continue(rng, a, b, later, "then")]
    words = rng.choice((", and then", ", then", ". finally,", ", and finally", "and at last"))
    return [*body, (words, "none"), *_continue(rng, b, c, later, words)]


def _nothing(rng: random.Random, subject: Subject) -> tuple[list[Piece], Groups]:
    """Captions that ask for no motion: scenes, other people's acts, acts that are denied."""
    roll = rng.random()
    if roll < 0.25:
        verb = rng.choice(("", "", "stands", "sits", "waits", "is", "stays", "rests", "lives"))
        where = rng.choice(scenery.PLACES) if rng.random() < 0.5 else with_side(rng, rng.choice(scenery.SPOTS))
        return [(f"{subject.name} {verb}".strip(), "none"), (where, "setting")], ()
    if roll < 0.5:
        return ask_the_impossible(rng, subject), ()
    if roll < 0.75:
        return let_another_act(rng, subject), ()
    if roll < 0.85:
        return [(draw_event(rng, subject), "setting")], ()
    clause = pick_clause(rng, pick_act(rng, ACTING_WEIGHTS), subject)
    lead = "do not" if subject.plural and subject.name == "they" else "does not"
    if clause.kind != "verb":
        return [(draw_event(rng, subject), "setting")], ()
    return [(f"{subject.name} {lead}", "none"), (say(clause.line, "plain"), "none")], ()


def _finish(rng: random.Random, body: list[Piece], groups: Groups) -> Caption:
    text, spans = "", []
    for words, label in body:
        if not words:
            continue
        if text and words[0] not in ",.;:'":
            text += " "
        start = len(text)
        text += words
        if label != "none":
            spans.append(Span(start, len(text), label))
    if rng.random() < 0.8:
        text = text[0].upper() + text[1:]
    if rng.random() < 0.65:
        text += "."
    return Caption(text, tuple(spans), _ordered(groups))


def _ordered(groups: Groups) -> Groups:
    assert all(act.name not in LEFT_ASIDE for group in groups for act in group)
    return groups
