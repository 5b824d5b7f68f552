"""Products rounded to TF32: ten bits of mantissa where float32 has 23. Changes rounding.

What is in bfloat16 already is not touched; the VAE, norms and embeddings of a pulled model are in float32. What it
costs is unmeasured: no card was at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from inference.pipelines.policies.contract import Change, Policy


@dataclass(frozen=True)
class Tf32(Policy):
    """Held around every kernel of the render, the VAE's and the encoders' too: see `exact.product_flags`."""

    name: ClassVar[str] = "tf32"
    changes: ClassVar[Change] = "rounding"
    price: ClassVar[str] = "unmeasured"
    tf32: ClassVar[bool] = True

    def words(self) -> str:
        return "TF32 products"

    def kernels(self) -> dict[str, str]:
        return {"products": "TF32"}
