"""An engine that renders nothing, run as a process: `started` at once, and the end when its test says so.

A render ends when it gets `sinks`; `preempt` makes room for the next one. `--mute`: it never says anything of renders.
It holds the model that it was last given.
"""

from __future__ import annotations

import json
import os
import socket
import sys

from inference.protocol import PROTOCOL_VERSION
from inference.protocol.framing import FrameSocket


def main(words: list[str]) -> None:
    frames = FrameSocket(socket.socket(fileno=int(words[words.index("--fd") + 1])))
    held = ""

    def say(**message: object) -> None:
        frames.send(json.dumps(message).encode())

    say(kind="hello", version=PROTOCOL_VERSION, role="engine", software="test")
    while (body := frames.receive()) is not None:
        command = json.loads(body)
        match command["kind"]:
            case "ask_residency":
                models = [{"name": name, "on_device": name == held} for name in ("one", "other")]
                say(kind="residency", id=command["id"], models=models)
            case "render" if "--mute" not in words:
                held = command["request"]["model"]
                say(kind="started", id=command["id"], device=str(os.getpid()))
            case "preempt":
                say(kind="stage", id=command["id"], name="decode", next_may_begin=True)
            case "cancel":
                say(kind="cancelled", id=command["id"])
            case "sinks":
                say(kind="preempted", id=command["id"], done=1, total=2)
            case "read_prompt":
                say(kind="prompt_read", id=command["id"], notes=[])


if __name__ == "__main__":
    main(sys.argv[1:])
