"""Runs inside Triton's Python stub, and hands everything on to the engine: a child process with libraries of its own.

The stub needs an old NumPy, the engine a new one; so this file uses the standard library, NumPy and Triton's utilities,
and knows of the wire format only what it must: a frame is a 4-byte length and a JSON object with a `kind` and an `id`.
`execute` returns at once; events go out from the thread that hears them. A client that went away cancels its render.
"""

import contextlib
import json
import os
import queue
import socket
import struct
import subprocess
import threading
import time

import numpy as np
import triton_python_backend_utils as pb_utils

LENGTH = struct.Struct(">I")
LAST = ("finished", "cancelled", "preempted", "failed")
TOLD = ("sinks", "checkpoint_sink", "preempt", "cancel")  # of a render that was given before
WATCH_S = 0.05
RESTART_PAUSE_S = 2.0


class TritonPythonModel:
    """One engine process. The next render is given to it once the one before makes room; others wait."""

    def initialize(self, args):
        self._command = json.loads(os.environ["DRAMATIS_ENGINE_COMMAND"])
        self._environment = json.loads(os.environ["DRAMATIS_ENGINE_ENVIRONMENT"])
        self._hello = {
            "kind": "hello",
            "version": int(os.environ["DRAMATIS_PROTOCOL"]),
            "role": "product",
            "software": "triton",
        }
        self._senders = {}  # render → who hears of it
        self._waiting = queue.Queue()
        self._talking = threading.Lock()
        self._idle = threading.Event()
        self._closing = False
        self._given = None
        self._start_engine()
        for work in (self._feed, self._watch, self._listen):
            threading.Thread(target=work, daemon=True).start()

    def execute(self, requests):
        for request in requests:
            words = pb_utils.get_input_tensor_by_name(request, "command").as_numpy().reshape(-1)[0]
            sender = request.get_response_sender()
            try:
                command = json.loads(words)
                kind, render = command["kind"], command["id"]
            except (ValueError, KeyError, TypeError):
                self._refuse(sender, "the command is no message of the engine's wire format")
                continue
            if kind == "render":
                self._senders[render] = sender
                self._waiting.put(command)
            elif kind in TOLD:
                self._tell(command)
                sender.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
            else:
                self._refuse(sender, "this endpoint takes render, " + ", ".join(TOLD) + ", not " + kind)

    def finalize(self):
        self._closing = True
        self._engine.terminate()
        try:
            self._engine.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._engine.kill()

    def _start_engine(self):
        ours, theirs = socket.socketpair()
        self._engine = subprocess.Popen(
            [*self._command, "--fd", str(theirs.fileno())], pass_fds=(theirs.fileno(),), env=self._environment
        )
        theirs.close()
        self._socket = ours
        self._send(self._hello)
        greeting = self._receive()
        if greeting is None or greeting["kind"] != "hello" or greeting["version"] != self._hello["version"]:
            raise pb_utils.TritonModelException("the engine does not start: " + json.dumps(greeting))
        self._idle.set()

    def _feed(self):
        """The next render, once the engine is free."""
        while True:
            command = self._waiting.get()
            self._idle.wait()
            if command["id"] not in self._senders:
                continue  # its client went away while it waited
            self._idle.clear()
            self._given = command["id"]
            self._tell(command)

    def _listen(self):
        """Pass on what the engine says; when it dies, say so, and start another.

        The engine dies with the thread that started it, so this one goes on for ever.
        """
        while True:
            event = self._receive()
            if event is not None:
                self._pass_on(event)
                room = event.get("next_may_begin") or event["kind"] in LAST
                if event.get("id") == self._given and room:
                    self._idle.set()
            elif self._closing:
                return
            else:
                self._replace_engine()

    def _replace_engine(self):
        waiting = {command["id"] for command in list(self._waiting.queue)}
        words = "the engine died in the middle of the render"
        for render in set(self._senders) - waiting:
            self._pass_on({"kind": "failed", "id": render, "code": "engine_lost", "retryable": True, "message": words})
        self._engine.wait()
        try:
            self._start_engine()
        except pb_utils.TritonModelException as error:
            pb_utils.Logger.log_error(str(error))
            time.sleep(RESTART_PAUSE_S)

    def _watch(self):
        """A stream that was dropped is a cancel."""
        while True:
            time.sleep(WATCH_S)
            for render, sender in list(self._senders.items()):
                if sender.is_cancelled():
                    self._senders.pop(render, None)
                    self._tell({"kind": "cancel", "id": render})
                    with contextlib.suppress(Exception):
                        sender.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)

    def _pass_on(self, event):
        sender = self._senders.get(event.get("id"))
        if sender is None:
            return
        tensor = pb_utils.Tensor("event", np.array([json.dumps(event).encode()], dtype=np.object_))
        flags = 0
        if event["kind"] in LAST:
            self._senders.pop(event["id"], None)
            flags = pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL
        with contextlib.suppress(Exception):  # whoever went away is noticed by the watch
            sender.send(pb_utils.InferenceResponse(output_tensors=[tensor]), flags=flags)

    def _refuse(self, sender, words):
        error = pb_utils.InferenceResponse(output_tensors=[], error=pb_utils.TritonError(words))
        sender.send(error, flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)

    def _tell(self, command):
        with contextlib.suppress(OSError):  # a dead engine is noticed by who listens
            self._send(command)

    def _send(self, message):
        body = json.dumps(message).encode()
        with self._talking:
            self._socket.sendall(LENGTH.pack(len(body)) + body)

    def _receive(self):
        header = self._read(LENGTH.size)
        body = header and self._read(LENGTH.unpack(header)[0])
        return json.loads(body) if body else None

    def _read(self, wanted):
        received = b""
        while len(received) < wanted:
            try:
                chunk = self._socket.recv(wanted - len(received))
            except OSError:
                return None
            if not chunk:
                return None
            received += chunk
        return received
