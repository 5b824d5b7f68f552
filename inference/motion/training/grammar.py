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

ACTING_WEIGHTS = {
    "turn": 3.2, "look": 2.4, "gaze": 0.6, "up": 2.4, "down": 2.4, "nod": 2.2, "shake": 2.2, "tilt": 2.4, "still": 0.5,
    "smile": 2.4, "sad": 0.8, "angry": 0.8, "surprise": 0.8, "laugh": 0.6, "talk": 2.4, "open": 1.8, "close_eyes": 2.2,
    "blink": 0.5, "brows": 2.0,
}  # fmt: skip
CAMERA_WEIGHTS = {
    "in_zoom": 1.3, "in_dolly": 1.6, "out_zoom": 1.3, "out_dolly": 1.6, "pan": 2.8, "tilt_up": 0.5, "tilt_down": 0.5,
    "roll": 0.5, "handheld": 0.6, "static": 0.5,
}  # fmt: skip
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
        body, groups = _single(rng, subject, _pick(rng, ACTING_WEIGHTS))
    elif roll < 0.43:
        body, groups = _single(rng, subject, _pick(rng, CAMERA_WEIGHTS))
    elif roll < 0.77:
        body, groups = _sequence(rng, subject, 2)
    elif roll < 0.83:
        body, groups = _sequence(rng, subject, 3)
    elif roll < 0.92:
        body, groups = _together(rng, subject)
    else:
        body, groups = _nothing(rng, subject)
    return _finish(rng, _dress(rng, body, subject), groups)


Groups = tuple[tuple[Act, ...], ...]


def _pick(rng: random.Random, weights: dict[str, float], but: tuple[str, ...] = ()) -> str:
    names = [name for name in weights if name not in but]
    return rng.choices(names, [weights[name] for name in names])[0]


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
    first = _pick(rng, ACTING_WEIGHTS, ("still",))
    if rng.random() < 0.55:
        second = _pick(rng, CAMERA_WEIGHTS, ("static", "handheld"))
    else:
        taken = tuple(name for name, part in _PART.items() if part == _PART[first])
        second = _pick(rng, ACTING_WEIGHTS, (*taken, "still"))
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
    return _pick(rng, weights, (*[name for name in names if name not in repeatable], "static", "handheld", "still"))


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
    style = rng.choice(("then", "then", "then", "then", "first", "after", "before", "once", "dot", "done", "done"))
    if style == "first":
        body = [(rng.choice(("first", "first,", "at first", "to begin with,")), "none")]
        body += [*sentence(rng, a, subject, "finite"), (rng.choice((", then", ", and then", ". then")), "none")]
        return body + _continue(rng, b, later, "then")
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
    if style == "dot":
        return [*sentence(rng, a, subject, "finite"), (".", "none"), *sentence(rng, b, later, "finite")]
    words = rng.choice(THEN)
    return [*sentence(rng, a, subject, "finite"), (words, "none"), *_continue(rng, b, later, words)]


def _continue(rng: random.Random, clause: Clause, subject: Subject, after: str) -> list[Piece]:
    """The next clause, its subject left out where English allows it."""
    if after.strip(" ,.") in ("before", "followed by", "ending with"):
        return sentence(rng, clause, subject, "bare")
    if clause.kind == "verb" and not after.startswith(".") and rng.random() < 0.6:
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
    body += [(rng.choice((",", ", then", ". then", ", next")), "none"), *_continue(rng, b, later, "then")]
    words = rng.choice((", and then", ", then", ". finally,", ", and finally", "and at last"))
    return [*body, (words, "none"), *_continue(rng, c, later, words)]


def _nothing(rng: random.Random, subject: Subject) -> tuple[list[Piece], Groups]:
    """Captions that ask for no motion: scenes, other people's acts, acts that are denied."""
    roll = rng.random()
    if roll < 0.25:
        verb = rng.choice(("", "", "stands", "sits", "waits", "is", "stays", "rests", "lives"))
        where = rng.choice(scenery.PLACES) if rng.random() < 0.5 else _sided(rng, rng.choice(scenery.SPOTS))
        return [(f"{subject.name} {verb}".strip(), "none"), (where, "setting")], ()
    if roll < 0.5:
        return _unsupported(rng, subject), ()
    if roll < 0.75:
        return _other(rng, subject), ()
    if roll < 0.85:
        return [(_event(rng, subject), "setting")], ()
    clause = pick_clause(rng, _pick(rng, ACTING_WEIGHTS), subject)
    lead = "do not" if subject.plural and subject.name == "they" else "does not"
    if clause.kind != "verb":
        return [(_event(rng, subject), "setting")], ()
    return [(f"{subject.name} {lead}", "none"), (say(clause.line, "plain"), "none")], ()


