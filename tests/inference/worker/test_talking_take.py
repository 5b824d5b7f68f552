"""A take in which somebody speaks: sound, lips, receipt, mark, and an ear that hears the finished clip."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from c2pa import Reader

from inference.media.loudness import measure_dbtp, measure_lufs
from inference.media.provenance import DIALOGUE_ASSERTION
from inference.media.sound import read_sound
from inference.media.tracks import read_tracks
from inference.motion.parameters import INDEX
from inference.protocol import Failed, Finished, Line, Reference
from tests import photos
from tests.inference.worker_client import PRODUCT, Worker, request_of, save_photo, start_worker

LINE = Line(id="l", character_id="ada", text="My mother remembers.", language="en-US", voice="af_heart")
SECONDS = 2.5
AT_REST = 0.5  # of lips that the photo shows apart, where no face is asked for


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    with start_worker(tmp_path_factory.mktemp("talking"), PRODUCT) as started:
        started.greet()
        yield started


@pytest.fixture(scope="module")
def photo(worker: Worker) -> Reference:
    return save_photo(worker.folder, photos.astronaut(), "ada")


@pytest.fixture(scope="module")
def finished(worker: Worker, photo: Reference) -> Finished:
    events = worker.render("talk", request_of(photo, seconds=SECONDS, dialogue=(LINE,)))
    assert isinstance(events[-1], Finished), events[-1]
    assert not [event for event in events if event.kind == "note" and event.code == "silent_clip"]
    return events[-1]


def test_the_finished_clip_is_heard_to_say_the_line(finished: Finished) -> None:
    (spoken,) = finished.speech
    assert (spoken.line_id, spoken.voice, spoken.verdict) == ("l", "af_heart", "pass")
    assert spoken.phoneme_error is not None
    assert spoken.phoneme_error < 0.3
    assert spoken.offset_ms is not None
    assert abs(spoken.offset_ms) < 60
    assert 0 < spoken.start_s < spoken.end_s < SECONDS


def test_sound_is_exact_to_the_sample_and_as_loud_as_dialogue(worker: Worker, finished: Finished) -> None:
    sound = read_sound(worker.result("talk", "clip"))
    assert sound is not None
    assert len(sound) == SECONDS * 48_000
    assert measure_lufs(sound) == pytest.approx(-16, abs=1)
    assert measure_dbtp(sound) <= -1


def test_receipt_and_mark_name_the_voice(worker: Worker, finished: Finished) -> None:
    (used,) = finished.receipt.dialogue
    assert used.licence is not None
    assert "Apache-2.0" in used.licence
    assert (used.voice, used.lips, used.engine["engine"]) == ("af_heart", "phonemes", "kokoro")
    with Reader(str(worker.result("talk", "clip"))) as reader:
        story = json.loads(reader.json())
    assertions = story["manifests"][story["active_manifest"]]["assertions"]
    marked = {one["label"]: one["data"] for one in assertions}[DIALOGUE_ASSERTION]
    assert marked["lines"][0]["voice"] == "af_heart"


def test_lips_close_and_open_in_the_kept_motion(worker: Worker, finished: Finished) -> None:
    tracks, _, _ = read_tracks(worker.result("talk", "motion"))
    lips_F = tracks["ada"][:, INDEX["lip_close"]]
    assert (lips_F > 0.9).sum() >= 3, "m, m, m, b"
    assert (lips_F[:4] <= AT_REST).all()


def test_the_same_seed_makes_the_same_clip(worker: Worker, photo: Reference, finished: Finished) -> None:
    again = worker.render("again", request_of(photo, seconds=SECONDS, dialogue=(LINE,)))[-1]
    assert isinstance(again, Finished)
    assert again.receipt.media_sha256 == finished.receipt.media_sha256


def test_a_silent_take_has_no_sound_and_a_receipt_as_before(worker: Worker, photo: Reference) -> None:
    silent = worker.render("silent", request_of(photo))[-1]
    assert isinstance(silent, Finished)
    assert silent.speech == ()
    assert "dialogue" not in silent.receipt.model_dump(mode="json")
    assert read_sound(worker.result("silent", "clip")) is None


def test_what_does_not_fit_is_told_and_costs_nothing_else(worker: Worker, photo: Reference) -> None:
    short = worker.render("short", request_of(photo, seconds=0.5, dialogue=(LINE,)))[-1]
    assert isinstance(short, Failed)
    assert (short.code, short.retryable) == ("bad_request", False)
    assert "make it longer" in short.message


def test_a_narrator_is_heard_and_moves_no_lips(worker: Worker, photo: Reference) -> None:
    narrated = LINE.model_copy(update={"character_id": None})
    end = worker.render("narrated", request_of(photo, seconds=SECONDS, dialogue=(narrated,)))[-1]
    assert isinstance(end, Finished)
    assert end.speech[0].verdict == "pass"
    assert end.receipt.dialogue[0].lips == "unseen"
    tracks, _, _ = read_tracks(worker.result("narrated", "motion"))
    assert (tracks["ada"][:, INDEX["lip_close"]] <= AT_REST).all()
