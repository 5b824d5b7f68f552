"""`dramatis models list`: a table of the catalogue."""

from __future__ import annotations

from rich.table import Table

from inference.catalogue import MODELS
from studio.commands.console import out


def show_models() -> None:
    """Print every model, its limits and what it cannot do."""
    table = Table("model", "tier", "licence", "sizes", "seconds", "can", "cannot")
    for card in MODELS.values():
        limits = card.limits
        table.add_row(
            card.name,
            ", ".join(card.tiers),
            card.licence,
            " ".join(f"{width}x{height}" for width, height in limits.sizes),
            f"{limits.min_seconds:g} to {limits.max_seconds:g} at {', '.join(map(str, limits.fps))} fps",
            "; ".join(card.can),
            "; ".join(card.cannot),
        )
    out.print(table)
