"""Products whose shapes do not depend on the number of ranks: what makes the exact tier exact. Changes nothing.

Its bits are the ones that the others are held against; it costs time, by docs/benchmarks.md. See
`parallel.fixed_shapes` and docs/decisions/0032.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import ClassVar

from inference.parallel.fixed_shapes import fixed_shapes
from inference.pipelines.policies.contract import Change, Policy, Running


@dataclass(frozen=True)
class OneShape(Policy):
    """row_tile: rows a product. Convolutions repeat themselves too (`exact.product_flags`)."""

    row_tile: int

    name: ClassVar[str] = "one shape"
    changes: ClassVar[Change] = "nothing"
    price: ClassVar[str] = "none in quality; time: docs/benchmarks.md"
    repeatable: ClassVar[bool] = True

    def words(self) -> str:
        return f"products of {self.row_tile} rows, attention by single heads"

    def kernels(self) -> dict[str, str]:
        return {"shapes": f"{self.row_tile} rows, single heads"}

    @contextmanager
    def applied(self, running: Running) -> Iterator[None]:
        with ExitStack() as stack:
            for expert in running.experts:
                stack.enter_context(fixed_shapes(expert, self.row_tile))
            yield
