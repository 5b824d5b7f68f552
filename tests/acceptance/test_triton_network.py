"""Triton as other hosts reach it: over TLS, by a token, and several servers at once; two device groups, many models."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tritonclient.grpc import InferenceServerClient
from tritonclient.utils import InferenceServerException

from inference.protocol import (
    Artifact,
    ArtifactKind,
    Finished,
    ReadPrompt,
    RenderEvent,
    RenderRequest,
    Sink,
    Started,
)
from inference.triton_repo.server import Access, ServerRefused
from studio.engines import triton as fleet
from studio.engines.contract import EngineLost
from studio.engines.triton import TritonRenderEngine
from studio.engines.triton_endpoint import TritonAccess
from tests import photos
from tests.acceptance.authority import Authority
from tests.acceptance.triton_server import Triton, kill, require_triton
from tests.inference.pipelines.tiny import ANIMATE, CARD
from tests.inference.worker_client import request_of, save_photo

NOBODY = "127.0.0.1:1"


class Guarded:
    """A server that lets in who shows its token, and a certificate of its authority."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        own, ours = authority.certify("triton"), authority.certify("node")
        token = secrets.token_urlsafe()
        (folder / "token").write_text(f"{token}\n")
        self.folder = folder
        self.access = TritonAccess(token, authority.certificate, ours.certificate, ours.key)
        self.triton = Triton(
            folder / "data", "--engine", "tests.inference.tiny_engine", "--groups", "2", "--files-root", str(folder),
            "--serves", CARD.name, "--serves", "previs", "--token-file", str(folder / "token"),
            "--tls-certificate", str(own.certificate), "--tls-key", str(own.key),
            "--tls-client-ca", str(authority.certificate), model=CARD.name, token=token,
        )  # fmt: skip

    def request(self, prompt: str = "she nods", seed: int = 1) -> RenderRequest:
        reference = save_photo(self.folder, photos.photo("person_b_1"), "photo")
        return request_of(
            reference, model=CARD.name, tier="exact", seconds=9 / 16, fps=16, width=64, height=64, steps=3, seed=seed,
            prompt=prompt,
        )  # fmt: skip


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    require_triton()
    server = Guarded(tmp_path_factory.mktemp("guarded"))
    server.triton.start()
    yield server
    server.triton.stop()


@asynccontextmanager
async def engine_at(
    guarded: Guarded, *urls: str, access: TritonAccess | None = None
) -> AsyncIterator[TritonRenderEngine]:
    engine = TritonRenderEngine(urls or [guarded.triton.url], 60, access or guarded.access)
    engine.start()
    try:
        yield engine
    finally:
        await engine.close()


async def render(guarded: Guarded, engine: TritonRenderEngine, name: str, request: RenderRequest) -> list[RenderEvent]:
    async def supply(artifacts: tuple[Artifact, ...]) -> dict[ArtifactKind, Sink]:
        return {one.kind: Sink(url=(guarded.folder / f"{name}.{one.kind}").as_uri()) for one in artifacts}

    async with aclosing(engine.render(name, request, supply)) as events:
        return [event async for event in events]


async def until_ready(engine: TritonRenderEngine) -> None:
    async with asyncio.timeout(30):
        while engine.why_not_ready is not None:
            await asyncio.sleep(0.05)


async def test_two_groups_render_side_by_side_and_tell_what_they_hold(guarded: Guarded) -> None:
    async with engine_at(guarded) as engine:
        first, second = await asyncio.gather(
            *(render(guarded, engine, name, guarded.request(seed=7)) for name in ("first", "second"))
        )
        assert isinstance(first[-1], Finished), first[-1]
        assert isinstance(second[-1], Finished), second[-1]
        assert first[-1].receipt.media_sha256 == second[-1].receipt.media_sha256
        assert engine.slots == 2
        assert await engine.models() == {CARD.name, "previs"}
        (status,) = engine.statuses.values()
        assert status is not None
        assert status.models == tuple(sorted((CARD.name, "previs"))), "what it was asked to serve, and no more"
        for group in status.groups:
            held = {one.name: one for one in group.models}
            assert held[CARD.name].on_device
            assert held[CARD.name].adapters == ()
            assert ANIMATE.name in held, "the engine has it, and nobody is let to it"


