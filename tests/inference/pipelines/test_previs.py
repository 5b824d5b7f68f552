"""The previs keeps the contract: deterministic, seeded, cancellable, honest about what it left aside."""

from __future__ import annotations

import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from inference.motion.mesh import fit_mesh
from inference.motion.parameters import CAMERA, INDEX, Track
from inference.pipelines.contract import BadReference, CancelToken, CastPhoto, Photo, Picture, RenderCancelled
from inference.pipelines.previs import PrevisPipeline
from inference.protocol import BackdropPlate, CharacterInput, ColourPlate, Reference, RenderRequest, Source
from tests.inference.motion import shots
from tests.inference.motion.shots import faces_in
from tests.photos import people
from tests.turned_photos import turned_photo


def a_request(
    prompt: str = "She turns her head to the left.", names: tuple[str, ...] = ("Eileen",), **more: object
) -> RenderRequest:
    source = Source(url="file:///photo.png", sha256="a" * 64)
    cast = tuple(
        CharacterInput(id=f"chr_{i + 1}", name=name, references=(Reference(source=source),), placement=place)
        for i, (name, place) in enumerate(zip(names, ("left", "right", "centre"), strict=False))
    )
    values: dict[str, object] = {
        "model": "previs", "prompt": prompt, "characters": cast, "seconds": 1.0, "fps": 24, "width": 256,
        "height": 256, "seed": 11, "steps": 12, "guidance_scale": 2.0, "tier": "draft",
    }  # fmt: skip
    return RenderRequest.model_validate(values | more)


def draw_latents(previs: PrevisPipeline, request: RenderRequest, cast: tuple[CastPhoto, ...]) -> torch.Tensor:
    prepared = previs.prepare(request, cast, None, CancelToken())
    return previs.denoise(prepared, lambda *_: None, CancelToken())


def act(previs: PrevisPipeline, request: RenderRequest, cast: tuple[CastPhoto, ...]) -> dict[str, Track]:
    prepared = previs.prepare(request, cast, None, CancelToken())
    return previs.motion(prepared, previs.denoise(prepared, lambda *_: None, CancelToken()))


def frames(previs: PrevisPipeline, request: RenderRequest, cast: tuple[CastPhoto, ...]) -> list[Picture]:
    prepared = previs.prepare(request, cast, None, CancelToken())
    latents = previs.denoise(prepared, lambda *_: None, CancelToken())
    return list(previs.decode(prepared, latents, CancelToken()))


