"""From what a shot says to the one prompt that a model reads.

The motion model takes everything from the prompt's words, camera moves too; so a shot's camera becomes a sentence, and
`@Ada` becomes Ada. Directions are the viewer's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from storage.tables.characters import mention_of
from studio.characters.mentions import MENTION
from studio.storyboard.scene_setting import LIGHT_SENTENCES, Light
from studio.storyboard.schemas import CameraMove

CAMERA_SENTENCES: dict[CameraMove, str] = {
    "still": "The camera stays still.",
    "in": "The camera slowly pushes in.",
    "out": "The camera slowly pulls back.",
    "zoom_in": "The camera zooms in.",
    "zoom_out": "The camera zooms out.",
    "pan_left": "The camera pans to the left.",
    "pan_right": "The camera pans to the right.",
    "tilt_up": "The camera tilts up.",
    "tilt_down": "The camera tilts down.",
    "roll_left": "The camera rolls to the left.",
    "roll_right": "The camera rolls to the right.",
    "handheld": "The camera is handheld.",
}
_ENDS = (".", "!", "?", "…", "。", "！", "？")  # noqa: RUF001 (full-width marks are meant)


class NobodyNamed(ValueError):
    """The prompt mentions somebody who is not in the shot."""

    def __init__(self, mention: str) -> None:
        super().__init__(f"nobody in this shot is called @{mention}: add the character, or write the name without @")
        self.mention = mention


def write_shot_prompt(prompt: str, camera: CameraMove, light: Light | None, names: Mapping[str, str]) -> str:
    """The prompt as a model reads it; `names` are of the shot's characters, by id. Raises NobodyNamed.

    Without a word of what happens it is empty, or the camera's sentence alone.
    """
    by_mention = {mention_of(name): name for name in names.values()} | {mention_of(each): names[each] for each in names}

    def name_of(match: re.Match[str]) -> str:
        name = by_mention.get(mention_of(match[1]))
        if name is None:
            raise NobodyNamed(match[1])
        return name

    said = MENTION.sub(name_of, prompt).strip()
    sentences = [CAMERA_SENTENCES[camera]] if camera != "none" else []
    if light is not None and (said or sentences):
        sentences.append(LIGHT_SENTENCES[light])
    if said and sentences and not said.endswith(_ENDS):
        said += "."
    return " ".join([said, *sentences]).strip()
