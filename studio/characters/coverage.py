"""What a character's photos show between them, and which further photo would help most.

Directions are the viewer's: `left` is a face turned to the left edge of the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from inference.protocol import FaceQuality
from inference.protocol.turning import reach_of
from studio.characters.schemas import Advice, AdviceCode, Coverage, Turning

GOOD_QUALITY = 0.6  # of a photo that shows its side as well as one can ask
ENOUGH = 0.5  # of a direction
SHARP, LARGE_PX, WELL_LIT, COVERED = 0.5, 110.0, 0.6, 0.5
LIPS_CLOSED = 0.016  # of the face's width: less is how the mesh sees closed ones
# A side begins to be shown at the first angle and is shown in full at the second, degrees.
FRONT_UNTIL, SIDE_FROM, LEVEL_FROM = (10.0, 30.0), (6.0, 22.0), (4.0, 15.0)

WORDS: dict[AdviceCode, str] = {
    "add_front": "add a photo that looks straight into the camera",
    "add_sharper": "add a photo taken closer and in focus",
    "add_better_lit": "add a photo in even light: no face of these is lit well",
    "add_uncovered": "add a photo with nothing before the face: no glasses, mask or hand",
    "add_closed_lips": "add a photo with closed lips: a calm mouth is taken from it, instead of lips drawn over teeth",
    "add_second_photo": "add a photo from another day",
    "add_left_profile": "add a photo with the face turned about 30° to the left edge of the picture",
    "add_right_profile": "add a photo with the face turned about 30° to the right edge of the picture",
    "add_up": "add a photo with the chin raised",
    "add_down": "add a photo with the chin lowered",
}


def measure_coverage(faces: Sequence[FaceQuality]) -> Coverage:
    """How well each direction is shown, 0..1: by the best photo of it, weaker where that photo is weak."""

    def best(shown: Callable[[FaceQuality], float]) -> float:
        return round(max((shown(face) * min(1.0, face.quality / GOOD_QUALITY) for face in faces), default=0.0), 3)

    return Coverage(
        front=best(lambda face: 1 - _ramp(max(abs(face.yaw_deg), abs(face.pitch_deg)), *FRONT_UNTIL)),
        left=best(lambda face: _ramp(-face.yaw_deg, *SIDE_FROM)),
        right=best(lambda face: _ramp(face.yaw_deg, *SIDE_FROM)),
        up=best(lambda face: _ramp(face.pitch_deg, *LEVEL_FROM)),
        down=best(lambda face: _ramp(-face.pitch_deg, *LEVEL_FROM)),
    )


def measure_turning(faces: Sequence[FaceQuality]) -> Turning:
    """How far the previs turns the head to each side."""
    reach = reach_of([face.yaw_deg for face in faces])
    return Turning(left_deg=round(-reach.left), right_deg=round(reach.right))


def advise(faces: Sequence[FaceQuality]) -> list[Advice]:
    """Which photos would help, the most helpful first. `faces` are those that count: no duplicates among them."""
    coverage = measure_coverage(faces)
    wanted: dict[AdviceCode, bool] = {
        "add_front": coverage.front < ENOUGH,
        "add_sharper": not any(face.sharpness >= SHARP and face.size_px >= LARGE_PX for face in faces),
        "add_better_lit": not any(face.exposure >= WELL_LIT for face in faces),
        "add_uncovered": not any(face.occlusion <= COVERED for face in faces),
        "add_closed_lips": bool(faces) and all((face.lips_apart or 0) > LIPS_CLOSED for face in faces),
        "add_second_photo": len(faces) < 2,
        "add_left_profile": coverage.left < ENOUGH,
        "add_right_profile": coverage.right < ENOUGH,
        "add_up": coverage.up < ENOUGH,
        "add_down": coverage.down < ENOUGH,
    }
    return [Advice(code=code, words=WORDS[code]) for code, helps in wanted.items() if helps]


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
