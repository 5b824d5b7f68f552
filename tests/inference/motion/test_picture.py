"""The picture: repeatable, whole up to its edges, still where nothing moves, with everybody's face in sight."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from inference.catalogue import PREVIS
from inference.motion.actor import Actor
from inference.motion.direction.framed import find_places
from inference.motion.layout import lay_out
from inference.motion.parameters import CHANNELS
from inference.motion.shot_renderer import Stage
from inference.protocol import BackdropPlate, Box, ColourPlate, Framing, Placement
from tests.inference.motion.shots import Rgb, actor, faces_in, params, stage

NIGHT = ColourPlate(top="#304a6e", bottom="#10161f")
ACTING = [
    params(yaw=20 * np.sin(i / 4), pitch=8 * np.sin(i / 3), roll=6 * np.sin(i / 5), jaw=abs(np.sin(i / 2)), blink=i % 2)
    for i in range(18)
]


def test_the_same_shot_gives_the_same_bytes() -> None:
    first, second = (stage(("astronaut", "centre"), size=(384, 384)) for _ in range(2))
    for pose in ACTING[::3]:
        assert first.draw(pose).tobytes() == second.draw(pose).tobytes()


def test_a_frame_does_not_depend_on_the_frames_before_it() -> None:
    shot = stage(("astronaut", "centre"), size=(256, 256))
    alone = shot.draw(params(yaw=10, camera_zoom=0.2)).copy()
    shot.draw(params(yaw=-20, jaw=1, blink=1, camera_pan=0.1))
    assert shot.draw(params(yaw=10, camera_zoom=0.2)).tobytes() == alone.tobytes()


@pytest.mark.parametrize("size", PREVIS.limits.sizes, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_size_of_the_catalogue_is_filled(size: tuple[int, int]) -> None:
    frame = stage(("astronaut", "centre"), size=size).draw(params(yaw=10, smile=1))
    assert frame.shape == (size[1], size[0], 3)
    assert frame.dtype == np.uint8
    assert faces_in(frame)


@pytest.mark.parametrize("plate", [None, "picture"])
def test_no_camera_move_shows_an_empty_border(plate: str | None) -> None:
    bright = np.full((300, 400, 3), 200, np.uint8)
    shot = stage(("person_b_2", "centre"), plate=bright if plate else None, size=(288, 162))
    ends = {c.name: (c.low, c.high) for c in CHANNELS if c.name.startswith("camera_")}
    for values in itertools.product(*ends.values()):
        frame = shot.draw(params(1, **dict(zip(ends, values, strict=True))))
        edge = np.concatenate([frame[0], frame[-1], frame[:, 0], frame[:, -1]])
        assert edge.any(axis=1).mean() > 0.98


def test_nobody_floats_above_the_lower_edge() -> None:
    framings: tuple[Framing, ...] = ("cu", "ws")
    for name, framing, tilt in itertools.product(("astronaut", "person_b_2"), framings, (0.0, -0.25)):
        white = np.full((90, 160, 3), 255, np.uint8)
        shot = stage((name, "centre"), plate=white, framing=framing, size=(320, 180))
        frame = shot.draw(params(camera_zoom=-0.5, camera_tilt=tilt))
        assert (frame[-1].min(axis=1) < 200).mean() > 0.1, f"{name} in {framing} does not reach the lower edge"


def test_the_background_stays_while_the_person_acts() -> None:
    shot = stage(("astronaut", "centre"), size=(512, 512), framing="ms")
    rest = shot.draw(params())
    person = _person(shot, "astronaut")
    for pose in ACTING:
        changed = np.abs(shot.draw(pose).astype(int) - rest).max(axis=2) > 2
        assert not (changed & ~person).any()


def test_straight_lines_stay_straight_beside_a_turning_head() -> None:
    wall = np.full((432, 768, 3), 215, np.uint8)
    wall[:, ::24] = 40
    shot = stage(("person_a_2", "centre"), plate=wall, size=(768, 432))
    rest, turned = shot.draw(params()), shot.draw(params(yaw=24, roll=-10, pitch=-10))
    person = _person(shot, "person_a_2")
    outside = ~person
    assert outside.mean() > 0.3
    assert (rest[outside] == turned[outside]).all()


def test_no_frame_pops() -> None:
    shot = stage(("astronaut", "centre"), size=(384, 216))
    t = np.arange(72) / 24
    poses = [
        params(
            yaw=20 * np.sin(2 * x),
            jaw=max(0, np.sin(5 * x)) * 0.8,
            blink=max(0, np.sin(3 * x)),
            gaze_x=np.sin(2 * x),
            smile=np.sin(x),
            brows=np.sin(1.5 * x),
            camera_dolly=0.1 * np.sin(x),
        )
        for x in t
    ]
    frames = [shot.draw(pose).astype(np.float32) for pose in poses]
    steps = np.array([np.abs(b - a).mean() for a, b in itertools.pairwise(frames)])
    for i, step in enumerate(steps):
        near = np.delete(steps[max(0, i - 3) : i + 4], min(i, 3))
        assert step <= 4 * max(float(np.median(near)), 0.25)


@pytest.mark.parametrize("size", [(768, 432), (512, 512), (432, 768), (768, 322)])
def test_three_characters_stand_side_by_side(size: tuple[int, int]) -> None:
    cast: tuple[tuple[str, Placement], ...] = (("astronaut", "left"), ("person_a_2", "centre"), ("person_b_2", "right"))
    frame = stage(*cast, plate=NIGHT, framing="ms", size=size).draw(params(3))
    enlarged = cv2.resize(frame, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    boxes = faces_in(enlarged)
    assert len(boxes) == 3
    for one, other in itertools.combinations(boxes, 2):
        assert not _overlap(one, other)
    heights = [box.height for box in boxes]
    assert max(heights) < 1.5 * min(heights)


@pytest.mark.parametrize(
    ("placement", "low", "high"), [("left", 0.2, 0.45), ("centre", 0.4, 0.6), ("right", 0.55, 0.8)]
)
def test_a_character_stands_where_it_is_placed(placement: Placement, low: float, high: float) -> None:
    frame = stage(("person_a_2", placement), size=(768, 432)).draw(params())
    box = faces_in(frame)[0]
    assert low < (box.x + box.width / 2) / 768 < high


def test_a_closer_framing_shows_a_larger_face() -> None:
    framings: list[Framing] = ["ecu", "cu", "mcu", "ms", "ws"]
    heights = [
        faces_in(stage(("astronaut", "centre"), framing=f, size=(768, 432)).draw(params()))[0].height for f in framings
    ]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] > 2 * heights[-1]


@pytest.mark.parametrize("size", [(640, 360), (360, 640), (512, 512), (512, 384), (768, 322)])
def test_framings_are_what_the_field_means_by_them(size: tuple[int, int]) -> None:
    ranges: dict[Framing, tuple[float, float]] = {
        "ecu": (0.78, 1.0), "cu": (0.42, 0.60), "mcu": (0.30, 0.40), "ms": (0.20, 0.28), "ws": (0.05, 0.12)
    }  # fmt: skip
    for name, own in itertools.product(("astronaut", "person_b_2", "impostor_2"), (True, False)):
        mesh = actor(name).mesh
        for framing, (least, most) in ranges.items():
            (stand,) = lay_out([(actor(name), "centre")], framing, *size, own_plate=own)
            share = actor(name).face_px * stand.scale / size[1]
            fills = framing == "ecu" and mesh.width_px * stand.scale / size[0] >= 0.90
            assert least <= share <= most or fills, (name, framing, share)


def test_a_wide_shot_of_a_portrait_is_taken_over_something_in_front() -> None:
    shot = stage(("person_b_2", "centre"), plate=BackdropPlate(name="street"), framing="ws", size=(640, 360))
    for camera in ({}, {"camera_zoom": -0.4, "camera_tilt": -0.2}):
        low = shot.draw(params(1, **camera))[-20:].astype(int)
        assert np.abs(np.diff(low, axis=1)).max() < 12  # no sleeve, no hip: an edge, out of focus


def test_two_in_a_wide_shot_stand_beside_each_other_and_a_camera_that_comes_near_keeps_both() -> None:
    cast: list[tuple[Actor, Placement]] = [(actor("astronaut"), "left"), (actor("impostor_1"), "right")]
    wide = lay_out(cast, "ws", 768, 432, own_plate=False)
    middles = [stand.scale * one.face_centre_2 + stand.offset_2 for (one, _), stand in zip(cast, wide, strict=True)]
    assert 1.5 < (middles[1][0] - middles[0][0]) / (wide[1].scale * cast[1][0].face_px) < 3
    places = find_places(cast, ("cu",), "ws", (768, 432), own_plate=False)
    reach = np.exp(places["cu"].nearness) * (middles[1][0] - 384 + wide[1].scale * cast[1][0].mesh.width_px / 2)
    assert places["cu"].nearness > 0
    assert reach < 384


def test_who_has_a_fringe_is_no_giant_beside_others() -> None:
    """Eyes are as far apart in all, in three dimensions: the hairline of one of them cannot be seen."""
    cast: list[tuple[Actor, Placement]] = [
        (actor("person_b_1"), "left"), (actor("astronaut"), "centre"), (actor("impostor_1"), "right")
    ]  # fmt: skip
    framings: tuple[Framing, ...] = ("cu", "mcu", "ms", "ws")
    for framing, size in itertools.product(framings, ((768, 432), (360, 640))):
        stands = lay_out(cast, framing, *size, own_plate=False)
        apart = [
            stand.scale * float(np.linalg.norm(one.mesh.points_N3[33] - one.mesh.points_N3[263]))
            for (one, _), stand in zip(cast, stands, strict=True)
        ]
        assert max(apart) < 1.1 * min(apart), (framing, size, apart)


def test_several_in_a_narrow_frame_do_not_crouch_at_its_lower_edge() -> None:
    cast: tuple[tuple[str, Placement], ...] = (("person_b_2", "left"), ("impostor_1", "right"))
    narrow = stage(*cast, plate=BackdropPlate(name="street"), framing="cu", size=(360, 640))
    faces = faces_in(narrow.draw(params(2)))[:2]
    assert all(0.3 < (face.y + face.height / 2) / 640 < 0.62 for face in faces), faces


def test_people_from_several_photos_stand_before_a_wall_of_nobody() -> None:
    cast: tuple[tuple[str, Placement], ...] = (("astronaut", "left"), ("impostor_1", "right"))
    corners = stage(*cast, framing="ms", size=(640, 360)).draw(params(2))[:60].reshape(-1, 3).astype(int)
    assert (corners.max(axis=1) - corners.min(axis=1)).max() < 40  # no flag, no sky
    assert (
        np.abs(np.diff(stage(*cast, framing="ms", size=(640, 360)).draw(params(2))[:60].astype(int), axis=1)).max() < 8
    )


def test_night_falls_on_the_person_too_and_a_lamp_lights_the_side_that_it_stands_on() -> None:
    even, dark = np.full((90, 160, 3), 118, np.uint8), np.full((90, 160, 3), (14, 20, 38), np.uint8)
    lamp = dark.copy()
    lamp[:, 110:] = (230, 170, 90)
    day, night, right, left = (
        _face(stage(("impostor_2", "centre"), plate=p)) for p in (even, dark, lamp, lamp[:, ::-1])
    )
    assert night.mean() < 0.75 * day.mean()
    assert night[..., 2].mean() / night[..., 0].mean() > day[..., 2].mean() / day[..., 0].mean()
    half = day.shape[1] // 2
    assert right[:, half:].mean() / right[:, :half].mean() > 1.05 * left[:, half:].mean() / left[:, :half].mean()


def test_a_photo_is_itself_before_its_own_background() -> None:
    shot = stage(("person_a_2", "centre"), size=(512, 512))
    stand, photo = shot.stands[0], actor("person_a_2").photo_rgb
    as_it_is = cv2.warpAffine(photo, stand.affine, (512, 512), flags=cv2.INTER_AREA)
    inside = cv2.warpAffine(np.ones(photo.shape[:2], np.uint8), stand.affine, (512, 512)) > 0
    off = np.abs(shot.draw(params()).astype(int) - as_it_is).mean(axis=2)[inside]
    assert off.mean() < 3


def _face(shot: Stage) -> npt.NDArray[np.float64]:
    points = actor("impostor_2").mesh.points_N3[:, :2] * shot.stands[0].scale + shot.stands[0].offset_2
    (x0, y0), (x1, y1) = points.min(axis=0).astype(int), points.max(axis=0).astype(int)
    return shot.draw(params())[y0:y1, x0:x1].astype(float)


def test_the_camera_moves_the_person_more_than_the_plate_when_it_travels() -> None:
    wall = np.full((432, 768, 3), 215, np.uint8)
    cv2.circle(wall, (120, 120), 20, (200, 30, 30), -1)
    shot = stage(("astronaut", "centre"), plate=wall, size=(768, 432))
    rest, closer = shot.draw(params()), shot.draw(params(camera_dolly=0.3))
    face = faces_in(closer)[0].height / faces_in(rest)[0].height
    disc = np.sqrt(_red(closer) / _red(rest))
    assert face == pytest.approx(np.exp(0.3), rel=0.06)
    assert 1.05 < disc < face - 0.1


def test_a_pan_to_the_right_slides_the_picture_to_the_left() -> None:
    shot = stage(("astronaut", "centre"), size=(512, 288))
    before, after = (faces_in(shot.draw(params(camera_pan=pan)))[0].x for pan in (0, 0.1))
    assert after - before == pytest.approx(-51.2, abs=4)


def _person(shot: Stage, name: str) -> npt.NDArray[np.bool_]:
    """Where the person may be seen in any pose: the matte at rest and the reach of a turning head around it."""
    stand = shot.stands[0]
    size = (shot.width, shot.height)
    alpha = cv2.warpAffine(actor(name).cutout.alpha_HW, stand.affine, size, borderMode=cv2.BORDER_REPLICATE)
    reach = round(0.4 * actor(name).head.width_px * stand.scale)
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate((alpha > 0.01).astype(np.uint8), ellipse) > 0)


def _overlap(one: Box, other: Box) -> bool:
    return abs(one.x + one.width / 2 - other.x - other.width / 2) < (one.width + other.width) / 2


def _red(frame: Rgb) -> float:
    channels = frame.astype(int)
    return float(((channels[..., 0] > 150) & (channels[..., 1] < 90) & (channels[..., 2] < 90))[:220, :330].sum())
