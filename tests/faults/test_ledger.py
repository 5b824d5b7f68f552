"""The ledger under killed connections and a killed server, in short; `scripts/bench ledger` is the long version."""

from __future__ import annotations

from pathlib import Path

from storage.migrate import migrate
from tests.faults.ledger import Campaign
from tests.postgres import OWNER_ROLE, running_cluster


async def test_credits_survive_killed_connections_and_a_killed_server(tmp_path: Path) -> None:
    with running_cluster() as cluster:  # of its own: it is killed
        migrate(cluster.create("campaign"), backups=tmp_path, owner_url=cluster.url("campaign", OWNER_ROLE))
        books = await Campaign(cluster, "campaign", operations=600, crashes=1, seed=1).rage()
    assert books.done >= 600
    assert books.crashes >= 1
    assert (books.wrong, books.drift, books.negative, books.resolved_twice) == ([], 0, 0, 0)
