"""A live server as people start it, with the tiny pipeline of the tests in place of the previs; and a fleet.

Tests of the modules BY_A_FLEET run twice: against one process, and against two replicas behind a proxy with a node
that renders behind a Triton server, and a sweeper, on PostgreSQL. Those marked `one_process` run once: they say on a
socket what a proxy answers itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import certifi
import openai
import pytest

from storage.seaweed import SeaweedServer
from tests.acceptance.triton_server import Triton, require_triton
from tests.conftest import skip_or_fail
from tests.faults.server import Server
from tests.fleet.proxied import ProxiedFleet, proxied_fleet
from tests.postgres import SUPERUSER, PostgresCluster
from tests.round_robin import CaddyMissing

QUICK = {"DRAMATIS_ENGINE_MODULE": "tests.inference.panning"}
ONE_PROCESS, A_FLEET = "one process", "a fleet"
BY_A_FLEET = {
    f"tests.acceptance.{name}" for name in ("test_openai_client", "test_videos_dialect", "test_hostile", "test_fuzz")
}
Live = Server | ProxiedFleet


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "live" not in metafunc.fixturenames:
        return
    once = metafunc.definition.get_closest_marker("one_process") is not None
    targets = [ONE_PROCESS] if once or metafunc.module.__name__ not in BY_A_FLEET else [ONE_PROCESS, A_FLEET]
    metafunc.parametrize("live", targets, indirect=True, scope="package")


@pytest.fixture(scope="package")
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """One for all tests that only ask."""
    if request.param == A_FLEET:
        yield request.getfixturevalue("fleet")
        return
    server = Server(tmp_path_factory.mktemp("live") / "data", **QUICK)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def panning_triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    """With the same tiny pipeline."""
    require_triton()
    server = Triton(
        tmp_path_factory.mktemp("triton") / "data", "--engine", QUICK["DRAMATIS_ENGINE_MODULE"], "--serves", "previs"
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def fleet(
    postgres: PostgresCluster,
    migrated_postgres: str,
    seaweed: SeaweedServer,
    panning_triton: Triton,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ProxiedFleet]:
    """Two replicas behind a proxy, whose certificate is trusted meanwhile; a node before Triton, and a sweeper."""
    name = "acceptance_fleet"
    url, seen_by_all = postgres.create(name, migrated_postgres), postgres.url(name, SUPERUSER)
    folder = tmp_path_factory.mktemp("fleet")
    try:
        words = ("--triton", panning_triton.url)
        starting = proxied_fleet(folder, url, seaweed.address, *words, seen_by_all=seen_by_all, **QUICK)
        with starting as running, pytest.MonkeyPatch.context() as patched:
            _trust_too(running.certificate, folder / "trusted.pem", patched)
            yield running
    except CaddyMissing as missing:
        skip_or_fail(str(missing))
    finally:
        postgres.drop(name)


def _trust_too(certificate: Path, bundle: Path, patched: pytest.MonkeyPatch) -> None:
    """Beside those that are trusted already: other tests of this package fetch packages."""
    others = os.environ.get("SSL_CERT_FILE") or certifi.where()
    bundle.write_bytes(Path(others).read_bytes() + b"\n" + certificate.read_bytes())
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        patched.setenv(name, str(bundle))


@pytest.fixture(scope="package")
def previs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with the real model, as people get it."""
    server = Server(tmp_path_factory.mktemp("previs") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="package")
def client(live: Live) -> Iterator[openai.OpenAI]:
    """The stock client, told nothing but the address and the key."""
    with openai.OpenAI(base_url=f"{live.url}/v1", api_key=live.api_key) as opened:
        yield opened
