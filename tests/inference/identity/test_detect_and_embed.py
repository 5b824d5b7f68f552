"""Detection, pose and embedding on real photos."""

from __future__ import annotations

from itertools import combinations

import cv2
import numpy as np
import pytest

from inference.identity.detect import Face
from inference.identity.embed import embed
from inference.identity.pack import DEFAULT_THRESHOLD, Faces
from inference.identity.pose import pose_of, rotation
from inference.motion.actor import prepare_actor
from inference.motion.models import load_face_models
from inference.motion.parameters import CHANNELS, INDEX
from inference.motion.shot_renderer import Stage
from inference.registry.packaged import default_cache_dir
from tests import photos
from tests.inference.identity.clips import animate
from tests.inference.identity.conftest import Sitter

FRONTAL = np.array([[-0.5, 0, 0], [0.5, 0, 0], [0, 0.5, 0.6], [-0.47, 1, 0.05], [0.47, 1, 0.05]])


def test_one_person_is_above_the_threshold_and_different_people_below(sitters: dict[str, Sitter]) -> None:
    for one, other in combinations(sitters.values(), 2):
        cosine = float(one.embedding_unit @ other.embedding_unit)
        assert (cosine >= DEFAULT_THRESHOLD) == ((one.name, other.name) in photos.SAME_PERSON), (one.name, other.name)


def test_embeddings_are_of_unit_length(sitters: dict[str, Sitter]) -> None:
    for sitter in sitters.values():
        assert sitter.embedding_unit.shape == (128,)
        assert np.linalg.norm(sitter.embedding_unit) == pytest.approx(1, abs=1e-5)


def test_all_six_people_of_a_group_are_found_and_no_glass_among_them(faces: Faces) -> None:
    found = faces.detect(photos.group())
    assert len(found) == 6
    boxes = [face.box for face in found]
    inside = [min(box.x, box.y, 1280 - box.x - box.width, 886 - box.y - box.height) >= 0 for box in boxes]
    assert all(inside)


def test_a_face_that_fills_the_picture_is_found(faces: Faces) -> None:
    assert len(faces.detect(photos.face_crop())) == 1


def test_noise_and_flat_pictures_hold_no_face(faces: Faces) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (360, 480, 3)).astype(np.uint8)
    assert faces.detect(noise) == []
    assert faces.detect(np.full((50, 700, 3), 128, np.uint8)) == []


@pytest.mark.parametrize("degrees", [-30, -10, 20])
def test_roll_is_clockwise_to_the_viewer(faces: Faces, sitters: dict[str, Sitter], degrees: float) -> None:
    sitter = sitters["person_b_1"]
    matrix = cv2.getRotationMatrix2D(sitter.face.centre, -degrees, 1)  # OpenCV counts counter-clockwise
    turned = cv2.warpAffine(sitter.rgb, matrix, sitter.rgb.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    assert faces.detect(turned)[0].roll_deg - sitter.face.roll_deg == pytest.approx(degrees, abs=6)


@pytest.mark.parametrize(("yaw", "pitch"), [(-30, 0), (15, 0), (0, -20), (0, 15), (20, 10)])
def test_pose_follows_a_turning_head_in_the_viewers_directions(yaw: float, pitch: float) -> None:
    still = np.array(pose_of((200 * FRONTAL[:, :2]).astype(np.float32)))
    turned = FRONTAL @ rotation(np.radians(yaw), np.radians(pitch), 0).T
    change = np.array(pose_of((200 * turned[:, :2] + 300).astype(np.float32))) - still
    assert change[0] == pytest.approx(yaw, abs=5)
    assert change[1] == pytest.approx(pitch, abs=5)
    assert np.sign(turned[2, 0]) == np.sign(yaw)  # the nose goes where the viewer sees it go


def test_a_mirrored_head_turns_the_other_way(faces: Faces, sitters: dict[str, Sitter]) -> None:
    sitter = sitters["person_a_2"]
    assert sitter.face.yaw_deg < -8
    mirrored = faces.detect(np.ascontiguousarray(sitter.rgb[:, ::-1]))[0]
    assert mirrored.yaw_deg == pytest.approx(-sitter.face.yaw_deg, abs=5)


def test_a_still_head_under_a_moving_camera_keeps_its_pose(faces: Faces, sitters: dict[str, Sitter]) -> None:
    sitter = sitters["impostor_2"]
    frames = animate(sitter.rgb, sitter.face, 16, (768, 432))
    found = [faces.detect(frame, 320)[0] for frame in frames]
    assert np.std([face.yaw_deg for face in found]) < 2
    assert np.std([face.pitch_deg for face in found]) < 4


def test_the_pose_of_an_acted_head_is_the_one_it_was_given(faces: Faces, sitters: dict[str, Sitter]) -> None:
    sitter = sitters["person_b_1"]
    actor = prepare_actor(load_face_models(default_cache_dir()), sitter.rgb, sitter.face.box)
    stage = Stage([(actor, "centre")], None, "cu", 512, 288)

    def pose(channel: str, degrees: float) -> Face:
        params_CP = np.zeros((1, len(CHANNELS)), np.float32)
        params_CP[0, INDEX[channel]] = degrees
        return faces.detect(stage.draw(params_CP), 320)[0]

    assert pose("yaw", 20).yaw_deg - pose("yaw", -20).yaw_deg == pytest.approx(40, abs=10)
    assert pose("roll", 12).roll_deg - pose("roll", -12).roll_deg == pytest.approx(24, abs=6)
    assert pose("pitch", 15).pitch_deg - pose("pitch", -15).pitch_deg == pytest.approx(30, abs=14)


@pytest.mark.parametrize("size_px", [32, 64, 128])
def test_small_faces_stay_themselves(faces: Faces, sitters: dict[str, Sitter], size_px: float) -> None:
    sitter = sitters["person_a_2"]
    scale = size_px / sitter.face.size_px
    small = cv2.resize(sitter.rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    face = faces.detect(small)[0]
    assert float(embed(faces, small, face) @ sitter.embedding_unit) > (0.8 if size_px < 64 else 0.9)