def test_one_seed_gives_the_same_bytes_and_another_one_other_acting(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    first, again = (frames(previs, a_request(seconds=0.5), (eileen,)) for _ in range(2))
    assert len(first) == 12
    assert all(frame.shape == (256, 256, 3) and frame.dtype == np.uint8 for frame in first)
    assert [frame.tobytes() for frame in first] == [frame.tobytes() for frame in again]

    long = a_request(seconds=3.0)
    one = act(previs, long, (eileen,))["chr_1"]
    other = act(previs, long.model_copy(update={"seed": 12}), (eileen,))["chr_1"]
    yaw = INDEX["yaw"]
    assert np.abs(one[:, yaw] - other[:, yaw]).max() > 1.0, "another seed times or sizes the turn otherwise"
    assert one[:, yaw].min() < -12
    assert other[:, yaw].min() < -12


def test_another_take_of_a_shot_finds_its_stage_set_and_one_of_another_plate_or_size_does_not(
    previs: PrevisPipeline, eileen: CastPhoto
) -> None:
    grey, blue = (ColourPlate(top=colour, bottom=colour) for colour in ("#808080", "#102060"))
    shot = a_request("She looks at us.", seconds=0.5, plate=grey)
    set_for = previs.prepare(shot, (eileen,), None, CancelToken()).stage
    first = frames(previs, shot, (eileen,))
    retake = shot.model_copy(update={"seed": 12, "prompt": "She smiles."})
    assert previs.prepare(retake, (eileen,), None, CancelToken()).stage is set_for
    for other in ({"plate": blue}, {"width": 288}, {"framing": "ms"}):
        assert previs.prepare(shot.model_copy(update=other), (eileen,), None, CancelToken()).stage is not set_for
    picture = np.full((64, 64, 3), 90, np.uint8)
    before = previs.prepare(a_request(), (eileen,), picture, CancelToken()).stage
    assert previs.prepare(a_request(), (eileen,), picture.copy(), CancelToken()).stage is before
    assert previs.prepare(a_request(), (eileen,), picture + 1, CancelToken()).stage is not before
    assert [frame.tobytes() for frame in frames(previs, shot, (eileen,))] == [frame.tobytes() for frame in first]


def test_the_tracks_are_kept_as_drawn_and_the_camera_is_the_same_for_all(
    previs: PrevisPipeline, eileen: CastPhoto, portrait: Photo
) -> None:
    ben = CastPhoto("chr_2", "Ben", "right", (portrait,))
    request = a_request("Eileen nods while Ben smiles. The camera pushes in.", ("Eileen", "Ben"), seconds=3.0)
    tracks = act(previs, request, (replace(eileen, placement="left"), ben))
    assert set(tracks) == {"chr_1", "chr_2"}
    assert all(track.shape == (72, len(INDEX)) for track in tracks.values())
    assert np.array_equal(tracks["chr_1"][:, CAMERA], tracks["chr_2"][:, CAMERA])


def test_each_character_acts_its_own_part(previs: PrevisPipeline, eileen: CastPhoto, portrait: Photo) -> None:
    ben = CastPhoto("chr_2", "Ben", "right", (portrait,))
    request = a_request("Eileen nods while Ben smiles.", ("Eileen", "Ben"), seconds=3.0)
    tracks = act(previs, request, (replace(eileen, placement="left"), ben))
    nods, smiles = tracks["chr_1"], tracks["chr_2"]
    assert nods[:, INDEX["pitch"]].min() < -8
    assert nods[:, INDEX["smile"]].max() < 0.3
    assert smiles[:, INDEX["smile"]].max() > 0.6
    assert smiles[:, INDEX["pitch"]].min() > -4


def test_a_characters_noise_does_not_depend_on_who_else_is_there(
    previs: PrevisPipeline, eileen: CastPhoto, portrait: Photo
) -> None:
    ben = CastPhoto("chr_2", "Ben", "right", (portrait,))
    alone = draw_latents(previs, a_request("They nod."), (eileen,))
    together = draw_latents(previs, a_request("They nod.", ("Eileen", "Ben")), (replace(eileen, placement="left"), ben))
    assert torch.allclose(alone[0], together[0], atol=1e-4)


def test_cancelling_stops_every_stage_within_half_a_second(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    cancelled = CancelToken()
    cancelled.cancel()
    with pytest.raises(RenderCancelled):
        previs.prepare(a_request(), (eileen,), None, cancelled)

    prepared = previs.prepare(a_request(), (eileen,), None, CancelToken())
    midway = CancelToken()
    with pytest.raises(RenderCancelled):
        previs.denoise(prepared, lambda done, _: midway.cancel() if done == 3 else None, midway)

    latents = previs.denoise(prepared, lambda *_: None, CancelToken())
    drawing = CancelToken()
    pictures = previs.decode(prepared, latents, drawing)
    next(pictures)
    drawing.cancel()
    asked = time.monotonic()
    with pytest.raises(RenderCancelled):
        next(pictures)
    assert time.monotonic() - asked < 0.5


def test_what_is_left_aside_is_named_and_silence_is_told(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    prepared = previs.prepare(a_request("Eileen walks to the door, then she smiles."), (eileen,), None, CancelToken())
    notes = {note.code: note for note in prepared.notes}
    assert "silent_clip" in notes
    assert any("walks" in words for words in notes["prompt_partially_followed"].words)

    followed = previs.prepare(a_request("She turns her head to the left."), (eileen,), None, CancelToken())
    assert [note.code for note in followed.notes] == ["silent_clip"]


def test_what_stays_of_a_grin_is_told_where_a_face_without_one_is_asked_for(
    previs: PrevisPipeline, eileen: CastPhoto
) -> None:
    prepared = previs.prepare(a_request("Eileen is furious. She looks straight at us."), (eileen,), None, CancelToken())
    (note,) = [note for note in prepared.notes if note.code == "expression_stays"]
    assert "Eileen" in note.message
    assert prepared.direction.acting == {"chr_1": ("strong anger", "looks at the lens")}
    glad = previs.prepare(a_request("Eileen is happy."), (eileen,), None, CancelToken())
    assert "expression_stays" not in {note.code for note in glad.notes}


def test_a_calm_mouth_comes_from_the_photo_that_has_one_where_a_face_without_a_grin_is_asked_for(
    previs: PrevisPipeline,
) -> None:
    photos = dict(people()["c"])
    grin, calm = (
        Photo(letter * 64, photos[name], faces_in(photos[name])[0])
        for letter, name in (("d", "impostor_1"), ("e", "obama3"))
    )
    cast = CastPhoto("chr_1", "Barack", "centre", (grin, calm))
    serious = previs.prepare(a_request("Barack is worried.", ("Barack",)), (cast,), None, CancelToken())
    assert serious.drawn == {"chr_1": (grin.sha256, calm.sha256)}
    (note,) = [note for note in serious.notes if note.code == "expression_stays"]
    assert "another photo" in note.message
    glad = previs.prepare(a_request("Barack is happy.", ("Barack",)), (cast,), None, CancelToken())
    assert glad.drawn == {"chr_1": (grin.sha256,)}
    assert "expression_stays" not in {note.code for note in glad.notes}


def test_a_turn_that_the_photos_do_not_show_is_told_as_it_is_told_beforehand(
    previs: PrevisPipeline, eileen: CastPhoto
) -> None:
    prompt = "Eileen turns her head 90 degrees to the left."
    prepared = previs.prepare(a_request(prompt), (eileen,), None, CancelToken())
    (note,) = [note for note in prepared.notes if note.code == "beyond_reach"]
    assert note.words == ("90 degrees",)
    assert "26° to the left, not 90°" in note.message
    assert previs.tell_reach(prompt, ("Eileen",), ((-1.0,),)) == (note,)
    (farther,) = previs.tell_reach(prompt, ("Eileen",), ((-1.0, -31.0),))
    assert "45° to the left, not 90°" in farther.message
    assert previs.tell_reach("Eileen turns her head 30 degrees to the left.", ("Eileen",), ((0.0, -31.0),)) == ()


def test_an_arc_that_goes_farther_round_than_one_does_is_told(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    prompt = "Eileen smiles. The camera arcs 90° to the left around her."
    prepared = previs.prepare(a_request(prompt), (eileen,), None, CancelToken())
    (note,) = [note for note in prepared.notes if note.code == "beyond_reach"]
    assert note in previs.read_prompt(prompt, ("Eileen",)).notes
    assert note.words == ("90°",)
    small = previs.read_prompt("Eileen smiles. The camera arcs 20° to the left around her.", ("Eileen",))
    assert "beyond_reach" not in {note.code for note in small.notes}


def test_a_photo_of_a_side_is_drawn_where_a_turn_wants_it_and_then_alone(
    previs: PrevisPipeline, portrait: Photo
) -> None:
    assert portrait.face is not None
    models = shots.models()
    turned = turned_photo(models, portrait.rgb_HWC_uint8, portrait.face, 26.4)
    turned = cv2.resize(turned, (213, 213), interpolation=cv2.INTER_AREA)  # no larger a face than in the other
    side = Photo("d" * 64, turned, shots.faces_in(turned)[0])
    both = CastPhoto("chr_1", "Eileen", "centre", (portrait, side))
    far = previs.prepare(a_request("She turns her head 40 degrees to the right."), (both,), None, CancelToken())
    assert far.drawn == {"chr_1": (portrait.sha256, side.sha256)}
    assert "beyond_reach" in {note.code for note in far.notes}, "a photo at 20° shows 35°, not 40°"
    other = previs.prepare(a_request("She turns her head 40 degrees to the left."), (both,), None, CancelToken())
    assert other.drawn == {"chr_1": (portrait.sha256,)}
    usual = previs.prepare(a_request("She turns her head to the right."), (both,), None, CancelToken())
    assert usual.drawn == {"chr_1": (portrait.sha256,)}


def test_people_and_plate_share_one_grain_and_a_photo_as_it_is_has_none(
    previs: PrevisPipeline, eileen: CastPhoto
) -> None:
    still = a_request("She looks at us.", seconds=0.5, plate=ColourPlate(top="#808080", bottom="#808080"))
    composed = frames(previs, still, (eileen,))
    corner = np.stack([frame[:12, :12] for frame in composed]).astype(float)
    assert 0.8 < corner.std(axis=0).mean() < 3
    as_in_the_photo = frames(previs, a_request("She looks at us.", seconds=0.5), (eileen,))
    assert np.stack([frame[:12, :12] for frame in as_in_the_photo]).astype(float).std(axis=0).max() < 1


def test_the_sharp_front_photo_is_drawn(previs: PrevisPipeline, portrait: Photo) -> None:
    small = portrait.rgb_HWC_uint8[::4, ::4].copy()
    assert portrait.face is not None
    box = portrait.face.model_copy(
        update={name: getattr(portrait.face, name) / 4 for name in ("x", "y", "width", "height")}
    )
    cast = CastPhoto("chr_1", "Eileen", "centre", (Photo("b" * 64, small, box), portrait))
    prepared = previs.prepare(a_request(), (cast,), None, CancelToken())
    assert prepared.drawn == {"chr_1": (portrait.sha256,)}


def test_a_character_without_a_readable_face_is_refused_by_name(previs: PrevisPipeline) -> None:
    grey = np.full((256, 256, 3), 127, np.uint8)
    nobody = CastPhoto("chr_1", "Nobody", "centre", (Photo("c" * 64, grey, None),))
    with pytest.raises(BadReference, match="Nobody"):
        previs.prepare(a_request(), (nobody,), None, CancelToken())


def test_a_colour_plate_needs_no_picture(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    request = a_request(plate=ColourPlate(top="#102030", bottom="#102030"), seconds=0.5)
    assert len(frames(previs, request, (eileen,))) == 12


def test_every_file_that_decides_the_result_is_in_the_receipt(previs: PrevisPipeline) -> None:
    assert "previs-motion.safetensors" in previs.weights
    assert any(name.startswith("text") for name in previs.weights)
    assert all(len(digest) == 64 for digest in previs.weights.values())


def test_a_clip_that_goes_on_begins_with_the_motion_that_the_other_ended_with(
    previs: PrevisPipeline, eileen: CastPhoto
) -> None:
    first = a_request(seconds=0.5)
    prepared = previs.prepare(first, (eileen,), None, CancelToken())
    latents = previs.denoise(prepared, lambda *_: None, CancelToken())
    (last_P,) = (track_FP[-1] for track_FP in previs.motion(prepared, latents).values())
    (character,) = first.characters
    opening = tuple(float(value) for value in last_P)
    going_on = first.model_copy(
        update={"characters": (character.model_copy(update={"opening": opening}),), "prompt": "She frowns"}
    )
    prepared = previs.prepare(going_on, (eileen,), None, CancelToken())
    latents = previs.denoise(prepared, lambda *_: None, CancelToken())
    (track_FP,) = previs.motion(prepared, latents).values()
    assert np.allclose(track_FP[0], last_P, atol=1e-5)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"prompt": "The camera pushes in from a wide shot to a close-up."}, {"prompt": "She smiles."}),
        ({"prompt": "She smiles. The camera is handheld."}, {"prompt": "She frowns. The camera is handheld."}),
        ({"prompt": "She smiles."}, {"prompt": "The camera pulls back from a close-up to a wide shot."}),
    ],
    ids=["came from a wide shot", "in a hand", "goes to a wide shot"],
)
def test_the_first_frame_of_a_clip_that_goes_on_is_the_last_of_the_one_before(
    previs: PrevisPipeline, eileen: CastPhoto, before: dict[str, object], after: dict[str, object]
) -> None:
    """A camera is told against the stage of its own clip, which is another one where the words name other framings."""
    alike = {"framing": "cu", "width": 512, "height": 288, "plate": BackdropPlate(name="living-room")}
    first = a_request(**alike, **before)
    last_frame = frames(previs, first, (eileen,))[-1]
    (last_P,) = (track_FP[-1] for track_FP in act(previs, first, (eileen,)).values())
    (character,) = first.characters
    going_on = character.model_copy(update={"opening": tuple(float(value) for value in last_P)})
    next_frame = frames(previs, a_request(**alike, **after, characters=(going_on,)), (eileen,))[0]
    shown, goes_on = (fit_mesh(shots.models(), rgb, faces_in(rgb)[0]) for rgb in (last_frame, next_frame))
    assert goes_on.height_px == pytest.approx(shown.height_px, rel=0.02)
    assert np.abs(goes_on.points_N3[:, :2] - shown.points_N3[:, :2]).max() < 0.02 * shown.height_px
    if "wide" not in str(after["prompt"]):
        assert np.abs(next_frame.astype(int) - last_frame).mean() < 3, "the place behind is where it was, too"


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("Eileen nods.", ("Eileen",)),
        ("Eileen walks to the door and then smiles; the castle burns.", ("Eileen",)),
        ("Eileen smiles while Ada throws the ball. The camera moves in.", ("Eileen", "Ada")),
        ("word " * 700, ("Eileen",)),
    ],
    ids=["followed", "aside", "two", "too long"],
)
def test_what_is_left_aside_is_told_before_a_render_as_the_render_tells_it(
    previs: PrevisPipeline, eileen: CastPhoto, prompt: str, names: tuple[str, ...]
) -> None:
    cast = tuple(replace(eileen, character_id=f"chr_{i + 1}", name=name) for i, name in enumerate(names))
    prepared = previs.prepare(a_request(prompt, names), cast, None, CancelToken())
    rendered = [note for note in prepared.notes if note.code == "prompt_partially_followed"]
    assert list(previs.read_prompt(prompt, names).notes) == rendered
    assert bool(rendered) == (prompt != "Eileen nods.")


