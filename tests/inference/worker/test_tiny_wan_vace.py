"""A video diffusion model behind the real engine process: delivered, scored, receipted, cancelled, repeatable."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from inference.exact.fingerprint import hash_file
from inference.media.sound import read_sound
from inference.media.verify import verify_clip
from inference.protocol import (
    BackdropPlate,
    Cancel,
    Cancelled,
    Failed,
    Finished,
    KeyframeInput,
    Line,
    LookInput,
    Moment,
    Note,
    PrevisControl,
    Render,
    RenderRequest,
    Source,
    Step,
)
from tests import photos
from tests.inference.pipelines.tiny import ANIMATE, ANIMATE_2, CARD
from tests.inference.worker_client import Worker, request_of, save_photo, start_worker


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


def test_a_look_is_drawn_by_this_model_and_left_aside_aloud_by_the_previs(
    worker: Worker, request_for_all: RenderRequest
) -> None:
    picture = save_photo(worker.folder, photos.astronaut(), "suit").source
    look = LookInput(id="look_1", name="Orbit", wardrobe="an orange suit", picture=picture)
    ada = request_for_all.characters[0].model_copy(update={"look": look})
    asked = request_for_all.model_copy(update={"characters": (ada,)})
    bare, worn = (worker.render(name, one)[-1] for name, one in (("bare", request_for_all), ("worn", asked)))
    assert isinstance(bare, Finished)
    assert isinstance(worn, Finished)
    (used,) = worn.receipt.looks
    assert (used.look_id, used.words, used.used_for) == ("look_1", "Ada wears an orange suit.", ("prompt", "picture"))
    assert used.picture_sha256 == picture.sha256
    assert worn.receipt.latents_sha256 != bare.receipt.latents_sha256
    assert picture.sha256 not in [one.sha256 for one in worn.receipt.references], "a look is no reference of the face"
    assert bare.receipt.looks == ()
    previs = asked.model_copy(update={
        "model": "previs", "tier": "draft", "fps": 24, "seconds": 0.5, "width": 256, "height": 256, "steps": 2,
    })  # fmt: skip
    events = worker.render("undrawn", previs)
    assert isinstance(events[-1], Finished)
    assert events[-1].receipt.looks[0].used_for == ()
    assert [note.words for note in events if isinstance(note, Note) and note.code == "look_left_aside"] == [("Orbit",)]


def test_a_plate_is_left_aside_aloud_unless_a_previs_shows_it(worker: Worker, request_for_all: RenderRequest) -> None:
    before = request_for_all.model_copy(update={"plate": BackdropPlate(name="forest")})
    free = worker.render("free-plate", before)
    driven = worker.render("driven-plate", before.model_copy(update={"control": PrevisControl()}))
    plain = worker.render("driven-plain", request_for_all.model_copy(update={"control": PrevisControl()}))
    codes = [[event.code for event in events if isinstance(event, Note)] for events in (free, driven)]
    assert "plate_left_aside" in codes[0]
    assert "plate_left_aside" not in codes[1]
    assert isinstance(driven[-1], Finished)
    assert isinstance(plain[-1], Finished)
    shown = [one.receipt.control for one in (driven[-1], plain[-1])]
    assert shown[0] is not None
    assert shown[1] is not None
    assert shown[0].track_sha256 == shown[1].track_sha256
    assert shown[0].frames_sha256 != shown[1].frames_sha256, "the backdrop is in what the model was shown"


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


def test_a_previs_take_drives_the_final_render_of_both_families(worker: Worker, request_for_all: RenderRequest) -> None:
    """What the filmmaker saw in the previs is what the big model is shown: by its kept motion, and said so."""
    drawn = request_for_all.model_copy(update={
        "model": "previs", "tier": "draft", "fps": 24, "seconds": 1.0, "width": 256, "height": 256, "steps": 20,
    })  # fmt: skip
    previs = worker.render("previs", drawn)[-1]
    assert isinstance(previs, Finished)
    motion = worker.result("previs", "motion")
    track = Source(url=motion.as_uri(), sha256=hash_file(motion))
    driven = request_for_all.model_copy(update={"control": PrevisControl(track=track)})
    final = worker.render("final", driven)[-1]
    animated = worker.render("animated", driven.model_copy(update={"model": ANIMATE.name}))[-1]
    free = worker.render("free", request_for_all)[-1]
    assert isinstance(final, Finished)
    assert isinstance(animated, Finished)
    assert isinstance(free, Finished)
    assert final.receipt.control is not None
    assert animated.receipt.control is not None
    assert (final.receipt.control.form, animated.receipt.control.form) == ("gray", "pose_and_face")
    assert final.receipt.control.track_sha256 == animated.receipt.control.track_sha256
    assert free.receipt.control is None
    assert free.receipt.latents_sha256 != final.receipt.latents_sha256


def test_a_talking_previs_drives_clips_that_say_the_same_at_the_same_frame(
    worker: Worker, request_for_all: RenderRequest
) -> None:
    who = request_for_all.characters[0].id
    line = Line(id="l", character_id=who, text="My mother remembers.", language="en-US", voice="af_heart")
    drawn = request_for_all.model_copy(update={
        "model": "previs", "tier": "draft", "fps": 24, "seconds": 2.5, "width": 256, "height": 256, "steps": 20,
        "dialogue": (line,),
    })  # fmt: skip
    previs = worker.render("talking", drawn)[-1]
    assert isinstance(previs, Finished), previs
    motion = worker.result("talking", "motion")
    control = PrevisControl(track=Source(url=motion.as_uri(), sha256=hash_file(motion)))
    seen = _sound(worker, "talking")
    for model in (CARD, ANIMATE):
        driven = request_for_all.model_copy(update={
            "model": model.name, "seconds": 37 / 16, "dialogue": (line,), "control": control,
        })  # fmt: skip
        final = worker.render(model.name, driven)[-1]
        assert isinstance(final, Finished), final
        assert (final.speech[0].start_s, final.speech[0].verdict) == (previs.speech[0].start_s, "pass")
        assert final.receipt.dialogue == previs.receipt.dialogue
        assert final.receipt.dialogue[0].lips == "phonemes"
        sound = _sound(worker, model.name)
        assert len(sound) == 37 * 48_000 // 16
        length = min(len(sound), len(seen))
        assert _lag(sound[:length], seen[:length]) == 0


def _sound(worker: Worker, render: str) -> np.ndarray:
    sound = read_sound(worker.result(render, "clip"))
    assert sound is not None
    return np.asarray(sound, np.float64)


def _lag(one: np.ndarray, other: np.ndarray) -> int:
    """By how many samples the one is later than the other."""
    both = np.fft.irfft(np.fft.rfft(one, 2 * len(one)) * np.fft.rfft(other, 2 * len(other)).conj())
    best = int(np.argmax(both))
    return best if best < len(one) else best - 2 * len(one)


def test_a_previs_take_drives_a_clip_of_two_segments(worker: Worker, request_for_all: RenderRequest) -> None:
    """The second one shown in part; a cancel after the first one's last step ends it."""
    driven = request_for_all.model_copy(update={
        "model": ANIMATE_2.name, "tier": "fast", "seconds": 13 / 16, "control": PrevisControl(), "steps": 2,
        "guidance_scale": 1.0,
    })  # fmt: skip
    events = worker.render("driven", driven)
    made = events[-1]
    assert isinstance(made, Finished)
    assert made.receipt.frames == 13
    assert made.receipt.control is not None
    assert made.receipt.control.form == "frames"
    steps = [(one.done, one.total) for one in events if isinstance(one, Step) and one.stage == "denoise"]
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    worker.send(Render(id="stopped", request=driven.model_copy(update={"steps": 50})))
    while not isinstance(event := worker.receive(), Step) or event.stage != "denoise" or event.done < 50:
        assert event is not None, worker.log
    worker.send(Cancel(id="stopped"))
    last = worker.until_end("stopped")[-1]
    assert isinstance(last, Cancelled)
    again = worker.render("again", driven)[-1]
    assert isinstance(again, Finished)
    assert again.receipt.media_sha256 == made.receipt.media_sha256


