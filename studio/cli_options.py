"""Options that several commands of `dramatis` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option(help="Data folder. [default: ~/.local/share/dramatis]")]
Host = Annotated[
    str | None,
    typer.Option(help="Address to listen at; 0.0.0.0: other machines, too (docs/tls.md). [default: 127.0.0.1]"),
]
