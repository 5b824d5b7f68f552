"""Settings as a command line chooses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from studio.config import Settings


def settings_for(
    data: Path | None,
    port: int | None = None,
    host: str | None = None,
    **more: Any,  # noqa: ANN401 (settings by name; None: not said)
) -> Settings:
    """The settings of the environment; what a command line says goes before."""
    said: dict[str, Any] = {name: value for name, value in more.items() if value is not None}
    if data is not None:
        said["data_dir"] = data.expanduser().resolve()
    if port is not None:
        said["port"] = port
    if host is not None:
        said["host"] = host
    return Settings(**said)
