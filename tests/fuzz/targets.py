"""Studios to be attacked."""

from __future__ import annotations

import json
import re

from tests.faults.server import Server
from tests.fuzz.campaign import Target


def embedded(server: Server) -> Target:
    """One that runs on a data folder of its own: SQLite and the embedded store."""
    store = json.loads((server.data / "objects" / "s3.json").read_text())
    secrets = re.findall(r'"(?:accessKey|secretKey)": "([^"]+)"', json.dumps(store))
    return Target(
        server.url, f"sqlite:///{server.data / 'dramatis.sqlite'}", server.data / "server.log", (*secrets, "orgs/org_")
    )
