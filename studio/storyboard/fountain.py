"""Run as a child process of its own: reads Fountain on stdin, writes what it found as one line of JSON.

The parser is screenplain's, made of regular expressions; on hostile text they may take for ever, and they hold the
interpreter's lock while they do. Here the kernel ends that. Nothing of the studio is imported.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
from collections.abc import Iterator
from typing import Any

from screenplain.parsers.fountain import parse
from screenplain.types import Action, Dialog, DualDialog, Screenplay, Slug

CPU_S = 3  # the script of a whole feature takes a tenth of one
MEMORY_BYTES = 512 * 1024 * 1024
_TRANSITION = re.compile(r"(FADE|CUT|DISSOLVE|SMASH|MATCH|WIPE|IRIS)\b[^a-z]*")


def main() -> None:
    """Any exception ends it with a traceback on stderr and a status other than 0: its parent calls that unreadable."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.write(json.dumps(read(sys.stdin.buffer.read().decode("utf-8-sig"))))


def read(text: str) -> dict[str, Any]:
    """`{"title": …, "elements": [{"kind": "heading" | "action" | "dialogue", …}]}`."""
    screenplay = parse(io.StringIO(text))
    title = " ".join(screenplay.title_page.get("Title", [])) or None
    return {"title": title, "elements": list(_elements(screenplay))}


def _elements(screenplay: Screenplay) -> Iterator[dict[str, Any]]:
    """Headings, action and dialogue in order; transitions, sections, synopses and centred lines are no shots."""
    for paragraph in screenplay.paragraphs:
        match paragraph:
            case Slug():
                yield {"kind": "heading", "text": str(paragraph.line)}
            case Action(centered=False):
                lines = [str(line).strip().lstrip("~") for line in paragraph.lines]
                text = " ".join(line for line in lines if line and not line.startswith("="))
                if text and not _TRANSITION.fullmatch(text):
                    yield {"kind": "action", "text": text}
            case Dialog():
                yield {"kind": "dialogue", "speeches": [_speech(paragraph)]}
            case DualDialog():
                yield {"kind": "dialogue", "speeches": [_speech(paragraph.left), _speech(paragraph.right)]}


def _speech(dialog: Dialog) -> dict[str, Any]:
    """Who speaks, and what is said: each stretch between two parentheticals with the one that stands before it."""
    said: list[dict[str, str]] = [{"aside": "", "text": ""}]
    for is_aside, line in dialog.blocks:
        words = str(line).strip()
        if not is_aside:
            said[-1]["text"] = f"{said[-1]['text']} {words}".strip()
        elif said[-1]["text"]:
            said.append({"aside": words.strip("()（） "), "text": ""})  # noqa: RUF001 (full-width marks are meant)
        else:
            said[-1]["aside"] = ", ".join(filter(None, [said[-1]["aside"], words.strip("()（） ")]))  # noqa: RUF001
    return {"character": str(dialog.character), "said": [one for one in said if one["text"] or one["aside"]]}


if __name__ == "__main__":
    main()
