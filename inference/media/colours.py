"""A colour filter on pictures: three steps on sRGB values 0..1, written as a table of colours that an encoder applies.

The table is a cube in the text format of Adobe's Cube LUT specification 1.0: red runs fastest. Between its points the
encoder goes by tetrahedra.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

_POINTS = 33
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Colours:
    """before, after: a curve for red, green and blue, sampled evenly and read by straight lines. matrix: three rows of
    red, green, blue and offset. They are applied in the order before, matrix, after, each result clipped to 0..1."""

    before: list[list[float]]
    matrix: list[list[float]]
    after: list[list[float]]

    def apply(self, rgb_N3: Floats) -> Floats:
        """Values 0..1, as they are after the filter."""
        lit_N3 = _bend(self.before, rgb_N3)
        matrix_34 = np.asarray(self.matrix)
        mixed_N3 = np.clip(lit_N3 @ matrix_34[:, :3].T + matrix_34[:, 3], 0, 1)
        return _bend(self.after, mixed_N3)


def write_cube(colours: Colours, path: Path) -> None:
    """The filter as a `.cube` file."""
    steps = np.linspace(0, 1, _POINTS)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    table_N3 = colours.apply(np.stack([red, green, blue], axis=-1).reshape(-1, 3))
    lines = [f"LUT_3D_SIZE {_POINTS}", *(f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in table_N3)]
    path.write_text("\n".join(lines) + "\n")


def _bend(curves: list[list[float]], rgb_N3: Floats) -> Floats:
    bent = [np.interp(rgb_N3[:, one], np.linspace(0, 1, len(curve)), curve) for one, curve in enumerate(curves)]
    return np.stack(bent, axis=-1)
