"""Previs → final: the previs drives another model at that model's size and rate, with the motion that was kept."""

from __future__ import annotations

import numpy as np
import pytest

from inference.exact.fingerprint import hash_tracks
from inference.motion.key_points import LEFT_EYE, NOSE, RIGHT_EYE
from inference.motion.mesh import fit_mesh
from inference.motion.models import load_face_models
from inference.motion.parameters import INDEX, NAMES, Track
from inference.motion.pose_picture import COLOURS
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo, RenderCancelled
from inference.pipelines.driving_video import FACE_PX, TrackDoesNotFit, drive
from inference.pipelines.previs import PrevisPipeline
from inference.protocol import Box, PrevisControl
from inference.recipes import WAN_NEGATIVE_PROMPT
from inference.registry.packaged import default_cache_dir
from inference.speech.clip import ClipLine
from inference.speech.port import RATE
from tests.inference.motion import shots
from tests.inference.motion.test_speaking import line
from tests.inference.pipelines.tiny import request_of

FRAMES = 17


def a_turn(degrees: float, frames: int = 26) -> Track:
    track_FP = np.zeros((frames, len(NAMES)), np.float32)
    track_FP[:, INDEX["yaw"]] = np.linspace(0, degrees, frames)
    return track_FP


def driven(
    previs: PrevisPipeline, cast: tuple[CastPhoto, ...], tracks: dict[str, Track] | None, seed: int = 3
) -> DrivingVideo:
    request = request_of(cast, width=160, height=96, seconds=FRAMES / 16, seed=seed, control=PrevisControl())
    return drive(previs, request, cast, None, tracks, CancelToken())


