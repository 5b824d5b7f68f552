"""The speech room in a process of its own, for it takes up to 1 GB while it speaks: started when it is needed.

What `check` raises ends the process, so that a long line is given up at once. `python -m inference.speech.process
VOICES ACTIVITY LINES MODELS` (folders) is the child: questions on standard input, answers on standard output, until the
input ends.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from inference.protocol import Line
from inference.speech.port import Check, HeardLine, Planned, Said, Samples, SpeechFolders, SpeechRefused
from inference.speech.process_messages import HEARD, PLANNED, pack_samples, read_message, unpack_said, write_message

_POLL_S = 0.02
REST_AFTER_S = 60.0


class SpeechBroke(RuntimeError):
    """The child died or stumbled; the message is its last words."""


class SpeechProcess:
    """Asks a child; any thread may ask, one at a time. The child ends `rest_after_s` after its last answer.

    `find` says where the weights are, when a child is started; what it raises, every question raises.
    """

    def __init__(self, find: Callable[[], SpeechFolders], rest_after_s: float = REST_AFTER_S) -> None:
        self._find = find
        self._rest_after_s = rest_after_s
        self._child: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        self._rest: threading.Timer | None = None

    def start(self) -> None:
        """Begin the process, ahead of the first question."""
        with self._turn:
            self._ready()

    def prepare(self, language: str, check: Check) -> None:
        """`SpeechRoom.prepare`, ahead of the first line. Raises SpeechBroke, and what `check` raises."""
        self._ask("prepare", {"language": language}, b"", check)

    def say(self, line: Line, recording: bytes | None, check: Check) -> Said:
        """`SpeechRoom.say`. Raises SpeechRefused, SpeechBroke, and what `check` raises."""
        words = {"line": line.model_dump(mode="json"), "recorded": recording is not None}
        return unpack_said(*self._ask("say", words, recording or b"", check))

    def listen(self, body: bytes, text: str, language: str, pronunciations: Mapping[str, str], check: Check) -> Said:
        """`SpeechRoom.listen`. Raises as `say` does."""
        words = {"text": text, "language": language, "pronunciations": dict(pronunciations)}
        return unpack_said(*self._ask("listen", words, body, check))

    def judge(self, mix: Samples, lines: tuple[Planned, ...], check: Check) -> tuple[HeardLine, ...]:
        """`verdict.judge` with the child's ear. Raises as `say` does."""
        words = {"lines": PLANNED.dump_python(lines, mode="json")}
        answer, _ = self._ask("judge", words, pack_samples(mix), check)
        return HEARD.validate_python(answer["heard"])

    def close(self) -> None:
        """End the child, if there is one."""
        with self._turn:
            self._end()

    def _ask(self, door: str, words: Mapping[str, Any], body: bytes, check: Check) -> tuple[dict[str, Any], bytes]:
        with self._my_turn(check):
            child = self._ready()
            answers: list[tuple[dict[str, Any], bytes]] = []
            question = (child, {"door": door, **words}, body, answers)
            thread = threading.Thread(target=_exchange, args=question, name="speech", daemon=True)
            thread.start()
            try:
                while thread.is_alive():
                    check()
                    thread.join(_POLL_S)
            except BaseException:
                self._end()
                raise
            if not answers:
                self._end()
                raise SpeechBroke("the speech process died")
            self._rest_later()
        answer, sound = answers[0]
        if "refused" in answer:
            raise SpeechRefused(*answer["refused"])
        if "broke" in answer:
            raise SpeechBroke(answer["broke"])
        return answer, sound

    @contextlib.contextmanager
    def _my_turn(self, check: Check) -> Iterator[None]:
        while not self._turn.acquire(timeout=_POLL_S):
            check()
        try:
            yield
        finally:
            self._turn.release()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        if self._child is None or self._child.poll() is not None:
            folders = self._find()
            paths = [str(folder) for folder in (folders.voices, folders.activity, folders.lines, folders.models)]
            command = [sys.executable, "-m", "inference.speech.process", *paths]
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._child

    def _rest_later(self) -> None:
        self._rest = threading.Timer(self._rest_after_s, self.close)
        self._rest.daemon = True
        self._rest.start()

    def _end(self) -> None:
        child, self._child = self._child, None
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()


def _exchange(
    child: subprocess.Popen[bytes], words: object, body: bytes, answers: list[tuple[dict[str, Any], bytes]]
) -> None:
    """Appends the answer; nothing where the child died."""
    assert child.stdin is not None, "it was started with pipes"
    assert child.stdout is not None, "it was started with pipes"
    with contextlib.suppress(OSError, EOFError, ValueError):
        write_message(child.stdin, words, body)
        answers.append(read_message(child.stdout))


if __name__ == "__main__":
    from inference.speech.process_child import main

    main()
