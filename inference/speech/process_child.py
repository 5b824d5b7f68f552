"""The child of `process`: the room behind two pipes."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

from inference.catalogue import offer_voices
from inference.protocol import Line
from inference.speech.port import SpeechFolders, SpeechRefused
from inference.speech.process_messages import HEARD, PLANNED, pack_said, read_message, unpack_samples, write_message
from inference.speech.room import SpeechRoom
from inference.speech.verdict import judge


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nobody else's prints may meet an answer
    folders = SpeechFolders(*map(Path, sys.argv[1:5]))
    offer_voices(folders.models)
    room = SpeechRoom(folders)
    with contextlib.suppress(EOFError):
        while True:
            write_message(answers, *_answer(room, *read_message(sys.stdin.buffer)))


def _answer(room: SpeechRoom, asked: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        match asked["door"]:
            case "say":
                line = Line.model_validate(asked["line"])
                return pack_said(room.say(line, body if asked["recorded"] else None, lambda: None))
            case "prepare":
                room.prepare(asked["language"])
                return {}, b""
            case "listen":
                return pack_said(room.listen(body, asked["text"], asked["language"], asked["pronunciations"]))
            case _:
                heard = judge(unpack_samples(body), PLANNED.validate_python(asked["lines"]), room.recogniser)
                return {"heard": HEARD.dump_python(heard, mode="json")}, b""
    except SpeechRefused as refusal:
        return {"refused": (refusal.refusal, refusal.words)}, b""
    except Exception as error:
        return {"broke": f"{type(error).__name__}: {error}"}, b""
