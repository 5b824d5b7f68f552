"""The motion parameters: what the motion model draws, what the renderer acts, what a take keeps.

A `track_FP` is a float32 array [F frames at 24 fps, P channels in the order of CHANNELS], one a character. Camera
channels belong to the shot: every character's track holds the same values there. Directions are the viewer's: a
character who turns left turns towards the left edge of the picture; a camera that pans right makes the picture slide
to the left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FPS = 24
Track = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Channel:
    """One motion parameter. `low`, `high` bound what the renderer can draw without tearing; rest is 0 for all."""

    name: str
    unit: str
    low: float
    high: float
    meaning: str


CHANNELS: tuple[Channel, ...] = (
    Channel("yaw", "degrees", -25, 25, "head turns; + to the viewer's right"),
    Channel("pitch", "degrees", -20, 20, "head nods; + up"),
    Channel("roll", "degrees", -20, 20, "head tilts; + clockwise to the viewer"),
    Channel("jaw", "1", 0, 1, "mouth opens"),
    Channel("smile", "1", -1, 1, "mouth corners; + up and out, - down"),
    Channel("brows", "1", -1, 1, "brows; + raised, - lowered"),
    Channel("blink", "1", 0, 1, "both eyes close; 1 is shut"),
    Channel("gaze_x", "1", -1, 1, "eyes look; + to the viewer's right"),
    Channel("gaze_y", "1", -1, 1, "eyes look; + up"),
    Channel("mouth_wide", "1", -1, 1, "mouth shape when talking; + wide (ee), - narrow (oo)"),
    Channel("camera_zoom", "ln", -0.5, 2.1, "lens: everything scales by exp(value) about the frame's centre; + in"),
    Channel(
        "camera_dolly", "ln", -0.5, 2.1, "camera travels: the person scales by exp(value), the plate by less; + in"
    ),
    # Slides are told before the lens and the camera's nearness enlarge them.
    Channel("camera_pan", "frame widths", -0.25, 0.25, "+ the camera pans right: the picture slides left"),
    Channel("camera_tilt", "frame heights", -0.4, 0.4, "+ the camera tilts up: the picture slides down"),
    Channel("camera_roll", "degrees", -10, 10, "+ the picture turns clockwise"),
    Channel("camera_shake", "1", 0, 1, "how far the hand that holds the camera is from still"),
    Channel("lip_close", "1", 0, 1, "a mouth that the photo shows open is closed; 1 is shut"),
    Channel("upper_lip", "1", 0, 1, "upper lip rises off the teeth (f, s, ee)"),
    Channel("lower_lip", "1", 0, 1, "lower lip rises to the upper teeth (f, v)"),
    Channel("tongue", "1", 0, 1, "tongue's tip rises behind the teeth (th, l, n)"),
    Channel(
        "camera_truck",
        "frame widths",
        -0.25,
        0.25,
        "+ the camera travels right: the person slides left, the plate less",
    ),
    Channel("neutral", "1", 0, 1, "the expression that the photo itself shows is taken out; 1 is all of it"),
    Channel("brow_inner", "1", 0, 1, "inner ends of the brows rise"),
    Channel("brow_outer", "1", 0, 1, "outer halves of the brows rise"),
    Channel("brow_lower", "1", 0, 1, "brows come down and together"),
    Channel("lid_upper", "1", -1, 1, "upper lids; + wide open, - drooping"),
    Channel("lid_lower", "1", 0, 1, "lower lids and cheeks rise"),
    Channel("nose_wrinkle", "1", 0, 1, "wings of the nose rise, and the upper lip with them"),
    Channel("lip_press", "1", 0, 1, "lips are pressed thin"),
    Channel("corner_pull", "1", 0, 1, "mouth corners are drawn in and up, tightly"),
    Channel("corner_droop", "1", 0, 1, "mouth corners hang"),
    Channel("chin_raise", "1", 0, 1, "chin pushes the lower lip up"),
    Channel("one_sided", "1", -1, 1, "how much of corner_pull and the brows is one side's; + the viewer's right"),
    Channel("camera_rise", "frame heights", -0.3, 0.3, "+ the camera rises: the person slides down, the plate less"),
    Channel("breath", "1", -1, 1, "chest, shoulders and head rise; 1 is breathed in"),
    Channel("trail_yaw", "degrees", -9, 9, "hair is turned farther to the viewer's right than the head"),
    Channel("trail_pitch", "degrees", -9, 9, "likewise up"),
    Channel("trail_roll", "degrees", -9, 9, "likewise clockwise"),
    # What the camera's channels are told against; motion that was kept before this channel came does not say.
    Channel("stage", "1", 0, 5, "the framing that the stage is set for: 1 the widest … 5 the nearest; 0 untold"),
)  # others may join at the end; what stands keeps its place, for kept motion is read by it
_FIRST_COUNT = 15  # channels of the oldest kept motion
NAMES: tuple[str, ...] = tuple(channel.name for channel in CHANNELS)
INDEX: dict[str, int] = {name: i for i, name in enumerate(NAMES)}
SPOKEN: tuple[str, ...] = ("lip_close", "upper_lip", "lower_lip", "tongue")  # moved by speech alone
EXPRESSED: tuple[str, ...] = (  # moved by expression alone
    "neutral", "brow_inner", "brow_outer", "brow_lower", "lid_upper", "lid_lower", "nose_wrinkle", "lip_press",
    "corner_pull", "corner_droop", "chin_raise", "one_sided",
)  # fmt: skip
# Follow from the rest.
FOLLOWING: tuple[str, ...] = ("breath", "trail_yaw", "trail_pitch", "trail_roll")
# Not drawn, but moved by direction alone (inference/motion/direction).
DIRECTED: tuple[str, ...] = ("camera_truck", "camera_rise", "stage", *EXPRESSED, *FOLLOWING)
# Drawn by the motion model.
ACTED: tuple[int, ...] = tuple(i for i, name in enumerate(NAMES) if name not in (*SPOKEN, *DIRECTED))
CAMERA: tuple[int, ...] = tuple(i for i, name in enumerate(NAMES) if name.startswith("camera_"))
LOW_P: Track = np.array([channel.low for channel in CHANNELS], np.float32)
HIGH_P: Track = np.array([channel.high for channel in CHANNELS], np.float32)


def of_today(kept: Track) -> Track:
    """Kept motion [..., channels] of this version or an earlier one, as [..., P]: channels that came later are at rest.

    Raises ValueError where it is no motion of ours.
    """
    count = kept.shape[-1]
    if not _FIRST_COUNT <= count <= len(CHANNELS):
        raise ValueError(f"the kept motion has {count} channels, not {_FIRST_COUNT} to {len(CHANNELS)}")
    return np.concatenate([kept, np.zeros((*kept.shape[:-1], len(CHANNELS) - count), np.float32)], axis=-1)


def clamp(track_FP: Track) -> tuple[Track, tuple[str, ...]]:
    """The track within every channel's honest limits, and the names of channels that were beyond them by over 2%."""
    clamped_FP = np.clip(track_FP, LOW_P, HIGH_P)
    slack_P = 0.02 * (HIGH_P - LOW_P)
    beyond_P = (np.abs(track_FP - clamped_FP) > slack_P).any(axis=0)
    return clamped_FP, tuple(name for name, over in zip(NAMES, beyond_P, strict=True) if over)