async def test_a_question_about_a_prompt_is_answered_beside_a_render(guarded: Guarded) -> None:
    async with engine_at(guarded) as engine:
        await until_ready(engine)
        asked = ReadPrompt(
            id="q1", model="previs", prompt="Ada rides a horse, then the camera pans left", names=("Ada",)
        )
        read = await engine.read_prompt(asked, wait_s=30)
        assert read is not None
        assert any("horse" in " ".join(note.words) for note in read.notes)
        assert read.understood is not None
        assert [move.move for move in read.understood.camera] == ["pan_left"]
        assert await engine.read_prompt(asked.model_copy(update={"model": ANIMATE.name}), wait_s=30) is None


async def test_a_render_goes_to_a_server_that_answers(guarded: Guarded) -> None:
    async with engine_at(guarded, NOBODY, guarded.triton.url) as engine:
        await until_ready(engine)
        events = await render(guarded, engine, "elsewhere", guarded.request())
        assert isinstance(events[-1], Finished)
        assert engine.statuses[NOBODY] is None


async def test_a_render_is_lost_soon_when_its_endpoint_dies_and_the_next_one_is_not(guarded: Guarded) -> None:
    """Triton leaves the stream of a dead stub open for ever."""
    async with engine_at(guarded) as engine:

        async def supply(_: tuple[Artifact, ...]) -> dict[ArtifactKind, Sink]:
            raise AssertionError("nothing was rendered")

        async def listen() -> None:
            async with aclosing(engine.render("lost", guarded.request("she lingers"), supply)) as events:
                async for event in events:
                    if isinstance(event, Started):
                        for stub in guarded.triton.stubs(CARD.name):
                            kill(stub)

        with pytest.raises(EngineLost):
            await listen()
        events = await render(guarded, engine, "next", guarded.request())
        assert isinstance(events[-1], Finished)


async def test_who_shows_no_token_or_no_certificate_is_not_let_in(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fleet, "SERVED_WITHIN_S", 3.0)
    stranger = Authority(tmp_path, "stranger")
    theirs = stranger.certify("node")
    refused = {
        "does not take the token": replace(guarded.access, token="guessed"),
        "no Triton server answers": replace(guarded.access, certificate=None, key=None),
        "no Triton server answers at": replace(guarded.access, certificate=theirs.certificate, key=theirs.key),
        "no Triton server answers at 127": replace(guarded.access, ca=stranger.certificate),
    }
    for words, access in refused.items():
        async with engine_at(guarded, access=access) as engine:
            with pytest.raises(EngineLost, match=words):
                await render(guarded, engine, "refused", guarded.request())
    with pytest.raises(InferenceServerException):  # not over TLS
        InferenceServerClient(guarded.triton.url).is_server_live()
    ours = guarded.access
    client = InferenceServerClient(
        guarded.triton.url, ssl=True, root_certificates=str(ours.ca), private_key=str(ours.key),
        certificate_chain=str(ours.certificate),
    )  # fmt: skip
    assert client.is_server_live()
    with pytest.raises(InferenceServerException, match="restricted"):
        client.unload_model(CARD.name, headers=ours.headers)


def test_a_server_is_not_opened_to_a_network_without_both(tmp_path: Path) -> None:
    pem = tmp_path / "pem"
    for access in ({}, {"token": "t"}, {"certificate": pem, "key": pem}):
        with pytest.raises(ServerRefused, match="other machines reach"):
            Access(host="0.0.0.0", **access)  # type: ignore[arg-type]  # noqa: S104
    with pytest.raises(ServerRefused, match="belong together"):
        Access(certificate=pem)
    with pytest.raises(ServerRefused, match="needs"):
        Access(client_ca=pem)
    Access(host="10.0.0.7", token="t", certificate=pem, key=pem, client_ca=pem)
