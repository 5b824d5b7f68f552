"""The endpoint of a pipeline: commands of the engine's wire format go in, events come out until the render ends.

`execute` returns at once; events go out from the thread that hears them. A client that went away cancels its render.
Of a message only `kind` and `id` are read: the engine looks at the rest.
"""

import contextlib
import json
import threading

import numpy as np
import triton_python_backend_utils as pb_utils
from door import Door

LAST = ("finished", "cancelled", "preempted", "failed", "prompt_read")
ANSWERED = ("render", "read_prompt")
TOLD = ("sinks", "checkpoint_sink", "preempt", "cancel")  # of a render that was given before
MOST_BYTES = 16 * 1024 * 1024
WATCH_S = 0.05
FINAL = pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL


class TritonPythonModel:
    """Hands on what comes."""

    def initialize(self, args):
        self._model = args["model_name"]
        self._senders = {}  # render → who hears of it
        self._busy = threading.Event()
        self._door = Door(args, self._pass_on)
        threading.Thread(target=self._watch, daemon=True).start()

    def execute(self, requests):
        for request in requests:
            words = pb_utils.get_input_tensor_by_name(request, "command").as_numpy().reshape(-1)[0]
            sender = request.get_response_sender()
            try:
                command = json.loads(words)
                kind, render = command["kind"], command["id"]
                model = self._model_of(command)
                if not isinstance(render, str) or len(words) > MOST_BYTES:
                    raise ValueError
            except (ValueError, KeyError, TypeError):
                self._refuse(sender, "the command is no message of the engine's wire format")
                continue
            if model != self._model:
                self._refuse(sender, f"this endpoint is of {self._model}, not of {model}")
            elif kind in ANSWERED and render not in self._senders:
                self._senders[render] = sender
                self._busy.set()
                self._door.pass_on(bytes(words))
            elif kind in TOLD:
                self._door.pass_on(bytes(words))
                sender.send(flags=FINAL)
            else:
                self._refuse(
                    sender, f"{kind} of {render} is refused: a render has an id of its own, and is told {TOLD}"
                )

    def _model_of(self, command):
        if command["kind"] == "render":
            return command["request"]["model"]
        return command["model"] if command["kind"] == "read_prompt" else self._model

    def finalize(self):
        self._door.close()

    def _watch(self):
        """A stream that was dropped is a cancel."""
        stop = threading.Event()
        while True:
            self._busy.wait()
            stop.wait(WATCH_S)
            for render, sender in list(self._senders.items()):
                if sender.is_cancelled() and self._senders.pop(render, None):
                    self._door.say({"kind": "leave", "id": render})
                    with contextlib.suppress(Exception):
                        sender.send(flags=FINAL)
            self._rest_if_idle()

    def _rest_if_idle(self):
        self._busy.clear()
        if self._senders:  # one may have come in between
            self._busy.set()

    def _pass_on(self, event):
        over = event["kind"] in LAST
        sender = self._senders.pop(event["id"], None) if over else self._senders.get(event["id"])
        if sender is None:
            return
        tensor = pb_utils.Tensor("event", np.array([json.dumps(event).encode()], dtype=np.object_))
        with contextlib.suppress(Exception):  # whoever went away is noticed by the watch
            sender.send(pb_utils.InferenceResponse(output_tensors=[tensor]), flags=FINAL if over else 0)

    def _refuse(self, sender, words):
        sender.send(pb_utils.InferenceResponse(output_tensors=[], error=pb_utils.TritonError(words)), flags=FINAL)
