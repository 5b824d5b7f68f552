"""The tables of docs/models.md are those of the catalogue. `python -m tests.docs.test_models_page` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

import torch

from inference import cost
from inference.catalogue import PULLED, ModelCard
from inference.pipelines.lora import Adapter
from inference.pipelines.policies.attention import LossyAttention
from inference.pipelines.policies.batched_guidance import count_batch_tokens
from inference.pipelines.policies.contract import Policy
from inference.pipelines.policies.distilled_steps import DistilledSteps
from inference.pipelines.policies.float8_products import Float8Products
from inference.pipelines.policies.graphed_forwards import GraphedForwards
from inference.pipelines.tiers import choose_policies
from inference.recipes import WAN_NEGATIVE_PROMPT
from inference.registry.machine import parse_cards, plan_words
from inference.registry.specs import SPECS

PAGE = Path(__file__).parents[2] / "docs" / "models.md"
SIZES = ((832, 480), (1280, 720))
GPUS = (1, 4, 8)


def cost_table() -> str:
    lines = ["| model, size, steps | PFLOP | " + " | ".join(f"{n} GPU{'s' if n > 1 else ''}" for n in GPUS) + " |"]
    lines.append("|---|---|" + "---|" * len(GPUS))
    for card in PULLED.values():
        for size in SIZES:
            if size in card.limits.sizes:
                lines.append(_row(card, *size))
    return "\n".join(lines)


def _row(card: ModelCard, width: int, height: int) -> str:
    assert card.shape is not None
    assert card.recipe is not None
    frames = card.recipe.frames
    tokens = cost.count_tokens(width, height, frames, references=1)
    flop = cost.render_flop(card.shape, tokens, frames, card.default_steps, card.default_guidance_scale)
    seconds = [round(cost.estimate_render_s(flop, cost.ASSUMED_FLOP_PER_S) / n) for n in GPUS]
    name = f"`{card.name}`, {width}x{height}, {card.default_steps}"
    return f"| {name} | {flop / 1e15:.0f} | " + " | ".join(f"{s} s" for s in seconds) + " |"


def memory_table() -> str:
    lines = ["| model | parameters of the transformer | bfloat16 | float32 |", "|---|---|---|---|"]
    for spec in SPECS.values():
        parameters = spec.parameters["transformer"] / 1e9
        half, full = (spec.weights_bytes(one) / 1e9 for one in ("bfloat16", "float32"))
        lines.append(f"| `{spec.name}` | {parameters:.1f} billion | {half:.0f} GB | {full:.0f} GB |")
    return "\n".join(lines)


def plan_table() -> str:
    lines = ["| model | what will happen on one card of 80 GB |", "|---|---|"]
    card_80 = parse_cards("1x80")
    plans = {name: plan_words(card, SPECS[name], card_80)[1] for name, card in PULLED.items()}
    lines.extend(f"| `{name}` | {words.split(', ', 1)[1]} |" for name, words in plans.items())
    return "\n".join(lines)


def recipe_table() -> str:
    lines = [
        "| model | steps | guidance | shift | scheduler | longest clip | sizes that they list |",
        "|---|" + "---|" * 6,
    ]
    for card in PULLED.values():
        recipe = card.recipe
        assert recipe is not None
        sizes = ", ".join(f"{width}x{height}" for width, height in recipe.sizes)
        clip = f"{recipe.frames} frames at {recipe.fps}"
        values = (f"`{card.name}`", recipe.steps, recipe.guidance_scale, recipe.shift, recipe.scheduler, clip, sizes)
        lines.append(f"| {' | '.join(map(str, values))} |")
    return "\n".join(lines)


def source_list() -> str:
    lines = []
    for card in PULLED.values():
        assert card.recipe is not None
        places: dict[str, list[str]] = {}
        for name, source in card.recipe.sources.items():
            places.setdefault(source.split(",")[0], []).append(name)
        told = "; ".join(f"{place} ({', '.join(names)})" for place, names in places.items())
        lines.append(f"- `{card.name}`: {told}")
    return "\n".join(lines)


def policy_table() -> str:
    """As NVIDIA's devices have them, which have all; the words of wan-vace-14b."""
    cuda, cpu, stranger = (torch.device(kind) for kind in ("cuda", "cpu", "meta"))
    tokens = count_batch_tokens(PULLED["wan-vace-14b"])
    fast = choose_policies("fast", cuda, batch_tokens=tokens)
    everywhere = choose_policies("draft", cpu)
    anywhere = choose_policies("draft", stranger, batch_tokens=tokens)
    told: dict[Policy, tuple[str, str]] = dict.fromkeys(choose_policies("exact", cuda), ("exact", "any device"))
    for one in choose_policies("draft", cuda, batch_tokens=tokens):
        where = "any device" if one in everywhere else "accelerators" if one in anywhere else "NVIDIA's"
        told[one] = ("fast, draft" if one in fast else "draft", where)
    told[LossyAttention("sage")] = ("draft, when asked for", "NVIDIA's")
    told[Float8Products()] = ("draft, when asked for", "where torch can")
    told[GraphedForwards()] = ("fast, draft, when asked for", "accelerators")
    told[DistilledSteps(Adapter("HASH", b""))] = ("draft, when an adapter was given", "any device")
    lines = ["| policy | tiers | on | changes | on a receipt | what it costs |", "|---|---|---|---|---|---|"]
    lines.extend(
        f"| {' | '.join((one.name, *places, one.changes, one.words(), one.price))} |" for one, places in told.items()
    )
    return "\n".join(lines)


def _written(page: str) -> list[str]:
    found = re.findall(r"<!-- (?:recipe|cost|memory|plan) table.*? -->\n(.*?)\n<!-- end -->", page, re.DOTALL)
    sources = re.findall(r"<!-- recipe sources -->\n(.*?)\n<!-- end -->", page, re.DOTALL)
    return [*found, *sources, *re.findall(r"<!-- policy table.*? -->\n(.*?)\n<!-- end -->", page, re.DOTALL)]


def made_tables() -> list[str]:
    return [recipe_table(), cost_table(), memory_table(), plan_table(), source_list(), policy_table()]


def test_the_tables_are_those_of_the_catalogue_and_the_cost_model() -> None:
    assert _written(PAGE.read_text()) == made_tables()


def test_the_negative_prompt_stands_on_the_page() -> None:
    assert WAN_NEGATIVE_PROMPT in PAGE.read_text()


def test_the_published_figure_is_met_by_the_count() -> None:
    """Wan 2.2 14B, 720p, 81 frames, 40 steps with guidance: 522 PFLOP."""
    flop = cost.render_flop(cost.WAN_14B, cost.count_tokens(1280, 720, 81), 81, 40, 5.0)
    assert round(flop / 1e15) == 522


if __name__ == "__main__":
    page = PAGE.read_text()
    for old, new in zip(_written(page), made_tables(), strict=True):
        page = page.replace(f"\n{old}\n", f"\n{new}\n")
    PAGE.write_text(page)
