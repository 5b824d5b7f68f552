"""Stems and described meanings of what words ask of a camera, beside what the motion model's reader hears."""

from __future__ import annotations

import re

from inference.protocol import CameraMove


def _words(*stems: str) -> re.Pattern[str]:
    """Any of the stems, whole words."""
    return re.compile(rf"\b(?:{'|'.join(stems)})\b")


# A clause whose subject is the camera, or that is said to it: `slowly the camera …`, `have our view …`, `we …`; not
# `she gives the camera a smile`.
CAMERA = re.compile(
    r"^(?:(?!(?:for|at|to|into|towards?|in|of|on|from|by|gives?|giving|shows?|faces?|offers?|throws?|meets?)\b)\w+ )"
    r"{0,3}?"
    r"(?:(?:a|the|our|this|steady|smooth|\w+ly|slow|fast|single|long|short|one) )*"
    r"(?:camera(?:man|work)?|lens|shot|view|frame|framing|picture|dolly|steadicam|operator|we)\b"
)
_MOVE_OR_SHOT = re.compile(
    r"^(?:(?:an?|the|one|now|please|and|then|slow|gentle|smooth|steady|\w+ly) )*(?:pan|dolly|zoom|truck|orbit|crane"
    r"|push|punch|creep|pull|arc|(?:\w+[- ])?shot|close-?up)\w*\b"
)
ARC = _words(
    "arc(?:s|ed|ing)?", r"orbit\w*", r"circl\w+", r"revolv\w+", r"curv\w+", r"rotat\w+ (?:a?round|about)",
    r"(?:go|mov|travel|swing|com|walk|wheel|float|glid)\w* (?:all the way |half ?way |right )?a?round",
)  # fmt: skip
TRUCK = _words(
    "truck(?:s|ed|ing)?", "crab(?:s|bed|bing)?", "lateral(?:ly)?", "sideways?", "tracking shot",
    r"trav(?:el|erse)\w* (?:left|right)\w*", r"tracks? (?:left|right)\w*",
    r"(?:past|alongside|beside|parallel)\b(?=.*\b(?:left|right))", r"(?<=left |ight )(?:past|alongside|beside)",
)  # fmt: skip
TO_SIDE = re.compile(r"\bfrom\b.*?\b(?:left|right)\b.*?\bto\b.*?\b(left|right)|\b(left|right)(?:wards?|most)?\b")
CLOCK = re.compile(r"\b(counter[- ]?|anti[- ]?)?clockwise\b")
DEGREES = re.compile(r"(\d+(?:\.\d+)?)[- ]?(?:degrees?|deg\b|°)")
LITTLE = _words(
    "slight(?:ly)?", "subtl[ey]", "tiny", "barely", "hardly", "a (?:bit|touch|hair)", "a little(?! by)", "small"
)  # fmt: skip
MUCH = _words(
    "all the way", "far", "deep", "big", "huge", "dramatic(?:ally)?", "wide arc", "long way", "completely",
    "extreme(?:ly)?(?! close)",
)  # fmt: skip
BODY = _words("head", "face", "eyes?", "gaze", "chin", "neck", "brows?", "eyebrows?", "profile", "nose")
PAN = _words(r"pan\w*", r"sweep\w*", r"swing\w*", r"whip\w*")
ONWARD = _words("forwards?", "in", "towards?", "backwards?", "back", "out", "away", "closer")
# `start close`, `begin on her face`: where a camera is, not where it goes.
STANDS = re.compile(r"^(?:we )?(?:start|begin|open)(?:s|ing)?\b(?!.*\b(?:and|to)\b)")
SLOW = _words(
    "slow(?:ly)?", "gentl[ey]", "gradual(?:ly)?", "leisurely", r"creep\w*", "inch(?:es|ing)?", "little by little",
    "imperceptibl[ey]",
)  # fmt: skip
FAST = _words(
    "fast", "quick(?:ly)?", "rapid(?:ly)?", "swift(?:ly)?", r"rush\w*", r"hurr\w+", "brisk(?:ly)?", r"race\w*"
)

# A move → ways of asking for it, by which the nearest meaning of other words is found.
MEANT: dict[CameraMove, tuple[str, ...]] = {
    "push_in": ("the camera moves closer to her face", "we approach him", "the camera goes nearer"),
    "pull_out": ("the camera moves away from her", "we leave him behind and get farther away"),
    "zoom_in": ("the lens zooms in", "the framing becomes tighter"),
    "zoom_out": ("the lens zooms out", "the framing becomes wider"),
    "pan_right": ("the camera pans across the room", "the view sweeps sideways over the place"),
    "tilt_up": ("the camera tilts up to the sky", "the camera cranes up", "the shot rises"),
    "tilt_down": ("the camera tilts down to the floor", "the camera cranes down", "the shot sinks"),
    "roll_right": ("the camera rolls over to one side", "the horizon tips over"),
    "truck_right": ("the camera slides sideways", "the camera travels alongside, parallel to him"),
    "arc_right": ("the camera circles around her", "the camera moves around him in an arc", "we go round her"),
    "handheld": ("the camera shakes in the operator's hands", "the picture is unsteady"),
    "hold": ("the camera does not move", "the camera stands still on a tripod"),
}


def is_about_camera(clause: str) -> bool:
    """Whether a clause speaks of the camera, or of the picture, and not of who is in it."""
    return CAMERA.search(clause.lower()) is not None or _MOVE_OR_SHOT.search(clause.lower()) is not None
