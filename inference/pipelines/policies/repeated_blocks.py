"""The blocks that a transformer repeats: where nearly all of its products are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inference.parallel.sequence import Transformer


def repeated_blocks(expert: Transformer) -> Iterator[Any]:
    """As diffusers names them."""
    names = expert._repeated_blocks
    return (module for module in expert.modules() if type(module).__name__ in names)
