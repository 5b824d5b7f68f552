"""Lines in a prompt: `@Ada (softly): "At last."` is said by Ada, and the prompt goes on with `@Ada talks.`"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.tables.characters import mention_of
from studio.generation.line_choice import LineChoice
from studio.http.errors import InvalidRequest

_LINE = re.compile(
    r"(?<!\w)@(?P<mention>[\w-]+)\s*(?:[（(](?P<aside>[^()（）]{1,200})[)）])?\s*[:：]\s*"  # noqa: RUF001
    r"(?:\"(?P<straight>[^\"]+)\"|“(?P<curly>[^”]+)”|「(?P<corner>[^」]+)」)(?P<end>\s*[.,;!?。，；！？])?"  # noqa: RUF001
)


@dataclass(frozen=True)
class SpokenMention:
    """What a prompt lets somebody say; `mention` is as it stands behind the @."""

    mention: str
    text: str
    parenthetical: str


def read_spoken(prompt: str) -> tuple[str, list[SpokenMention]]:
    """The prompt in which they talk, and what they say, in order."""
    spoken: list[SpokenMention] = []

    def talks(match: re.Match[str]) -> str:
        text = match["straight"] or match["curly"] or match["corner"]
        spoken.append(SpokenMention(match["mention"], text.strip(), (match["aside"] or "").strip()))
        return f"@{match['mention']} talks{(match['end'] or '.').strip()}"

    return _LINE.sub(talks, prompt), spoken


def cast_lines(
    dialogue: Sequence[LineChoice], spoken: Sequence[SpokenMention], ids: Mapping[str, str], names: Mapping[str, str]
) -> list[LineChoice]:
    """Who says each line: `dialogue`'s speakers are told by name among `names` (by id), the prompt's by `ids` (by
    mention). A line without a speaker is said by whoever is alone in the video, and off screen by a narrator.

    Raises InvalidRequest.
    """
    lines = [_cast_line(line, names) for line in dialogue]
    return lines + [
        LineChoice(character_id=ids[one.mention], text=one.text, parenthetical=one.parenthetical) for one in spoken
    ]


def _cast_line(line: LineChoice, names: Mapping[str, str]) -> LineChoice:
    if line.character_id is not None or (line.off_screen and not line.speaker):
        return line
    if not line.speaker:
        return line.model_copy(update={"character_id": next(iter(names))}) if len(names) == 1 else line
    bearers = [each for each, name in names.items() if mention_of(name) == mention_of(line.speaker.lstrip("@"))]
    if len(bearers) > 1 or (not bearers and not line.off_screen):
        words = f"{len(bearers)} people in this video are called {line.speaker!r}: use `character_id`"
        raise InvalidRequest(words, field="dialogue")
    return line.model_copy(update={"character_id": bearers[0] if bearers else None})