def test_full_hd_is_drawn_in_full(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    drawn = frames(previs, a_request(seconds=0.5, width=1920, height=1080, steps=2), (eileen,))
    assert {frame.shape for frame in drawn} == {(1080, 1920, 3)}
    assert all(frame.std() > 20 for frame in drawn), "a picture, and no plain field"


def test_where_nobody_is_cast_the_place_is_shown_with_its_weather_and_the_words_move_the_camera(
    previs: PrevisPipeline,
) -> None:
    forest = {"kind": "backdrop", "name": "forest"}
    snow = a_request("Snow falls in the forest. The camera pushes in slowly.", (), seconds=2.0, plate=forest)
    prepared = previs.prepare(snow, (), None, CancelToken())
    assert not [note for note in prepared.notes if "Snow" in note.message], "snow is shown, not left aside"
    assert [move.move for move in prepared.direction.camera] == ["push_in"]
    first, *_, last = frames(previs, snow, ())
    assert frames(previs, snow, ())[-1].tobytes() == last.tobytes()
    dry = frames(previs, snow.model_copy(update={"prompt": "The forest. The camera pushes in slowly."}), ())
    assert (first.astype(int) - dry[0] > 40).any(), "flakes are lighter than the wood"
    assert np.abs(dry[-1].astype(int) - dry[0]).mean() > 3, "the camera came nearer"
    assert act(previs, snow, ()) == {}
    understood = previs.read_prompt(snow.prompt, ()).understood
    assert understood is not None
    assert [move.move for move in understood.camera] == ["push_in"]


def test_a_shot_over_a_shoulder_is_left_aside_with_what_is_nearest(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    told = previs.read_prompt("Over-the-shoulder shot, Eileen smiles.", ("Eileen",)).notes
    assert "framing_left_aside" in {note.code for note in told}
    prepared = previs.prepare(a_request("Over-the-shoulder shot, she smiles."), (eileen,), None, CancelToken())
    (note,) = [note for note in prepared.notes if note.code == "framing_left_aside"]
    assert "medium close-up" in note.message