def test_a_kept_track_is_acted_at_the_final_rate(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    made = driven(previs, (eileen,), {"chr_1": a_turn(-20)})
    assert made.frames_FHWC.shape == made.poses_FHWC.shape == (FRAMES, 96, 160, 3)
    assert made.faces_FHWC.shape == (FRAMES, FACE_PX, FACE_PX, 3)
    # 16 frames a second over a track of 24: the last frame stands a whole second in, at 24 / 25 of the turn
    expected_F = np.arange(FRAMES) / 16 * 24 / 25 * -20
    track_FP = np.zeros((1, FRAMES, len(NAMES)), np.float32)
    track_FP[0, :, INDEX["yaw"]] = np.interp(np.arange(FRAMES) * 1.5, np.arange(26), a_turn(-20)[:, INDEX["yaw"]])
    assert np.allclose(track_FP[0, :, INDEX["yaw"]], expected_F, atol=1e-4)
    assert made.track_sha256 == hash_tracks(track_FP)
    nose_moved = np.abs(made.poses_FHWC[0].astype(int) - made.poses_FHWC[-1]).sum()
    assert nose_moved > 0, "the pose turns with the head"
    other_way = driven(previs, (eileen,), {"chr_1": a_turn(20)})
    assert np.array_equal(made.frames_FHWC[0], other_way.frames_FHWC[0])
    assert not np.array_equal(made.frames_FHWC[-1], other_way.frames_FHWC[-1])


def test_the_pose_lies_on_the_face_and_the_face_fills_its_clip(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    made = driven(previs, (eileen,), {"chr_1": a_turn(0)})
    left_eye, right_eye, nose = (place_of(made.poses_FHWC[0], COLOURS[point]) for point in (LEFT_EYE, RIGHT_EYE, NOSE))
    assert left_eye[0] < nose[0] < right_eye[0]
    assert max(left_eye[1], right_eye[1]) < nose[1]
    skin = made.frames_FHWC[0][nose[1], nose[0]].astype(int)
    middle = made.faces_FHWC[0][FACE_PX // 4 : 3 * FACE_PX // 4, FACE_PX // 4 : 3 * FACE_PX // 4].mean(axis=(0, 1))
    assert np.abs(middle - skin).max() < 60, "the middle of the clip is of the colour of the nose"


def test_the_talking_mouth_is_in_all_that_is_handed_over(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    """`mama foo`: open on its a's and shut on its m's at the final model's own frames, and nothing else moves."""
    spoken = line(0.1, who="chr_1")
    request = request_of((eileen,), width=256, height=256, seconds=FRAMES / 16, control=PrevisControl())
    still = {"chr_1": a_turn(0)}
    silent, talking = (drive(previs, request, (eileen,), None, still, CancelToken(), said) for said in ((), (spoken,)))
    shut, open_ = ([round(middle_s(spoken, place) * 16 - 0.5) for place in places] for places in ((0, 2), (1, 3)))
    apart = [lips_apart(face) for face in talking.faces_FHWC]
    assert max(apart[frame] for frame in shut) < 0.12
    assert min(apart[frame] for frame in open_) > 0.25
    changed_HW = np.abs(talking.frames_FHWC[open_[1]].astype(int) - silent.frames_FHWC[open_[1]]).max(axis=-1)
    assert (changed_HW > 40).sum() > 20, "the frames that VACE and Animate 2 are shown talk too"
    rows = np.flatnonzero((changed_HW > 8).any(axis=1))
    nose = place_of(silent.poses_FHWC[0], COLOURS[NOSE])
    assert rows.min() > nose[1] - 20, "the mouth alone has moved"
    differs_F = (talking.poses_FHWC != silent.poses_FHWC).any(axis=-1).sum(axis=(1, 2))
    assert differs_F.max() < 12, "a pose has no mouth; the disc of an eye may be a pixel off"
    assert talking.track_sha256 != silent.track_sha256


def middle_s(spoken: ClipLine, place: int) -> float:
    sound = spoken.words[0].phonemes[place]
    return (sound.start + sound.end) / 2 / RATE


def lips_apart(face_HWC: np.ndarray) -> float:
    """Of a face crop, in widths of the mouth, as the mesh's network reads it."""
    mesh = fit_mesh(load_face_models(default_cache_dir()), face_HWC, Box(x=56, y=56, width=400, height=400))
    upper, lower, left, right = mesh.points_N3[[13, 14, 78, 308], :2]
    return float(np.linalg.norm(lower - upper) / np.linalg.norm(right - left))


def place_of(picture: np.ndarray, colour: tuple[int, int, int]) -> tuple[int, int]:
    """x, y of the middle of a colour's pixels."""
    rows, columns = np.nonzero((picture == colour).all(axis=-1))
    return round(columns.mean()), round(rows.mean())


def test_what_the_authors_steer_away_from_is_no_part_of_the_acting(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    plain, published, own = (
        drive(previs, request, (eileen,), None, None, CancelToken()).track_sha256
        for request in (
            request_of((eileen,), width=160, height=96, seconds=9 / 16, control=PrevisControl(), negative_prompt=words)
            for words in ("", WAN_NEGATIVE_PROMPT, "she smiles")
        )
    )
    assert plain == published != own


def test_without_a_track_the_prompt_is_acted_from_the_seed(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    first, again, other = (driven(previs, (eileen,), None, seed) for seed in (3, 3, 4))
    assert np.array_equal(first.frames_FHWC, again.frames_FHWC)
    assert first.track_sha256 == again.track_sha256 != other.track_sha256


@pytest.mark.parametrize(
    ("tracks", "words"),
    [
        ({"chr_9": a_turn(10)}, "no character chr_1: it is of chr_9"),
        ({"chr_1": a_turn(10, frames=20)}, "lasts 0.833333 s, the render 1.0625 s"),
        ({"chr_1": a_turn(10)[:, :4]}, "4 channels"),
    ],
)
def test_motion_that_does_not_fit_is_refused(
    previs: PrevisPipeline, eileen: CastPhoto, tracks: dict[str, Track], words: str
) -> None:
    with pytest.raises(TrackDoesNotFit, match=words):
        driven(previs, (eileen,), tracks)


def test_motion_that_was_kept_before_a_channel_came_still_drives(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    today, older = ({"chr_1": a_turn(-20)[:, :count]} for count in (len(NAMES), 15))
    assert driven(previs, (eileen,), today).track_sha256 == driven(previs, (eileen,), older).track_sha256


def test_a_kept_camera_stands_on_the_stage_that_it_was_told_against(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    """Motion that was kept on the stage of a wide shot drives a render whose words say nothing of one."""
    untold, told = a_turn(0), a_turn(0)
    told[:, INDEX["stage"]] = 1
    wide, close_up = (
        shots.faces_in(driven(previs, (eileen,), {"chr_1": track}).frames_FHWC[0]) for track in (told, untold)
    )
    assert close_up[0].height > 0.4 * 96
    assert not wide or wide[0].height < 0.2 * 96


def test_a_cancel_stops_it(previs: PrevisPipeline, eileen: CastPhoto) -> None:
    cancel = CancelToken()
    cancel.cancel()
    request = request_of((eileen,), seconds=FRAMES / 16, control=PrevisControl())
    with pytest.raises(RenderCancelled):
        drive(previs, request, (eileen,), None, None, cancel)
