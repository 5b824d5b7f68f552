"""From what a shot says to the one prompt that a model reads.

A model that draws whatever a prompt says takes the camera from its words too, so a shot's camera becomes a sentence for
it; the previs is given the move itself. `@Ada` becomes Ada. Directions are the viewer's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from inference.protocol import CameraChoice, CameraMove, CameraSpeed, Framing
from storage.tables.characters import mention_of
from studio.characters.mentions import MENTION
from studio.storyboard.scene_setting import LIGHT_SENTENCES, Light

CAMERA_SENTENCES: dict[CameraMove, str] = {
    "hold": "The camera stays still.",
    "push_in": "The camera pushes in.",
    "pull_out": "The camera pulls back.",
    "zoom_in": "The camera zooms in.",
    "zoom_out": "The camera zooms out.",
    "pan_left": "The camera pans to the left.",
    "pan_right": "The camera pans to the right.",
    "tilt_up": "The camera tilts up.",
    "tilt_down": "The camera tilts down.",
    "roll_left": "The camera rolls to the left.",
    "roll_right": "The camera rolls to the right.",
    "truck_left": "The camera trucks to the left.",
    "truck_right": "The camera trucks to the right.",
    "arc_left": "The camera arcs to the left.",
    "arc_right": "The camera arcs to the right.",
    "handheld": "The camera is handheld.",
}
_PACES: dict[CameraSpeed, str] = {"slow": "slowly ", "normal": "", "fast": "quickly "}
_FRAMINGS: dict[Framing, str] = {
    "ecu": "an extreme close-up",
    "cu": "a close-up",
    "mcu": "a medium close-up",
    "ms": "a medium shot",
    "ws": "a wide shot",
}
_ENDS = (".", "!", "?", "…", "。", "！", "？")  # noqa: RUF001 (full-width marks are meant)


class NobodyNamed(ValueError):
    """The prompt mentions somebody who is not in the shot."""

    def __init__(self, mention: str) -> None:
        super().__init__(f"nobody in this shot is called @{mention}: add the character, or write the name without @")
        self.mention = mention


def write_shot_prompt(prompt: str, camera: CameraChoice | None, light: Light | None, names: Mapping[str, str]) -> str:
    """The prompt as a model reads it; `names` are of the shot's characters, by id. camera: what is to be said of it, if
    anything. Raises NobodyNamed.

    Without a word of what happens it is empty, or the camera's sentence alone.
    """
    by_mention = {mention_of(name): name for name in names.values()} | {mention_of(each): names[each] for each in names}

    def name_of(match: re.Match[str]) -> str:
        name = by_mention.get(mention_of(match[1]))
        if name is None:
            raise NobodyNamed(match[1])
        return name

    said = MENTION.sub(name_of, prompt).strip()
    sentences = [] if camera is None else [_say(camera)]
    if light is not None and (said or sentences):
        sentences.append(LIGHT_SENTENCES[light])
    if said and sentences and not said.endswith(_ENDS):
        said += "."
    return " ".join([said, *sentences]).strip()


def _say(camera: CameraChoice) -> str:
    """One sentence, as in `The camera slowly pushes in, from a wide shot, to a close-up.`"""
    sentence = CAMERA_SENTENCES[camera.move].replace("The camera ", f"The camera {_PACES[camera.speed]}")
    ends = [f"from {_FRAMINGS[camera.starts]}"] if camera.starts else []
    ends += [f"to {_FRAMINGS[camera.ends]}"] if camera.ends else []
    return f"{sentence[:-1]} {' '.join(ends)}." if ends else sentence
