"""A screenplay in Fountain, read within limits, and the film that it describes: scenes of shots.

Each paragraph of action is a shot, and so is each speech: the speaker talks, and what is said stays with the shot as
text, parentheticals and all. Directions frame a shot, headings put it before a backdrop. Names are matched to the cast;
whoever speaks and is not in it is told.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, to_thread

from inference.protocol import BackdropPlate, Framing, ReferencePlate
from studio.generation.schemas import CastEntry
from studio.http.errors import StudioError
from studio.storyboard.cast_names import CastNames, SharedName
from studio.storyboard.scene_plate import plate_of_heading
from studio.storyboard.schemas import ShotContent
from studio.storyboard.script_framing import Direction, is_direction, read_direction

_READER = Path(__file__).with_name("fountain.py")
_WALL_S = 20.0  # CPU time is bounded to 3 s; the rest is waiting for a core
_AT_ONCE = CapacityLimiter(2)
_MOST_IN_A_SHOT = 3
_LONGEST = 3500
_LONGEST_HEADING = 200
_WORDS_PER_S = 2.5
_ACTION_FRAMING: Framing = "ms"  # bodies act; whoever speaks is seen from near
_SHORTEST_S, _LONGEST_S, _ACTION_S = 2.0, 10.0, 5.0
_UNSEEN = re.compile(r"\((?:[^)]*\b)?(?:V\.? ?O\.?|O\.? ?S\.?|O\.? ?C\.?)(?:\b[^)]*)?\)", re.IGNORECASE)
_PAUSE = re.compile(
    r"(?:a |long |another )*(?:beat|pause|then|silence|more)|cont(?:'d|inuing|inued)?\.?", re.IGNORECASE
)


class ScreenplayUnreadable(StudioError):
    """This is not a screenplay that can be read."""

    status = 422
    code = "screenplay_unreadable"


@dataclass(frozen=True)
class PlannedScene:
    """A scene that a screenplay describes."""

    heading: str
    shots: list[ShotContent] = field(default_factory=list)


@dataclass(frozen=True)
class PlannedFilm:
    """`matched`: character ids by the names that the screenplay uses; `unmatched`: who speaks and is not cast;
    `shared`: names that several of the cast bear."""

    title: str | None
    scenes: list[PlannedScene]
    matched: dict[str, str]
    unmatched: list[str]
    shared: list[SharedName]


async def read_screenplay(fountain: str) -> dict[str, Any]:
    """Title and elements as `fountain.py` tells them. Raises ScreenplayUnreadable."""
    return await to_thread.run_sync(_read, fountain, limiter=_AT_ONCE)


def plan_film(told: dict[str, Any], cast: Sequence[tuple[str, str]]) -> PlannedFilm:
    """Scenes and shots of what was read; `cast` are ids and names of the characters that there are,
    oldest first."""
    planner = _Planner(cast)
    for element in told["elements"]:
        match element["kind"]:
            case "heading":
                planner.begin_scene(element["text"])
            case "action":
                planner.act(element["text"])
            case _:
                planner.speak(element["speeches"])
    planner.finish()
    return PlannedFilm(told["title"], planner.scenes, planner.matched, planner.unmatched, planner.shared)


def _read(fountain: str) -> dict[str, Any]:
    try:
        read = subprocess.run(
            [sys.executable, "-I", str(_READER)],
            input=fountain.encode("utf-8", "replace"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_WALL_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ScreenplayUnreadable("the text takes too long to read: import it in parts") from None
    if read.returncode != 0:
        raise ScreenplayUnreadable("the text takes too long to read, or is no Fountain: import it in parts")
    try:
        told: dict[str, Any] = json.loads(read.stdout)
    except ValueError:
        raise ScreenplayUnreadable("the text cannot be read as Fountain: import it in parts") from None
    if not told["elements"]:
        raise ScreenplayUnreadable("there is no scene, action or dialogue in this text")
    return told


class _Planner:
    def __init__(self, cast: Sequence[tuple[str, str]]) -> None:
        self.scenes: list[PlannedScene] = []
        self.matched: dict[str, str] = {}
        self.unmatched: list[str] = []
        self._cast = CastNames(cast)
        self._plate: BackdropPlate | None = None
        self._direction: Direction | None = None  # that stands alone, above what it frames

    def begin_scene(self, heading: str) -> None:
        self.finish()
        self.scenes.append(PlannedScene(heading[:_LONGEST_HEADING]))
        self._plate = plate_of_heading(heading)

    def finish(self) -> None:
        """A direction that nothing followed is a shot of what it names."""
        direction, self._direction = self._direction, None
        if direction is not None and direction.text:
            framing = direction.framing or _ACTION_FRAMING
            self._add(prompt=direction.text, cast=self._cast.find(direction.text), seconds=_ACTION_S, framing=framing)

    def act(self, text: str) -> None:
        direction = read_direction(text)
        if direction.heads:
            self.finish()
            self._direction = direction
            return
        above, self._direction = self._direction, None
        framing = direction.framing or (above.framing if above else None) or _ACTION_FRAMING
        whole = direction.text
        if above is not None and above.text and not self._cast.is_name(above.text):
            whole = f"{above.text}. {whole}"
        named = self._cast.find(above.text) if above is not None else []
        for part in textwrap.wrap(whole, _LONGEST):
            self._add(prompt=part, cast=[*named, *self._cast.find(part)], seconds=_ACTION_S, framing=framing)

    def speak(self, speeches: list[dict[str, Any]]) -> None:
        if all(is_direction(speech["character"]) for speech in speeches):  # CLOSE ON ADA, right above what she does
            for speech in speeches:
                self.act(speech["character"])
                self.act(" ".join(speech["lines"]))
            return
        if self._direction is not None and self._direction.text and not self._cast.is_name(self._direction.text):
            self.finish()  # what it names is seen before anybody speaks
        above, self._direction = self._direction, None
        seen, sentences, said = [], [], []
        for speech in speeches:
            name = speech["character"].partition("(")[0].strip().rstrip("^").strip()
            character_id = self._match(name)
            said.append(f"{name}: {' '.join(speech['lines'])}")
            if _UNSEEN.search(speech["character"]):
                continue
            if character_id is not None:
                seen.append(character_id)
            shown = self._cast.names[character_id] if character_id is not None else name.title()
            asides = [aside for aside in speech["asides"] if not _PAUSE.fullmatch(aside)]
            sentences.append(", ".join([f"{shown} talks", *asides])[:_LONGEST] + ".")
        framing = (above.framing if above else None) or ("cu" if len(speeches) == 1 else _ACTION_FRAMING)
        dialogue = textwrap.wrap("\n".join(said), _LONGEST, replace_whitespace=False) or [""]
        for part in dialogue:
            seconds = math.ceil(2 * len(part.split()) / _WORDS_PER_S) / 2
            seconds = min(max(seconds, _SHORTEST_S), _LONGEST_S)
            prompt = " ".join(sentences)[:_LONGEST]
            self._add(prompt=prompt, cast=seen, seconds=seconds, framing=framing, dialogue=part)

    def _add(
        self, *, prompt: str, cast: list[str], seconds: float, framing: Framing, dialogue: str | None = None
    ) -> None:
        if not self.scenes:
            self.scenes.append(PlannedScene(""))  # a film may begin before its first heading
        content = ShotContent(
            prompt=prompt,
            characters=[CastEntry(character_id=each) for each in dict.fromkeys(cast)][:_MOST_IN_A_SHOT],
            seconds=seconds,
            framing=framing,
            plate=self._plate or ReferencePlate(),
            dialogue=dialogue,
        )
        self.scenes[-1].shots.append(content)

    @property
    def shared(self) -> list[SharedName]:
        return list(self._cast.shared.values())

    def _match(self, name: str) -> str | None:
        character_id = self._cast.match(name)
        if character_id is not None:
            self.matched[name] = character_id
        elif name not in self.unmatched:
            self.unmatched.append(name)
        return character_id
