"""Keyframes: pictures that a clip shows at given moments. Which moments and pictures fit a request. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from inference.protocol import KeyframeInput, Moment, RenderRequest

SAME_SHAPE = 0.05  # models round their sides to what they can compute: 832x480 is their 16:9
MOST_ENLARGED = 2  # a picture that is stretched further is a blur where the clip is to be sharp
_WHOLE_FRAME = 1e-3


@dataclass(frozen=True)
class Unfit:
    """Why the keyframes of a request cannot be, for people; `nearest` lists legal moments."""

    message: str
    nearest: tuple[str, ...] = ()


def frame_of(moment: Moment, request: RenderRequest) -> int:
    """The frame of the clip that shows a keyframe, from 0. Of seconds: the nearest one."""
    if moment == "first":
        return 0
    return request.frames - 1 if moment == "last" else round(moment * request.fps)


def latent_of(frame: int, frame_step: int) -> int:
    """The latent frame that holds a frame: the first one has its own, each of the others `frame_step` of them."""
    return -(-frame // frame_step)


def find_unfit(request: RenderRequest, frame_step: int) -> Unfit | None:
    """The first keyframe that cannot be: no frame's moment, beyond the clip, too near another, another shape, small."""
    for keyframe in request.keyframes:
        unfit = _moment_unfit(keyframe.at, request) or _picture_unfit(keyframe, request)
        if unfit is not None:
            return unfit
    for one, other in combinations((keyframe.at for keyframe in request.keyframes), 2):
        frames = frame_of(one, request), frame_of(other, request)
        if frames[0] == frames[1]:
            return Unfit(f"two keyframes stand {_words(one)}: a frame shows one picture")
        if latent_of(frames[0], frame_step) == latent_of(frames[1], frame_step):
            return Unfit(
                f"the model sees {frame_step} frames at once, and the keyframes {_words(one)} and {_words(other)} fall"
                f" into the same: keep {frame_step / request.fps:.6g} s between them"
            )
    return None


def _moment_unfit(moment: Moment, request: RenderRequest) -> Unfit | None:
    if isinstance(moment, str):
        return None
    frames = moment * request.fps
    if abs(frames - round(frames)) > _WHOLE_FRAME:
        around = tuple(f"{frame / request.fps:.6g}" for frame in (int(frames), int(frames) + 1))
        return Unfit(f"no frame stands {_words(moment)} at {request.fps} fps: try {' or '.join(around)}", around)
    last_s = (request.frames - 1) / request.fps
    if frame_of(moment, request) >= request.frames:
        words = f"the keyframe {_words(moment)} lies beyond the clip, whose last frame stands at {last_s:.6g} s"
        return Unfit(words, (f"{last_s:.6g}",))
    return None


def _picture_unfit(keyframe: KeyframeInput, request: RenderRequest) -> Unfit | None:
    picture, clip = f"{keyframe.width}x{keyframe.height}", f"{request.width}x{request.height}"
    if abs(keyframe.width / keyframe.height / (request.width / request.height) - 1) > SAME_SHAPE:
        return Unfit(
            f"the keyframe {_words(keyframe.at)} is {picture} px, and the clip of another shape, {clip}: crop the"
            " picture, or choose a size of its shape"
        )
    if keyframe.width * MOST_ENLARGED < request.width:
        least = f"{-(-request.width // MOST_ENLARGED)}x{-(-request.height // MOST_ENLARGED)}"
        return Unfit(
            f"the keyframe {_words(keyframe.at)} is {picture} px, too small for {clip}: it needs {least} at the least"
        )
    return None


def _words(moment: Moment) -> str:
    return f"at the {moment} frame" if isinstance(moment, str) else f"at {moment:.6g} s"