def _unsupported(rng: random.Random, subject: Subject) -> list[Piece]:
    if rng.random() < 0.15:
        line = fill_scenery(rng.choice(scenery.CAMERA_UNSUPPORTED), subject)
        return [("the camera", "none"), (say(line, "third"), "unsupported")]
    line = fill_scenery(rng.choice(scenery.UNSUPPORTED), subject)
    if rng.random() < 0.3:
        line = _sided(rng, f"{rng.choice(scenery.GOINGS)} {rng.choice(scenery.GOING_WAYS)}")
    plural = subject.plural and subject.name == "they"
    form = rng.choice(("finite", "finite", "progressive"))
    if form == "progressive":
        return [(f"{subject.name} {'are' if plural else 'is'}", "none"), (say(line, "gerund"), "unsupported")]
    return [(subject.name, "none"), (say(line, "plural" if plural else "third"), "unsupported")]


def _sided(rng: random.Random, line: str) -> str:
    return line.replace("{lr}", rng.choice(("left", "right")))


def _event(rng: random.Random, subject: Subject) -> str:
    """Something in the scene moves or is; nobody's face does."""
    if rng.random() < 0.45:
        return rng.choice(scenery.SETTINGS)
    parts = (rng.choice(scenery.THINGS), rng.choice(scenery.THING_VERBS), rng.choice(scenery.THING_WAYS))
    return fill_scenery(" ".join(parts), subject)


def _other(rng: random.Random, subject: Subject) -> list[Piece]:
    """Someone else does something: the words are theirs, nothing of it is acted."""
    who = fill_scenery(rng.choice(scenery.OTHERS), subject)
    other = Subject(who, "they", "their", "them", "themselves")
    if rng.random() < 0.75:
        clause = pick_clause(rng, _pick(rng, ACTING_WEIGHTS), other)
        line = clause.line if clause.kind == "verb" else "~wave"
    else:
        line = fill_scenery(rng.choice(scenery.UNSUPPORTED), other)
    where = fill_scenery(rng.choice(scenery.WHERE_OTHERS), subject)
    words = f"{who} {say(line, 'third')}"
    if rng.random() < 0.5:
        words = rng.choice((f"{where}, {words}", f"{words} {where}"))
    return [(words, "other")]


def _dress(rng: random.Random, body: list[Piece], subject: Subject) -> list[Piece]:
    """Put the acting among words about place, light, clothes, style, other people and what cannot be done."""
    if rng.random() < 0.1:
        words = rng.choice(("while", "as", ".", ",", "and"))
        other = _other(rng, subject)
        body = [*body, (words, "none"), *other] if rng.random() < 0.6 else [*other, (words, "none"), *body]
    if rng.random() < 0.09:
        extra = _unsupported(rng, subject.again() if rng.random() < 0.7 else subject)
        words = rng.choice(("and", ", then", ".", "while", ", and then", ","))
        body = [*body, (words, "none"), *extra] if rng.random() < 0.55 else [*extra, (words, "none"), *body]
    if rng.random() < 0.1:
        extra = [(_event(rng, subject), "setting")]
        words = rng.choice(("while", "as", ".", ",", "."))
        body = [*body, (words, "none"), *extra] if rng.random() < 0.5 else [*extra, (". ", "none"), *body]
    if rng.random() < 0.06:
        body = [*body, (_sided(rng, rng.choice(scenery.SPOTS)), "setting")]
    for lines, chance in ((scenery.PLACES, 0.2), (scenery.TIMES, 0.08), (scenery.LIGHTS, 0.08)):
        if rng.random() < chance:
            place = (fill_scenery(rng.choice(lines), subject), "setting")
            body = [place, (",", "none"), *body] if rng.random() < 0.45 else [*body, (",", "none"), place]
    if rng.random() < 0.08:
        body = [*body, (".", "none"), (rng.choice(scenery.MOODS), "none")]
    if rng.random() < 0.16:
        style: list[Piece] = [(", ".join(rng.sample(scenery.STYLES, rng.randint(1, 3))), "none")]
        lead = rng.random() < 0.3
        body = [*style, (":" if rng.random() < 0.5 else ",", "none"), *body] if lead else [*body, (",", "none"), *style]
    if rng.random() < 0.12:
        body = [
            (rng.choice(("a video of", "a shot of", "close-up of", "portrait of", "a scene:", "we see")), "none"),
            *body,
        ]
    return _clothe(rng, body, subject)


def _clothe(rng: random.Random, body: list[Piece], subject: Subject) -> list[Piece]:
    if rng.random() > 0.12 or subject.name == subject.subj:
        return body
    for i, (words, label) in enumerate(body):
        if label == "none" and words.startswith(subject.name):
            rest = words[len(subject.name) :].strip()
            dressed = [(subject.name, "none"), (rng.choice(scenery.CLOTHES), "setting"), (rest, "none")]
            return [*body[:i], *[piece for piece in dressed if piece[0]], *body[i + 1 :]]
    return body


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
