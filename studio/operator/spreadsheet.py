"""Tables as CSV, for a spreadsheet: names that customers chose are no formulas in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

ExportName = Literal["work", "money", "organisations", "failures", "orders"]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_table(model: type[BaseModel], rows: Sequence[BaseModel]) -> str:
    """A line of names, then a line for each row."""
    names = list(model.model_fields)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([[_cell(value) for value in row.model_dump(mode="json").values()] for row in rows])
    return stream.getvalue()


def _cell(value: object) -> object:
    """A spreadsheet takes words that begin so for a formula, unless they are quoted."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else "" if value is None else value
