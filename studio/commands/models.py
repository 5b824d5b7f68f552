"""`dramatis models list`: the catalogue for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from inference.catalogue import PULLED, ModelCard, known_models
from studio.commands.console import out


def show_models(models_dir: Path, memory: Mapping[str, Sequence[str]]) -> None:
    """Print every model: what it may be asked for, what it can do and what it cannot, and whether it is here.

    memory: what of a machine's memory each large model would fill, in words.
    """
    known = known_models(models_dir)
    for card in (PULLED | known).values():
        here = "" if card.name in known else f"  [yellow]not installed: dramatis models pull {card.name}[/yellow]"
        out.print(f"[bold]{card.name}[/bold]  {card.title}{here}")
        for name, words in _facts(card).items():
            out.print(f"  {name:<9} {words}", markup=False)
        for words in memory.get(card.name, ()):
            out.print(f"  {'memory':<9} {words}", markup=False)


def _facts(card: ModelCard) -> dict[str, str]:
    limits = card.limits
    return {
        "licence": f"{card.licence}, commercial use {'allowed' if card.commercial else 'not allowed'}",
        "tiers": ", ".join(card.tiers),
        "sizes": " ".join(f"{width}x{height}" for width, height in limits.sizes),
        "seconds": f"{limits.min_seconds:g} to {limits.max_seconds:g} at {', '.join(map(str, limits.fps))} fps",
        "cast": f"up to {limits.max_characters} characters",
        "can": "; ".join(card.can),
        "cannot": "; ".join(card.cannot),
    }
