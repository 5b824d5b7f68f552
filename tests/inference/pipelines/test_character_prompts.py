"""Each character reads the prompt with itself as the person and the others as someone else."""

from __future__ import annotations

import torch

from inference.motion.acts import LABEL_INDEX, LABELS
from inference.motion.text import TokenStates
from inference.pipelines.character_prompts import write_part
from inference.pipelines.unsupported_prompt_parts import list_unsupported_parts

PROMPT = "Maya's head turns left while Ben smiles at Maya."


def test_names_become_the_roles_of_the_reader() -> None:
    assert write_part(PROMPT, "Maya", ("Ben",)).text == (
        "the person's head turns left while someone else smiles at the person."
    )
    assert write_part(PROMPT, "Ben", ("Maya",)).text == (
        "someone else's head turns left while the person smiles at someone else."
    )


def test_only_whole_names_in_their_own_spelling_are_replaced() -> None:
    assert write_part("Will will nod; Willow smiles", "Will", ()).text == "the person will nod; Willow smiles"
    assert write_part("She nods", "Will", ("Ben",)).text == "She nods"


def test_every_character_of_a_part_knows_where_it_came_from() -> None:
    part = write_part(PROMPT, "Ben", ("Maya",))
    assert len(part.origin) == len(part.text)
    assert all(part.text[i] == PROMPT[at] for i, at in enumerate(part.origin) if at >= 0)


def states_of(text: str) -> TokenStates:
    """One token a word, as far as offsets go."""
    offsets, at = [], 0
    for word in text.split(" "):
        offsets.append((at, at + len(word)))
        at += len(word) + 1
    return TokenStates(
        torch.zeros(1, len(offsets), 1), torch.ones(1, len(offsets), dtype=torch.bool), (tuple(offsets),)
    )


def labels_of(text: str, labels: dict[str, str]) -> torch.Tensor:
    rows = torch.full((1, len(text.split(" ")), len(LABELS)), -10.0)
    for i, word in enumerate(text.split(" ")):
        rows[0, i, LABEL_INDEX[labels.get(word, "none")]] = 10.0
    return rows


def both(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.cat([a, b])


def test_words_that_cannot_be_acted_are_named_in_phrases() -> None:
    prompt = "She walks away, then smiles"
    labels = labels_of(prompt, {"walks": "unsupported", "away,": "unsupported", "smiles": "smile"})
    part = write_part(prompt, "Eileen", ())
    assert list_unsupported_parts(prompt, (part,), states_of(prompt), labels) == ("walks away",)


def test_what_another_character_of_the_shot_does_is_not_left_aside() -> None:
    prompt = "Maya nods Ben smiles"
    parts = (write_part(prompt, "Maya", ("Ben",)), write_part(prompt, "Ben", ("Maya",)))
    assert [part.text for part in parts] == [
        "the person nods someone else smiles",
        "someone else nods the person smiles",
    ]
    first, second = (states_of(part.text) for part in parts)
    states = TokenStates(first.states_BNS, first.mask_BN, (*first.offsets, *second.offsets))
    maya = labels_of(parts[0].text, {"nods": "nod", "smiles": "other"})
    ben = labels_of(parts[1].text, {"nods": "other", "smiles": "smile"})
    assert list_unsupported_parts(prompt, parts, states, both(maya, ben)) == ()


def test_words_beyond_what_was_read_are_left_aside() -> None:
    prompt = "She nods and much later something happens"
    states = states_of("She nods")
    labels = labels_of("She nods", {"nods": "nod"})
    assert list_unsupported_parts(prompt, (write_part(prompt, "Eileen", ()),), states, labels) == (
        "and much later something happens",
    )
