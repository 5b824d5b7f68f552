"""A real server of OpenAI's /v1/audio/speech on a socket of this machine, which says what it is asked."""

from __future__ import annotations

import io
import json
import threading
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

from inference.speech.kokoro import KokoroVoices
from inference.speech.port import RATE, Line, Samples


class Server(ThreadingHTTPServer):
    """Says what it is asked with a packaged voice; a model named `stuck` never answers, all but `tts` are refused."""

    daemon_threads = True

    def __init__(self, voices: KokoroVoices) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.speech = voices
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.arrived, self.over = threading.Event(), threading.Event()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append({"path": self.path, **asked})
        self.server.keys.append(self.headers["Authorization"])
        self.server.arrived.set()
        if asked["model"] == "stuck":
            self.server.over.wait()
            return None
        if asked["model"] != "tts":
            return self._answer(404, "application/json", b'{"error": {"message": "no such model"}}')
        speech = self.server.speech.speak(Line(asked["input"], "am_michael", asked["speed"]), lambda: None)
        return self._answer(200, "audio/wav", as_wav(speech.samples[::2]))

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def as_wav(samples: Samples) -> bytes:
    body = io.BytesIO()
    with wave.open(body, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE // 2)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return body.getvalue()


def description_of(server: Server) -> dict[str, Any]:
    """What an operator writes of it into `voice-server.json`."""
    return {
        "url": f"http://127.0.0.1:{server.server_port}/v1",
        "key": "secret",
        "model": "tts",
        "licence": "by contract",
        "voices": [{"name": "nova", "title": "Nova", "language": "en-US", "sex": "female", "age": "old"}],
    }
