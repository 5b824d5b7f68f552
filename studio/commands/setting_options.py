"""Settings as a command line chooses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.config import Settings


def settings_for(data: Path | None, port: int | None = None, host: str | None = None) -> Settings:
    """The settings of the environment; what a command line says goes before."""
    said: dict[str, Any] = {}
    if data is not None:
        said["data_dir"] = data.expanduser().resolve()
    if port is not None:
        said["port"] = port
    if host is not None:
        said["host"] = host
    return Settings(**said)
