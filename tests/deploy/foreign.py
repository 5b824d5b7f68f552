"""What operators of others take: their resources' definitions, as a package of npm checks them."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import skip_or_fail
from tests.deploy.chart import Manifest


@dataclass(frozen=True)
class Models:
    """One kind of resource: the package that knows it, and its module there, named as `group/version/Kind`."""

    package: str
    version: str
    kind: str

    def complaint_of(self, node_path: str, manifests: list[Manifest]) -> str | None:
        """None when all of the manifests are valid."""
        name = self.kind.rpartition("/")[2]
        check = f"""
        import {{ {name} }} from "{self.package}/{self.kind}";
        import {{ readFileSync }} from "node:fs";
        for (const one of JSON.parse(readFileSync(0))) new {name}(one).validate();
        """
        command = ["node", "--input-type=module", "--eval", check]
        folder, told = self._fetched(node_path), json.dumps(manifests)
        done = subprocess.run(command, cwd=folder, env={"PATH": node_path}, input=told, capture_output=True, text=True)
        return None if done.returncode == 0 else done.stderr or "it failed without a word"

    def _fetched(self, node_path: str) -> Path:
        """A folder from which the package can be imported, kept in the cache."""
        folder = Path.home() / ".cache" / "dramatis" / "tools" / f"{self.package.rpartition('/')[2]}-{self.version}"
        if not (folder / "node_modules" / self.package).exists():
            folder.mkdir(parents=True, exist_ok=True)
            command = ["npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--prefix", str(folder)]
            command.append(f"{self.package}@{self.version}")
            done = subprocess.run(command, env=os.environ | {"PATH": node_path}, capture_output=True, text=True)
            if done.returncode != 0:
                skip_or_fail(f"{self.package} could not be fetched: {done.stderr.strip()}")
        return folder
