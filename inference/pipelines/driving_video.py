"""Previs → final: the previs of a shot, drawn at another model's size and rate, so that it can drive that model.

The motion is the previs's own: a take's kept track, or the prompt acted anew. Cast, staging, timing and camera of the
final render are then those that the filmmaker has seen.
"""

from __future__ import annotations

import cv2
import numpy as np

from inference.catalogue import PREVIS
from inference.exact.fingerprint import hash_tracks
from inference.motion.key_points import body_points, face_box
from inference.motion.models import Floats, Rgb
from inference.motion.parameters import FPS, NAMES, Track, of_today
from inference.motion.pose_picture import draw_pose
from inference.pipelines.contract import CancelToken, CastPhoto, DrivingVideo, Picture
from inference.pipelines.previs import PrevisPipeline
from inference.protocol import RenderRequest
from inference.recipes import WAN_NEGATIVE_PROMPT
from inference.speech.clip import ClipLine

FACE_PX = 512  # side of a face crop


class TrackDoesNotFit(ValueError):
    """The kept motion is of other characters or too short; the message says what is missing."""


def drive(
    previs: PrevisPipeline,
    request: RenderRequest,
    cast: tuple[CastPhoto, ...],
    plate_rgb: Picture | None,
    tracks: dict[str, Track] | None,
    cancel: CancelToken,
    lines: tuple[ClipLine, ...] = (),
) -> DrivingVideo:
    """Act `tracks` (character → track_FP at 24 fps), or the prompt where there are none, and draw it for `request`.

    Whose line it is says it: the mouths are the lines' own, at the request's rate, whatever the track was made for.

    Raises TrackDoesNotFit, BadReference, RenderCancelled.
    """
    acted = _as_previs(request)
    if tracks is not None:
        acted = _on_the_stage_of(acted, {one.character_id: _fit(tracks, one.character_id, request) for one in cast})
    shot = previs.say(previs.prepare(acted, cast, plate_rgb, cancel), lines)
    if tracks is None:
        latents = previs.denoise(shot, lambda *_: None, cancel)
        tracks = previs.motion(shot, latents)
    tracks_CFP = np.stack([_fit(tracks, character.character_id, request) for character in cast])
    tracks_CFP = shot.speak(tracks_CFP, request.fps)
    frames, faces, poses = [], [], []
    for params_CP in tracks_CFP.swapaxes(0, 1):
        cancel.check()
        frame = shot.stage.draw(params_CP)
        located = shot.stage.locate(params_CP)
        bodies_CK3 = np.stack([body_points(*one, request.width, request.height) for one in located])
        frames.append(frame)
        faces.append(_crop_face(frame, located[0][0]))
        poses.append(draw_pose(bodies_CK3, request.width, request.height))
    return DrivingVideo(np.stack(frames), np.stack(faces), np.stack(poses), hash_tracks(tracks_CFP))


def _as_previs(request: RenderRequest) -> RenderRequest:
    """The same shot for the previs: its rate, and long enough to cover every frame.

    What its own authors would have the other model not draw says nothing to the previs; the filmmaker's words do.
    """
    negative = "" if request.negative_prompt == WAN_NEGATIVE_PROMPT else request.negative_prompt
    seconds = np.ceil((request.frames - 1) / request.fps * FPS + 1) / FPS
    return request.model_copy(update={
        "model": PREVIS.name, "fps": FPS, "seconds": float(seconds), "steps": PREVIS.default_steps,
        "guidance_scale": PREVIS.default_guidance_scale, "tier": "draft", "control": None,
        "negative_prompt": negative, "shift": None,
    })  # fmt: skip


def _on_the_stage_of(request: RenderRequest, fitted: dict[str, Track]) -> RenderRequest:
    """The shot as if it went on from the kept motion's first frame: its camera is told against the stage of then."""
    cast = tuple(
        one.model_copy(update={"opening": tuple(float(value) for value in fitted[one.id][0])})
        for one in request.characters
    )
    return request.model_copy(update={"characters": cast})


def _fit(tracks: dict[str, Track], character_id: str, request: RenderRequest) -> Track:
    """One character's track at the request's rate, [frames, P], between the previs's frames by straight lines."""
    track_FP = tracks.get(character_id)
    if track_FP is None:
        raise TrackDoesNotFit(f"the kept motion has no character {character_id}: it is of {', '.join(tracks)}")
    try:
        track_FP = of_today(track_FP)
    except ValueError as error:
        raise TrackDoesNotFit(str(error)) from error
    at_F = np.arange(request.frames) / request.fps * FPS
    if at_F[-1] > len(track_FP) - 1 + 1e-6:
        raise TrackDoesNotFit(
            f"the kept motion lasts {len(track_FP) / FPS:.6g} s, the render {request.seconds:.6g} s: ask for no more"
        )
    known_F = np.arange(len(track_FP))
    return np.stack([np.interp(at_F, known_F, track_FP[:, i]) for i in range(len(NAMES))], axis=1).astype(np.float32)


def _crop_face(frame: Rgb, face_N2: Floats) -> Rgb:
    """The face's box, stretched to a square of FACE_PX. Black, which is how the model is told of no face, outside."""
    left, right, top, bottom = face_box(face_N2, frame.shape[1], frame.shape[0])
    if right <= left or bottom <= top:
        return np.zeros((FACE_PX, FACE_PX, 3), np.uint8)
    crop: Rgb = cv2.resize(frame[top:bottom, left:right], (FACE_PX, FACE_PX))
    return crop
