"""What a shot becomes for each large model, and what is proven of it: docs/models.md has it from the catalogue.

`python -m tests.docs.test_models_facts` writes it anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from inference.catalogue import PULLED, ModelCard
from inference.registry.specs import SPECS
from tests.docs.proofs import ANIMATE, ANIMATE_2, EXPERTS, PROOFS, VACE, Proof

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "models.md"
_LEFT_ASIDE = "left aside, with a note"

PARTS: dict[str, Callable[[ModelCard], str]] = {
    "characters": lambda card: f"up to {card.limits.max_characters}" if card.limits.max_characters > 1 else "one",
    "their photos": lambda card: SPECS[card.name].references,
    "a previs": lambda card: f"{'must' if card.control == 'required' else 'may'} drive: {SPECS[card.name].driving}",
    "the prompt": lambda card: "all that it says" if card.acts_anything else "beside the previs, whose acting it is",
    "keyframes": lambda card: "shown to the model at their moments" if card.keyframes else "refused",
    "a look": lambda card: "words in the prompt, a picture after the photos" if card.dresses else _LEFT_ASIDE,
    "the plate": lambda card: "as it is" if card.draws_plates else f"seen in the previs; without one {_LEFT_ASIDE}",
    "a character's LoRA": lambda card: "acts for its takes" if card.adapters else "refused",
    "length": lambda card: f"at most {_most_frames(card)} frames, at {' or '.join(map(str, card.limits.fps))} a second",
    "weights": lambda card: f"{SPECS[card.name].weights_bytes() / 1e9:.0f} GB in bfloat16, {card.licence}",
    "it cannot": lambda card: "; ".join(card.cannot),
}


def _most_frames(card: ModelCard) -> int:
    return card.limits.max_frames or round(card.limits.max_seconds * max(card.limits.fps))


def kind_of(card: ModelCard) -> str:
    """As `proofs` calls it."""
    spec = SPECS[card.name]
    kind = {"wan-vace": VACE, "wan-animate": ANIMATE, "wan-animate-2": ANIMATE_2}[spec.family]
    return EXPERTS if "transformer_2" in spec.parameters else kind


def shot_table() -> str:
    rows = []
    for part, words in PARTS.items():
        first, *others = told = [words(card) for card in PULLED.values()]
        rows.append(
            [part, first, *("the same" if one == left else one for left, one in zip(told, others, strict=False))]
        )
    return _table("of a shot", rows)


def proof_table() -> str:
    return _table(
        "with tiny weights", [[proof.claim, *(_verdict(proof, card) for card in PULLED.values())] for proof in PROOFS]
    )


def _verdict(proof: Proof, card: ModelCard) -> str:
    if not proof.of(card):
        return "not claimed"
    return "proven" if kind_of(card) in proof.by else "**not proven**"


def _table(title: str, rows: list[list[str]]) -> str:
    head = [title, *(f"`{name}`" for name in PULLED)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def proof_list() -> str:
    return "\n".join(
        f"- {proof.claim}: {', '.join(f'`{test}`' for test in dict.fromkeys(proof.by.values()))}"
        for proof in PROOFS
        if proof.by
    )


MADE = {"shot table": shot_table, "proof table": proof_table, "proof list": proof_list}


def _place(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {name}[^\n]*-->\n)(.*?)(\n<!-- end -->)", re.DOTALL)


def test_the_page_has_them_from_the_catalogue() -> None:
    page = PAGE.read_text()
    for name, make in MADE.items():
        assert [found[2] for found in _place(name).finditer(page)] == [make()]


def test_every_proof_is_a_test_that_there_is() -> None:
    named = {test for proof in PROOFS for test in proof.by.values()}
    missing = []
    for test in sorted(named):
        path, name = test.split("::")
        if not re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.MULTILINE):
            missing.append(test)
    assert missing == []


def test_every_model_has_its_kind_of_proof() -> None:
    kinds = {kind_of(card) for card in PULLED.values()}
    assert kinds == {kind for proof in PROOFS for kind in proof.by}


if __name__ == "__main__":
    text = PAGE.read_text()
    for table, make in MADE.items():
        for found in _place(table).finditer(text):
            text = text[: found.start(2)] + make() + text[found.end(2) :]
    PAGE.write_text(text)