def test_a_control_that_cannot_be_is_refused(worker: Worker, request_for_all: RenderRequest) -> None:
    without = worker.render("without", request_for_all.model_copy(update={"model": ANIMATE.name}))[-1]
    assert isinstance(without, Failed)
    assert (without.code, "needs a previs to drive it" in without.message) == ("bad_request", True)
    photo = request_for_all.characters[0].references[0].source
    no_track = request_for_all.model_copy(update={"control": PrevisControl(track=photo)})
    refused = worker.render("no-track", no_track)[-1]
    assert isinstance(refused, Failed)
    assert (refused.code, refused.message) == ("bad_source", "the control's track is not the motion of a take")


def test_keyframes_change_the_clip_and_stand_in_the_receipt(worker: Worker, request_for_all: RenderRequest) -> None:
    pictures = [save_photo(worker.folder, photos.astronaut()[:256, :256], "opening").source,
                save_photo(worker.folder, photos.astronaut()[256:, 256:], "ending").source]  # fmt: skip
    moments: tuple[Moment, ...] = ("first", 0.5)
    keyframes = tuple(
        KeyframeInput(source=source, at=at, width=256, height=256) for source, at in zip(pictures, moments, strict=True)
    )
    asked = request_for_all.model_copy(update={"keyframes": keyframes})
    bare, shown = (worker.render(name, one)[-1] for name, one in (("bare", request_for_all), ("keyframed", asked)))
    assert isinstance(bare, Finished)
    assert isinstance(shown, Finished)
    assert [(one.frame, one.sha256) for one in shown.receipt.keyframes] == [
        (0, pictures[0].sha256),
        (8, pictures[1].sha256),
    ]
    assert shown.receipt.latents_sha256 != bare.receipt.latents_sha256
    assert bare.receipt.keyframes == ()


def test_keyframes_that_cannot_be_end_the_take_in_words(worker: Worker, request_for_all: RenderRequest) -> None:
    picture = save_photo(worker.folder, photos.astronaut(), "square").source
    keyframe = KeyframeInput(source=picture, at="first", width=512, height=512)
    driven = request_for_all.model_copy(update={"control": PrevisControl(), "keyframes": (keyframe,)})
    other_size = keyframe.model_copy(update={"width": 500, "height": 500})
    refused = [
        worker.render("animated", driven.model_copy(update={"model": ANIMATE.name}))[-1],
        worker.render("other-size", request_for_all.model_copy(update={"keyframes": (other_size,)}))[-1],
    ]
    words = "takes no keyframes: leave them out, or render with wan-vace-1.3b, wan-vace-14b, wan2.2-vace"
    told = [(one.code, one.message) for one in refused if isinstance(one, Failed)]
    assert told == [
        ("bad_request", f"tiny-wan-animate {words}"),
        ("bad_source", "a keyframe is 512x512 px, not 500x500"),
    ]
