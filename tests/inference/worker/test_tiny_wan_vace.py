"""A video diffusion model behind the real engine process: delivered, scored, receipted, cancelled, repeatable."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from inference.media.verify import verify_clip
from inference.protocol import Cancel, Cancelled, Failed, Finished, PrevisControl, Render, RenderRequest, Step
from tests import photos
from tests.inference.conversing import Worker, request_of, save_photo, start_worker
from tests.inference.pipelines.tiny import CARD


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with start_worker(tmp_path_factory.mktemp("worker"), "tests.inference.tiny_engine") as worker:
        worker.greet()
        yield worker


@pytest.fixture(scope="module")
def request_for_all(worker: Worker) -> RenderRequest:
    references = [save_photo(worker.folder, photos.photo(name), name) for name in ("person_b_1", "person_b_2")]
    return request_of(*references, model=CARD.name, tier="exact", seconds=9 / 16, fps=16, width=64, height=64, steps=3)


def test_every_reference_makes_the_picture_and_the_noise_is_no_face(
    worker: Worker, request_for_all: RenderRequest
) -> None:
    first, second = (worker.render(f"take-{i}", request_for_all)[-1] for i in (1, 2))
    assert isinstance(first, Finished)
    assert isinstance(second, Finished)
    used = first.receipt.references
    assert [one.sha256 for one in used] == [one.source.sha256 for one in request_for_all.characters[0].references]
    assert all("picture" in one.used_for for one in used)
    identity = first.identity[0]
    assert identity.verdict != "pass"
    assert identity.compared_with == "same_photo", "both photos made the picture, so none is left to judge it by"
    assert first.receipt.frames == 9
    assert first.receipt.latents_sha256 == second.receipt.latents_sha256
    assert first.receipt.media_sha256 == second.receipt.media_sha256
    report = verify_clip(worker.result("take-1", "clip"))
    assert report.state == "valid"


def test_the_previs_of_the_same_request_leads_it_where_that_was_asked(
    worker: Worker, request_for_all: RenderRequest
) -> None:
    led = request_for_all.model_copy(update={"control": PrevisControl(rendering="grey")})
    free, followed = (worker.render(name, request)[-1] for name, request in (("free", request_for_all), ("led", led)))
    assert isinstance(free, Finished)
    assert isinstance(followed, Finished)
    assert free.receipt.control is None
    assert followed.receipt.control is not None
    assert followed.receipt.control.rendering == "grey"
    assert followed.receipt.latents_sha256 != free.receipt.latents_sha256
    assert verify_clip(worker.result("led", "clip")).state == "valid"


def test_a_cancel_between_steps_ends_it(worker: Worker, request_for_all: RenderRequest) -> None:
    many = request_for_all.model_copy(update={"steps": 50})
    worker.send(Render(id="long", request=many))
    steps = 0
    while not isinstance(event := worker.receive(), Step) or event.stage != "denoise":
        assert event is not None, worker.log
    worker.send(Cancel(id="long"))
    for event in worker.until_end("long"):
        steps += isinstance(event, Step) and event.stage == "denoise"
        last = event
    assert isinstance(last, Cancelled)
    assert steps < 40


def test_frames_that_the_latents_cannot_hold_are_refused_with_those_that_they_can(
    worker: Worker, request_for_all: RenderRequest
) -> None:
    eight = request_for_all.model_copy(update={"seconds": 8 / 16})
    last = worker.render("eight", eight)[-1]
    assert isinstance(last, Failed)
    assert last.code == "bad_request"
    assert not last.retryable
    assert "try 0.3125 s (5 frames) or 0.5625 s (9 frames)" in last.message
