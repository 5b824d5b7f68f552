"""A stub's connection to the process that keeps the engines: frames of a 4-byte length and a JSON object.

Standard library alone. When that process is gone this one ends, and Triton's model with it.
"""

import json
import os
import socket
import struct
import threading

LENGTH = struct.Struct(">I")


class Door:
    """`hear(event)` is called on a thread of its own for all that comes but the questions whether this stub lives."""

    def __init__(self, args, hear):
        config = json.loads(args["model_config"])
        self._hear = hear
        self._talking = threading.Lock()
        self._closing = False
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(config["parameters"]["door"]["string_value"])
        self.say({"kind": "door", "model": args["model_name"]})
        threading.Thread(target=self._listen, daemon=True).start()

    def say(self, command):
        self.pass_on(json.dumps(command).encode())

    def pass_on(self, body):
        """A message that is JSON already."""
        with self._talking:
            self._socket.sendall(LENGTH.pack(len(body)) + body)

    def close(self):
        self._closing = True
        self._socket.close()

    def _listen(self):
        while True:
            event = self._receive()
            if event is None:
                break
            if event["kind"] == "ping":
                self.say({"kind": "pong"})
            else:
                self._hear(event)
        if not self._closing:
            os._exit(1)

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
