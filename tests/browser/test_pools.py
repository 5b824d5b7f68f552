"""An organisation with nodes of its own: a film chooses them, and a take tells whose nodes it goes to.

On PostgreSQL, where processes hear of each other's nodes, so the studio is another one than the other tests'.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import WIDE, Studio, sign_in_url
from tests.faults.server import Server
from tests.postgres import PostgresCluster, owner_of

POOL = "studio-a"
# A node of that pool as others see it: it joins and says that it lives. What waits for it is not rendered here.
NODE = """
import asyncio, sys
from inference.catalogue import known_models
from storage.unit import Database
from studio.nodes.membership import Identity, Membership
from studio.queue.slots import Slots

async def cards():
    return {"previs": known_models(None)["previs"]}

async def live():
    me = Identity.begin("their-machine", sys.argv[2], "cpu", "tests", 1)
    member = Membership(Database(sys.argv[1]), me, Slots(1, lambda: None), cards, lambda: None)
    await member.join()
    print("joined", flush=True)
    await member.beat()

asyncio.run(live())
"""


@pytest.fixture
def pooled(tmp_path: Path, postgres: PostgresCluster) -> Iterator[Studio]:
    """A studio whose organisation has a pool of its own, with a node in it."""
    url = postgres.create("browser_pools")
    settings = {"DRAMATIS_DATABASE_URL": url, "DRAMATIS_DATABASE_OWNER_URL": owner_of(url)}
    settings["DRAMATIS_ENGINE_MODULE"] = "tests.inference.panning"  # what is looked at is not the render
    server = Server(tmp_path / "data", **settings)
    server.start()
    headers = {"Authorization": f"Bearer {server.api_key}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=60) as http:
        org_id = http.get("/v1/organisation").json()["id"]
        for words in (("create", POOL), ("assign", POOL, org_id)):
            command = [sys.executable, "-m", "studio.cli", "pools", *words, "--data", str(server.data)]
            subprocess.run(command, check=True, timeout=120, env=os.environ | settings)
        command = [sys.executable, "-c", NODE, url, POOL]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as node:
            assert node.stdout is not None
            assert node.stdout.readline() == "joined\n"
            yield Studio(server, http)
            node.kill()
    server.stop()


def test_a_film_chooses_its_nodes_and_its_take_tells_them(pooled: Studio, chromium: Browser) -> None:
    board = pooled.told("POST", "/v1/projects/example")
    film, shot = board["project"]["id"], board["scenes"][0]["shots"][0]["id"]
    until = time.monotonic() + 30
    while POOL not in str(pooled.told("GET", "/v1/models")):
        assert time.monotonic() < until, "the node is not heard of"
        time.sleep(0.2)
    context = chromium.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, base_url=pooled.url, locale="en")
    page = context.new_page()
    page.goto(sign_in_url(pooled.server))
    for label, pool in (("The shared nodes", "shared"), (f"Nodes of {POOL}", POOL)):
        page.goto(f"/films/{film}")
        choice = page.get_by_label("Whose nodes render this film")
        expect(choice.locator("option")).to_have_text(["The usual nodes", f"Nodes of {POOL}", "The shared nodes"])
        choice.select_option(label=label)
        pooled.wait_until(f"/v1/projects/{film}", lambda told, pool=pool: told["pool"] == pool)
        take = pooled.told("POST", f"/v1/shots/{shot}/takes", {})["data"][0]
        page.goto(f"/films/{film}/shots/{shot}/takes/{take['id']}")
        expect(page.get_by_text(f"Nodes: {pool}", exact=True)).to_be_visible()
    context.close()
