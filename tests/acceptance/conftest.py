"""A live server as people start it, with the tiny pipeline of the tests in place of the previs."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from tests.faults.server import Server


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One for all tests that only ask."""
    server = Server(tmp_path_factory.mktemp("live") / "data", DRAMATIS_ENGINE_MODULE="tests.inference.panning")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def previs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with the real model, as people get it."""
    server = Server(tmp_path_factory.mktemp("previs") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def client(live: Server) -> Iterator[openai.OpenAI]:
    """The stock client, told nothing but the address and the key."""
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=live.api_key) as opened:
        yield opened
