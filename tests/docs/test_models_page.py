"""The tables of docs/models.md are the cost model's. `python -m tests.docs.test_models_page` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

from inference import cost
from inference.catalogue import PULLED, ModelCard
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
    frames = card.limits.max_frames or 81
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


def _written(page: str) -> list[str]:
    return re.findall(r"<!-- (?:cost|memory) table.*? -->\n(.*?)\n<!-- end -->", page, re.DOTALL)


def test_the_tables_are_those_of_the_cost_model() -> None:
    assert _written(PAGE.read_text()) == [cost_table(), memory_table()]


def test_the_published_figure_is_met_by_the_count() -> None:
    """Wan 2.2 14B, 720p, 81 frames, 40 steps with guidance: 522 PFLOP."""
    flop = cost.render_flop(cost.WAN_14B, cost.count_tokens(1280, 720, 81), 81, 40, 5.0)
    assert round(flop / 1e15) == 522


if __name__ == "__main__":
    page = PAGE.read_text()
    for old, new in zip(_written(page), (cost_table(), memory_table()), strict=True):
        page = page.replace(f"\n{old}\n", f"\n{new}\n")
    PAGE.write_text(page)
