"""A screenplay in Fountain, read within limits, and the film that it describes: scenes of shots.

Each paragraph of action is a shot, and so is each speech, which lasts as long as its lines; `script_lines` says how a
long one is split. A voice from off, (V.O.) or (O.S.), is heard over the shot before it. Directions frame a shot,
headings put it before a backdrop. Names are matched to the cast; whoever speaks and is not in it is told.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, to_thread

from inference.protocol import Framing
from studio.generation.line_choice import LineChoice
from studio.generation.schemas import CastEntry
from studio.http.errors import StudioError
from studio.http.ids import new_id
from studio.storyboard.cast_names import CastNames, SharedName
from studio.storyboard.scene_heading import light_of_heading, plate_of_heading
from studio.storyboard.scene_setting import SceneSetting
from studio.storyboard.schemas import ShotContent
from studio.storyboard.script_framing import Direction, is_direction, read_direction
from studio.storyboard.script_lines import fits, seconds_of, split_text

_READER = Path(__file__).with_name("fountain.py")
_WALL_S = 20.0  # CPU time is bounded to 3 s; the rest is waiting for a core
_AT_ONCE = CapacityLimiter(2)
_MOST_IN_A_SHOT = 3
_LONGEST = 3500
_LONGEST_HEADING = 200
_ACTION_FRAMING: Framing = "ms"  # bodies act; whoever speaks is seen from near
_ACTION_S = 5.0
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
    setting: SceneSetting = field(default_factory=SceneSetting)


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
        self._direction: Direction | None = None  # that stands alone, above what it frames

    def begin_scene(self, heading: str) -> None:
        self.finish()
        setting = SceneSetting(plate=plate_of_heading(heading), light=light_of_heading(heading))
        self.scenes.append(PlannedScene(heading[:_LONGEST_HEADING], setting=setting))

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
                self.act(_plain(speech))
            return
        if self._direction is not None and self._direction.text and not self._cast.is_name(self._direction.text):
            self.finish()  # what it names is seen before anybody speaks
        above, self._direction = self._direction, None
        lines = [line for speech in speeches for line in self._lines(speech)]
        if all(line.off_screen for line in lines) and above is None and self._say_over_the_last(lines):
            return
        framing = (above.framing if above else None) or ("cu" if len(speeches) == 1 else _ACTION_FRAMING)
        for together in _packed(lines):
            self._add(
                prompt=self._talking(together),
                cast=[line.character_id for line in together if line.character_id and not line.off_screen],
                seconds=None,
                framing=framing,
                dialogue=together,
            )

    def _lines(self, speech: dict[str, Any]) -> Iterator[LineChoice]:
        """What a speech says; who is not in the cast keeps the name that the script has."""
        name = speech["character"].partition("(")[0].strip().rstrip("^").strip()
        character_id = self._match(name)
        unseen = _UNSEEN.search(speech["character"]) is not None
        for said in speech["said"]:
            for place, part in enumerate(split_text(said["text"]) or [""]):
                yield LineChoice(
                    id=new_id("lin"),
                    character_id=character_id,
                    speaker="" if character_id is not None else name[:80],
                    text=part,
                    parenthetical=said["aside"][:200] if place == 0 else "",
                    off_screen=unseen,
                )

    def _say_over_the_last(self, lines: Sequence[LineChoice]) -> bool:
        """A voice from off is heard over the shot before it in its scene, where there is one with room."""
        shots = self.scenes[-1].shots if self.scenes else []
        if not lines or not shots or not fits([*shots[-1].dialogue, *lines]):
            return False
        dialogue = [*shots[-1].dialogue, *lines]
        seconds = shots[-1].seconds
        kept = seconds if seconds is not None and seconds_of(dialogue) <= seconds else None
        shots[-1] = shots[-1].model_copy(update={"dialogue": dialogue, "seconds": kept})
        return True

    def _talking(self, lines: Sequence[LineChoice]) -> str:
        """`Ada talks, softly. Max talks.`"""
        asides: dict[str, list[str]] = {}
        for line in lines:
            if not line.off_screen:
                name = self._cast.names[line.character_id] if line.character_id else line.speaker.title()
                asides.setdefault(name, []).extend([line.parenthetical] if line.parenthetical else [])
        told = {name: [each for each in asides[name] if not _PAUSE.fullmatch(each)] for name in asides}
        return " ".join(", ".join([f"{name} talks", *told[name]]) + "." for name in told)[:_LONGEST]

    def _add(
        self,
        *,
        prompt: str,
        cast: list[str],
        seconds: float | None,
        framing: Framing,
        dialogue: Sequence[LineChoice] = (),
    ) -> None:
        if not self.scenes:
            self.scenes.append(PlannedScene(""))  # a film may begin before its first heading
        content = ShotContent(
            prompt=prompt,
            characters=[CastEntry(character_id=each) for each in dict.fromkeys(cast)][:_MOST_IN_A_SHOT],
            seconds=seconds,
            framing=framing,
            dialogue=list(dialogue),
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


def _packed(lines: Sequence[LineChoice]) -> Iterator[list[LineChoice]]:
    """As many at a time as one clip can hold."""
    held: list[LineChoice] = []
    for line in lines:
        if held and not fits([*held, line]):
            yield held
            held = []
        held = [*held, line]
    if held:
        yield held


def _plain(speech: dict[str, Any]) -> str:
    """All that stands below a name, as the script has it."""
    stretches = [f"({said['aside']}) {said['text']}" if said["aside"] else said["text"] for said in speech["said"]]
    return " ".join(stretches)
