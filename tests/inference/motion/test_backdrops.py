"""Backdrops: every one of the catalogue is drawn, alike for one call, in every shape, with layers that part."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.backdrops import BACKDROPS, suggest_backdrops
from inference.catalogue import PREVIS
from inference.motion.backdrops.__main__ import MOST_BYTES
from inference.motion.backdrops.drawn import PAINTINGS, paint_layers
from inference.motion.camera import see_layer, see_person
from inference.motion.layered import backdrop_plate
from inference.motion.parameters import CHANNELS
from inference.protocol import BackdropPlate
from tests.inference.motion.shots import faces_in, params, stage

THUMBNAILS = Path(__file__).parents[3] / "frontend" / "studio" / "public" / "static" / "backdrops"
SHAPES = ((288, 162), (162, 288), (192, 192), (288, 120))


def test_the_catalogue_and_the_painters_know_the_same_backdrops() -> None:
    assert list(BACKDROPS) == list(PAINTINGS)
    assert len(BACKDROPS) == 12


@pytest.mark.parametrize("name", BACKDROPS)
def test_each_is_drawn_in_every_shape_the_same_each_time(name: str) -> None:
    for width, height in SHAPES:
        canvas, painted = paint_layers(name, width, height)
        layers = list(painted)
        assert len(layers) == BACKDROPS[name].layers
        assert layers[0].alpha_HW is None, "the farthest sheet covers everything"
        depths = [layer.depth for layer in layers]
        assert depths == sorted(depths)
        assert depths[0] >= 0
        assert depths[-1] < 1, "the person stands in front"
        for layer in layers:
            assert layer.rgb_HW3.shape == (canvas.height, canvas.width, 3)
            assert np.isfinite(layer.rgb_HW3).all()
            assert layer.alpha_HW is None or 0 <= layer.alpha_HW.min() <= layer.alpha_HW.max() <= 1
    _, again = paint_layers(name, *SHAPES[-1])
    assert all(np.array_equal(one.rgb_HW3, two.rgb_HW3) for one, two in zip(layers, again, strict=True))


@pytest.mark.parametrize("name", BACKDROPS)
def test_no_camera_move_shows_an_empty_border_or_a_flat_picture(name: str) -> None:
    plate = backdrop_plate(name, "ws", 144, 80)
    cameras = [channel for channel in CHANNELS if channel.name.startswith("camera_")]
    ends = {channel.name: (channel.low, min(channel.high, -channel.low or 1)) for channel in cameras}  # no nearer: flat
    for values in itertools.product(*ends.values()):
        frame = plate.draw(params(1, **dict(zip(ends, values, strict=True)))[0], 0.0, 144, 80)
        edge = np.concatenate([frame[0], frame[-1], frame[:, 0], frame[:, -1]])
        assert edge.any(axis=1).mean() > 0.98
        assert frame.std() > 3


def test_a_still_camera_shows_a_still_picture_and_a_moving_one_parts_the_layers() -> None:
    plate = backdrop_plate("beach", "ws", 256, 144)
    rest = plate.draw(params()[0], 0.0, 256, 144)
    assert plate.draw(params(yaw=20, jaw=1)[0], 0.0, 256, 144) is rest
    for move in ({"camera_dolly": 0.4}, {"camera_truck": 0.2}):
        camera_P = params(**move)[0]
        at = np.array([200.0, 110.0, 1.0])
        far, near = (see_layer(camera_P, depth, 256, 144) @ at for depth in (0.0, 0.8))
        person = see_person(camera_P, 256, 144) @ at
        moved = [float(np.linalg.norm(point - at[:2])) for point in (far, near, person)]
        assert moved[0] < moved[1] < moved[2], move
        assert not np.array_equal(plate.draw(camera_P, 0.0, 256, 144), rest)
    for turn in ({"camera_roll": 8}, {"camera_pan": 0.2}, {"camera_tilt": 0.2}):
        turned = [see_layer(params(**turn)[0], depth, 256, 144) for depth in (0.0, 1.0)]
        assert np.allclose(*turned), f"a camera that stays where it is parts nothing: {turn}"
    assert np.allclose(see_layer(params(camera_pan=0.1, camera_dolly=0.2)[0], 1.0, 256, 144),
                       see_person(params(camera_pan=0.1, camera_dolly=0.2)[0], 256, 144))  # fmt: skip


@pytest.mark.parametrize("size", [(1280, 720), (288, 512), (512, 512), (768, 322)])
def test_a_person_stands_before_it_in_its_light(size: tuple[int, int]) -> None:
    assert size in PREVIS.limits.sizes
    night = stage(("astronaut", "centre"), plate=BackdropPlate(name="night-city"), size=size).draw(params(yaw=10))
    day = stage(("astronaut", "centre"), plate=BackdropPlate(name="meadow"), size=size).draw(params(yaw=10))
    assert night.shape == (size[1], size[0], 3)
    (face,) = faces_in(night)[:1]
    rows = slice(round(face.y), round(face.y + face.height))
    columns = slice(round(face.x), round(face.x + face.width))
    assert night[rows, columns].mean() < 0.95 * day[rows, columns].mean()


def test_a_place_in_the_prompt_suggests_its_backdrop_in_both_languages() -> None:
    assert suggest_backdrops("Ada walks along the beach at sunset")[0] == "beach"
    assert suggest_backdrops("She looks up in a snowy mountain pass")[0] == "snow-mountains"
    assert suggest_backdrops("The city at night, neon everywhere")[0] == "night-city"
    assert suggest_backdrops("她在森林里微笑")[0] == "forest"
    assert suggest_backdrops("宇航员望着太空")[0] == "space"
    assert suggest_backdrops("She smiles, then nods") == []
    assert "space" not in suggest_backdrops("She is spaced out"), "whole words only"


def test_every_backdrop_has_its_small_picture() -> None:
    for name in BACKDROPS:
        path = THUMBNAILS / f"{name}.webp"
        assert path.stat().st_size <= MOST_BYTES
        with Image.open(path) as picture:
            assert picture.size == (320, 180)
