"""A build hook of hatchling: no wheel without the browser's pages, which are built from frontend/studio beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = Path("studio", "browser", "built", "index.html")


class PagesAreBuilt(BuildHookInterface):
    """Holds up a wheel or an archive that would serve no page. An editable install may wait for them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Raises RuntimeError where the pages are missing."""
        if version != "editable" and not (Path(self.root) / BUILT).is_file():
            raise RuntimeError("the browser's pages are not built, and belong into it: run ./scripts/studio-app first")
