"""What a bench returns: figures, the targets they were held against, and which were missed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Report = Callable[[str], None]
Figure = float | str | bool | None | Sequence[object] | Mapping[str, object]
_COMPARE: dict[str, Callable[[Figure, Figure], bool]] = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


@dataclass
class Outcome:
    """Collects figures; `check` also holds one against its target."""

    figures: dict[str, Figure] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def note(self, name: str, value: Figure) -> None:
        """Record a figure that has no target."""
        self.figures[name] = value

    def check(self, name: str, value: Figure, comparison: str, target: Figure) -> None:
        """Record a figure and its target; a miss (or a missing value) is a failure."""
        self.figures[name] = value
        self.targets[name] = f"{comparison} {target}"
        if value is None or not _COMPARE[comparison](value, target):
            self.failures.append(f"{name} is {value}, target {comparison} {target}")


def as_table(outcome: Outcome) -> str:
    """The figures that are numbers, with their targets, as docs/benchmarks.md shows them."""
    lines = ["| figure | measured | target |", "|---|---|---|"]
    for name, value in outcome.figures.items():
        if isinstance(value, int | float | str):
            lines.append(f"| {name} | {value} | {outcome.targets.get(name, '')} |")
    return "\n".join(lines)
