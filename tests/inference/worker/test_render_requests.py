"""Renders in a real process: results, repeatability, cancel, broken renders, restart, memory."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inference.exact.receipt import hash_receipt
from inference.media.stills import PREVIEW_MAX_BYTES
from inference.media.tracks import read_tracks
from inference.media.verify import verify_clip
from inference.protocol import (
    ArtifactsReady,
    Cancel,
    Cancelled,
    CharacterInput,
    ColourPlate,
    Event,
    Failed,
    Finished,
    Preview,
    Reference,
    Render,
    RenderRequest,
    Sink,
    Sinks,
    Source,
    Stage,
    Step,
)
from tests import photos
from tests.inference.worker_client import PRODUCT, Worker, request_of, save_photo, start_worker

CANCEL_WITHIN_S = 0.5


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with start_worker(tmp_path_factory.mktemp("worker")) as worker:
        worker.greet()
        yield worker


@pytest.fixture(scope="module")
def reference(worker: Worker) -> Reference:
    return save_photo(worker.folder, photos.astronaut(), "astronaut")


def finished(events: list[Event]) -> Finished:
    last = events[-1]
    assert isinstance(last, Finished), last
    return last


def test_a_render_tells_its_stages_in_order_and_delivers_what_it_announced(
    worker: Worker, reference: Reference
) -> None:
    events = worker.render("whole", request_of(reference, seconds=2.0))
    stages = [event.name for event in events if isinstance(event, Stage)]
    assert stages == ["identity", "prepare", "denoise", "decode", "score", "mux", "upload"]
    steps = [event.done for event in events if isinstance(event, Step) and event.stage == "denoise"]
    assert steps == [1, 2, 3, 4]
    assert {event.code for event in events if event.kind == "note"} == {"silent_clip"}
    for artifact in finished(events).artifacts:
        data = worker.result("whole", artifact.kind).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (artifact.sha256, artifact.size_bytes)
    tracks, _, fps = read_tracks(worker.result("whole", "motion"))
    assert (tracks["ada"].shape[0], fps) == (48, 24)
    assert not list((worker.folder / "scratch").iterdir()), "nothing of a render is left in the scratch folder"


def test_the_mark_the_receipt_and_the_identity_report_agree(worker: Worker, reference: Reference) -> None:
    end = finished(worker.render("receipt", request_of(reference)))
    report = verify_clip(worker.result("receipt", "clip"))
    assert report.state == "valid"
    assert report.receipt_sha256 == end.receipt_sha256 == hash_receipt(end.receipt)
    assert report.media_sha256 == end.receipt.media_sha256
    assert end.receipt.references[0].used_for == ("picture", "identity")
    (identity,) = end.identity
    assert identity.compared_with == "same_photo"
    assert len(identity.series) == 24


def test_the_other_photos_judge_the_one_that_is_drawn(worker: Worker) -> None:
    names = ("person_a_1", "person_a_2", "impostor_1")
    references = tuple(save_photo(worker.folder, photos.photo(name), name) for name in names)
    end = finished(worker.render("others", request_of(*references)))
    assert [one.used_for for one in end.receipt.references] == [("picture",), ("identity",), ()]
    assert end.identity[0].compared_with == "other_photos"


def test_a_copy_of_the_drawn_photo_is_no_other_photo(worker: Worker, reference: Reference) -> None:
    brighter = np.clip(photos.astronaut().astype(int) + 6, 0, 255).astype(np.uint8)
    end = finished(worker.render("copy", request_of(reference, save_photo(worker.folder, brighter, "copy"))))
    assert end.identity[0].compared_with == "same_photo"


def test_one_seed_gives_the_same_media_in_any_process_and_another_does_not(
    worker: Worker, reference: Reference, tmp_path: Path
) -> None:
    first = finished(worker.render("s1", request_of(reference, seed=5)))
    other = finished(worker.render("s2", request_of(reference, seed=6)))
    again = finished(worker.render("s3", request_of(reference, seed=5)))
    with start_worker(tmp_path) as fresh:
        fresh.greet()
        moved = save_photo(tmp_path, photos.astronaut(), "astronaut")
        elsewhere = finished(fresh.render("s4", request_of(moved, seed=5)))
    same = {(one.receipt.media_sha256, one.receipt.latents_sha256) for one in (first, again, elsewhere)}
    assert len(same) == 1
    assert hash_receipt(first.receipt) == hash_receipt(elsewhere.receipt), "a receipt holds no time and no place"
    assert (other.receipt.media_sha256, other.receipt.latents_sha256) not in same


def test_the_product_as_shipped_gives_the_same_media_in_two_processes(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        with start_worker(tmp_path / name, PRODUCT) as shipped:
            shipped.greet()
            photo = save_photo(shipped.folder, photos.astronaut(), "astronaut")
            made.append(finished(shipped.render("r", request_of(photo, prompt="She turns to the left and smiles."))))
    assert made[0].receipt_sha256 == made[1].receipt_sha256
    assert made[0].identity == made[1].identity
    assert made[0].identity[0].verdict == "pass"
    assert set(made[0].receipt.weights) >= {"previs-motion.safetensors"}


def test_previews_come_while_frames_are_drawn(worker: Worker, reference: Reference) -> None:
    request = request_of(reference, seconds=4.0, width=1280, height=720)
    previews = [event for event in worker.render("previews", request) if isinstance(event, Preview)]
    assert previews
    assert all(len(event.jpeg_base64) * 3 / 4 <= PREVIEW_MAX_BYTES for event in previews)


@pytest.mark.parametrize("stage", ["identity", "prepare", "denoise", "decode", "upload"])
def test_a_cancel_takes_effect_at_once_at_every_stage(worker: Worker, reference: Reference, stage: str) -> None:
    request = request_of(reference, prompt="slowly", seconds=2.0, width=640, height=360, steps=10)
    # the better of two: the promise is for a machine that is not busy with something else
    assert min(_time_cancel(worker, f"{stage}-{turn}", stage, request) for turn in range(2)) < CANCEL_WITHIN_S
    assert finished(worker.render("after", request_of(reference)))


def _time_cancel(worker: Worker, request_id: str, stage: str, request: RenderRequest) -> float:
    """Seconds from asking, in the middle of `stage`, to the answer."""
    worker.send(Render(id=request_id, request=request))
    asked = 0.0
    while not isinstance(event := worker.receive(), Cancelled | Finished):
        if isinstance(event, Stage) and event.name == stage:
            worker.send(Cancel(id=request_id))
            asked = time.monotonic()
    assert isinstance(event, Cancelled)
    return time.monotonic() - asked


def test_a_cancel_of_a_waiting_render_is_heard_and_of_an_unknown_one_ignored(
    worker: Worker, reference: Reference
) -> None:
    worker.send(Cancel(id="nobody"))
    worker.send(Render(id="first", request=request_of(reference)))
    worker.send(Render(id="second", request=request_of(reference)))
    worker.send(Cancel(id="second"))
    assert isinstance(worker.until_end("first")[-1], Finished)
    assert worker.until_end("second")[-1] == Cancelled(id="second")


@pytest.mark.parametrize(
    ("prompt", "code", "retryable"), [("break", "engine_error", True), ("exhaust", "out_of_memory", True)]
)
def test_a_broken_render_says_so_and_the_next_one_is_the_same_as_ever(
    worker: Worker, reference: Reference, prompt: str, code: str, retryable: bool
) -> None:
    before = finished(worker.render("before", request_of(reference)))
    failure = worker.render("broken", request_of(reference, prompt=prompt))[-1]
    after = finished(worker.render("after", request_of(reference)))
    assert isinstance(failure, Failed)
    assert (failure.code, failure.retryable) == (code, retryable)
    assert "asked to break" not in failure.message, "details belong in the log"
    assert before.receipt_sha256 == after.receipt_sha256


def test_what_cannot_be_rendered_is_refused_by_name(worker: Worker, reference: Reference) -> None:
    blank = save_photo(worker.folder, np.full((300, 300, 3), 128, np.uint8), "blank")
    gone = Reference(source=Source(url=f"file://{worker.folder}/gone.png", sha256="0" * 64))
    refusals = {
        "bad_request": request_of(reference, width=300),
        "bad_reference": request_of(blank),
        "bad_source": request_of(gone),
    }
    for code, request in refusals.items():
        last = worker.render(code, request)[-1]
        assert isinstance(last, Failed)
        assert (last.code, last.retryable) == (code, False)


def test_a_missing_sink_is_an_upload_that_failed(worker: Worker, reference: Reference) -> None:
    worker.send(Render(id="sinkless", request=request_of(reference)))
    while not isinstance(event := worker.receive(), Failed | Finished):
        if isinstance(event, ArtifactsReady):
            worker.send(Sinks(id="another", sinks=worker.sinks_for("sinkless", event).sinks))
            worker.send(Sinks(id="sinkless", sinks={}))
    assert isinstance(event, Failed)
    assert event.code == "upload_failed"


def test_sinks_that_come_too_late_serve_nobody_else(worker: Worker, reference: Reference) -> None:
    worker.send(Render(id="again", request=request_of(reference)))
    while not isinstance(event := worker.receive(), ArtifactsReady):
        assert event is not None
    worker.send(Cancel(id="again"))
    assert isinstance(worker.receive(), Cancelled)
    stale = worker.folder / "stale"
    sinks = {one.kind: Sink(url=(stale / one.kind).as_uri()) for one in event.artifacts}
    worker.send(Sinks(id="again", sinks=sinks))
    assert finished(worker.render("again", request_of(reference)))
    assert not stale.exists()


def test_several_characters_on_a_plate_are_each_reported(worker: Worker) -> None:
    left, right = (save_photo(worker.folder, photos.photo(name), name) for name in ("person_a_1", "person_b_1"))
    cast = (
        CharacterInput(id="a", name="Ann", placement="left", references=(left,)),
        CharacterInput(id="b", name="Bo", placement="right", references=(right,)),
    )
    request = request_of(left, characters=cast, plate=ColourPlate(top="#102030", bottom="#405060"))
    end = finished(worker.render("two", request))
    assert [(one.character_id, one.character_name) for one in end.identity] == [("a", "Ann"), ("b", "Bo")]


def test_memory_is_given_back(worker: Worker, reference: Reference) -> None:
    request = request_of(reference, seconds=2.0, width=768, height=432)
    settled_mb = []
    for turn in range(3):
        finished(worker.render(f"memory-{turn}", request))
        time.sleep(0.5)  # the last event comes first, the memory goes back right after it
        settled_mb.append(worker.rss_mb())
    assert max(settled_mb[1:]) < settled_mb[0] + 150
    assert worker.peak_rss_mb() < 2500


def test_a_killed_engine_is_replaced_and_its_leavings_cleared(reference: Reference, worker: Worker) -> None:
    folder = worker.folder / "killed"
    with start_worker(folder) as first:
        first.greet()
        mine = save_photo(folder, photos.astronaut(), "astronaut")
        first.send(Render(id="r", request=request_of(mine, prompt="slowly", steps=20)))
        while not isinstance(first.receive(), Step):
            pass
        first.process.kill()
        first.process.wait()
        assert list((folder / "scratch").iterdir())
    with start_worker(folder) as second:
        second.greet()
        assert not list((folder / "scratch").iterdir())
        assert finished(second.render("r", request_of(mine)))


def test_a_reader_that_falls_behind_loses_nothing(worker: Worker, reference: Reference) -> None:
    worker.send(Render(id="lazy", request=request_of(reference, seconds=2.0)))
    time.sleep(1.0)
    events = worker.until_end("lazy")
    frames = [event.done for event in events if isinstance(event, Step) and event.stage == "decode"]
    assert frames == list(range(1, 49))
