"""Real engines that are preempted, killed and replaced: what goes on elsewhere ends with the same bits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.exact.fingerprint import hash_file
from inference.protocol import (
    CheckpointKept,
    CheckpointReady,
    Event,
    Finished,
    KeptCheckpoint,
    Preempt,
    Preempted,
    Render,
    RenderRequest,
    Source,
    Stage,
    Step,
)
from tests import photos
from tests.inference.pipelines.tiny import CARD
from tests.inference.worker_client import Worker, request_of, save_photo, start_worker

TINY = "tests.inference.tiny_engine"
STEPS = 12


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What every node reads and writes: the photo, and what is kept."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def request_there(shared: Path) -> RenderRequest:
    reference = save_photo(shared, photos.photo("person_b_1"), "photo")
    return request_of(
        reference, model=CARD.name, tier="exact", seconds=9 / 16, fps=16, width=64, height=64, steps=STEPS
    )


@pytest.fixture(scope="module")
def undisturbed(here: Worker, request_there: RenderRequest) -> Finished:
    last = here.render("undisturbed", request_there)[-1]
    assert isinstance(last, Finished), here.log
    return last


@pytest.fixture(scope="module")
def here(shared: Path) -> Iterator[Worker]:
    with start_worker(shared / "here", TINY, words=("--files-root", str(shared))) as worker:
        worker.greet()
        yield worker


def preempt_after(worker: Worker, name: str, request: RenderRequest, steps: int) -> list[Event]:
    """The render's events, up to the last one; it is preempted once so many steps are done."""
    worker.send(Render(id=name, request=request))
    heard: list[Event] = []
    while not (isinstance(event := worker.receive(), Step) and event.stage == "denoise" and event.done >= steps):
        assert event is not None, worker.log
        heard.append(event)
    worker.send(Preempt(id=name))
    return [*heard, *worker.until_end(name)]


def kept_of(worker: Worker, events: list[Event]) -> KeptCheckpoint:
    """The last checkpoint that was announced and put in its sink."""
    arrived = {event.sha256 for event in events if isinstance(event, CheckpointKept)}
    ready = [event for event in events if isinstance(event, CheckpointReady) and event.sha256 in arrived][-1]
    file = worker.folder / "kept" / ready.sha256
    assert hash_file(file) == ready.sha256
    assert file.stat().st_size == ready.size_bytes
    return KeptCheckpoint(source=Source(url=file.as_uri(), sha256=ready.sha256), digest=ready.digest, done=ready.done)


def first_step(events: list[Event]) -> int:
    return next(event.done for event in events if isinstance(event, Step) and event.stage == "denoise")


def test_a_preempted_render_goes_on_here_from_its_next_step(
    here: Worker, request_there: RenderRequest, undisturbed: Finished
) -> None:
    stopped = preempt_after(here, "yields", request_there, 3)
    assert isinstance(stopped[-1], Preempted)
    assert 3 <= stopped[-1].done < STEPS
    assert [event.name for event in stopped if isinstance(event, Stage) and event.preemptible] == ["denoise"]
    assert not list((here.folder / "scratch").glob("render-*")), "nothing of the attempt is left beside its checkpoint"
    between = here.render("goes-first", request_there.model_copy(update={"seed": 99, "steps": 2}))[-1]
    assert isinstance(between, Finished)
    went_on = here.render("yields-again", request_there)
    assert isinstance(went_on[-1], Finished)
    assert first_step(went_on) == stopped[-1].done + 1
    assert went_on[-1].receipt.media_sha256 == undisturbed.receipt.media_sha256
    assert went_on[-1].receipt.latents_sha256 == undisturbed.receipt.latents_sha256


@pytest.mark.parametrize("ranks", ["1x1", "1x2"])
def test_a_preempted_render_goes_on_on_another_node(
    ranks: str, shared: Path, here: Worker, request_there: RenderRequest, undisturbed: Finished
) -> None:
    """The ranks' device is this one, and none of them keeps what it computed after the preemption."""
    with start_worker(shared / f"left-{ranks}", TINY, words=("--files-root", str(shared), "--ranks", ranks)) as left:
        left.greet()
        stopped = preempt_after(left, "moves", request_there, 2)
        assert isinstance(stopped[-1], Preempted), left.log
        kept = kept_of(left, stopped)
        assert kept.done == stopped[-1].done
    with start_worker(shared / f"there-{ranks}", TINY, words=("--files-root", str(shared))) as there:
        there.greet()
        went_on = there.render("moved", request_there, checkpoint=kept)
        assert isinstance(went_on[-1], Finished), there.log
    assert first_step(went_on) == kept.done + 1
    assert went_on[-1].receipt.media_sha256 == undisturbed.receipt.media_sha256


def test_an_engine_that_is_killed_costs_the_steps_since_the_last_checkpoint(
    shared: Path, request_there: RenderRequest, undisturbed: Finished
) -> None:
    with start_worker(shared / "killed", TINY, words=("--files-root", str(shared))) as killed:
        killed.greet()
        killed.send(Render(id="dies", request=request_there, checkpoint_every_s=0))
        heard: list[Event] = []
        while not isinstance(event := killed.receive(), CheckpointKept):
            assert event is not None, killed.log
            heard.append(event)
            if isinstance(event, CheckpointReady):
                killed.send(killed.checkpoint_sink_for(event))
        killed.process.kill()
        kept = kept_of(killed, [*heard, event])
    with start_worker(shared / "heir", TINY, words=("--files-root", str(shared))) as heir:
        heir.greet()
        went_on = heir.render("lives", request_there, checkpoint=kept)
        assert isinstance(went_on[-1], Finished), heir.log
    assert first_step(went_on) == kept.done + 1
    assert went_on[-1].receipt.media_sha256 == undisturbed.receipt.media_sha256


def test_a_checkpoint_that_is_damaged_or_of_another_render_is_refused_and_the_render_begins_anew(
    shared: Path, request_there: RenderRequest, undisturbed: Finished
) -> None:
    folder = shared / "wary"
    with start_worker(folder, TINY, words=("--files-root", str(shared))) as worker:
        worker.greet()
        stopped = preempt_after(worker, "spoilt", request_there, 2)
        kept = kept_of(worker, stopped)
        for local in (folder / "scratch" / "checkpoints").iterdir():
            local.unlink()
        file = folder / "kept" / kept.source.sha256
        whole = file.read_bytes()
        file.write_bytes(whole[:-4] + b"\1\2\3\4")
        damaged = worker.render("damaged", request_there, checkpoint=kept)
        file.write_bytes(whole)
        other = worker.render("other", request_there.model_copy(update={"seed": 8}), checkpoint=kept)
        alien = kept.model_copy(update={"digest": "0" * 64})
        elsewhere = worker.render("elsewhere", request_there, checkpoint=alien)
        for events in (damaged, other, elsewhere):
            assert isinstance(events[-1], Finished), worker.log
            assert first_step(events) == 1
        for events in (damaged, elsewhere):
            assert events[-1].receipt.media_sha256 == undisturbed.receipt.media_sha256  # type: ignore[union-attr]
        words = worker.log
    assert "a source is not the bytes that were announced" in words
    assert words.count("it is of another render or device") == 2
