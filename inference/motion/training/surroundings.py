"""Words around the acting that move nobody's face: other people, scenes, clothes, style, and what cannot be done."""

from __future__ import annotations

import random

from inference.motion.training import scenery
from inference.motion.training.clauses import Piece, Subject, fill_scenery, pick_clause, say
from inference.motion.training.frequency import ACTING_WEIGHTS, pick_act


def ask_the_impossible(rng: random.Random, subject: Subject) -> list[Piece]:
    """The subject or the camera does what the previs cannot: labelled so that the words can be named."""
    if rng.random() < 0.15:
        line = fill_scenery(rng.choice(scenery.CAMERA_UNSUPPORTED), subject)
        return [("the camera", "none"), (say(line, "third"), "unsupported")]
    line = fill_scenery(rng.choice(scenery.UNSUPPORTED), subject)
    if rng.random() < 0.3:
        line = with_side(rng, f"{rng.choice(scenery.GOINGS)} {rng.choice(scenery.GOING_WAYS)}")
    plural = subject.plural and subject.name == "they"
    form = rng.choice(("finite", "finite", "progressive"))
    if form == "progressive":
        return [(f"{subject.name} {'are' if plural else 'is'}", "none"), (say(line, "gerund"), "unsupported")]
    return [(subject.name, "none"), (say(line, "plural" if plural else "third"), "unsupported")]


def with_side(rng: random.Random, line: str) -> str:
    """The line with {lr} as left or right."""
    return line.replace("{lr}", rng.choice(("left", "right")))


def draw_event(rng: random.Random, subject: Subject) -> str:
    """Something in the scene moves or is; nobody's face does."""
    if rng.random() < 0.45:
        return rng.choice(scenery.SETTINGS)
    parts = (rng.choice(scenery.THINGS), rng.choice(scenery.THING_VERBS), rng.choice(scenery.THING_WAYS))
    return fill_scenery(" ".join(parts), subject)


def let_another_act(rng: random.Random, subject: Subject) -> list[Piece]:
    """Someone else does something: the words are theirs, nothing of it is acted."""
    who = fill_scenery(rng.choice(scenery.OTHERS), subject)
    other = Subject(who, "they", "their", "them", "themselves")
    if rng.random() < 0.75:
        clause = pick_clause(rng, pick_act(rng, ACTING_WEIGHTS), other)
        line = clause.line if clause.kind == "verb" else "~wave"
    else:
        line = fill_scenery(rng.choice(scenery.UNSUPPORTED), other)
    where = fill_scenery(rng.choice(scenery.WHERE_OTHERS), subject)
    words = f"{who} {say(line, 'third')}"
    if rng.random() < 0.5:
        words = rng.choice((f"{where}, {words}", f"{words} {where}"))
    return [(words, "other")]


def dress(rng: random.Random, body: list[Piece], subject: Subject) -> list[Piece]:
    """Put the acting among words about place, light, clothes, style, other people and what cannot be done."""
    if rng.random() < 0.1:
        words = rng.choice(("while", "as", ".", ",", "and"))
        other = let_another_act(rng, subject)
        body = [*body, (words, "none"), *other] if rng.random() < 0.6 else [*other, (words, "none"), *body]
    if rng.random() < 0.09:
        extra = ask_the_impossible(rng, subject.again() if rng.random() < 0.7 else subject)
        words = rng.choice(("and", ", then", ".", "while", ", and then", ","))
        body = [*body, (words, "none"), *extra] if rng.random() < 0.55 else [*extra, (words, "none"), *body]
    if rng.random() < 0.1:
        extra = [(draw_event(rng, subject), "setting")]
        words = rng.choice(("while", "as", ".", ",", "."))
        body = [*body, (words, "none"), *extra] if rng.random() < 0.5 else [*extra, (". ", "none"), *body]
    if rng.random() < 0.06:
        body = [*body, (with_side(rng, rng.choice(scenery.SPOTS)), "setting")]
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
            clothes = fill_scenery(rng.choice(scenery.CLOTHES), subject)
            dressed = [(subject.name, "none"), (clothes, "setting"), (rest, "none")]
            return [*body[:i], *[piece for piece in dressed if piece[0]], *body[i + 1 :]]
    return body
