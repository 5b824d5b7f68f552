"""The endpoint `status`: one request, one answer, which says what the engines hold and whether there is room."""

import queue

import numpy as np
import triton_python_backend_utils as pb_utils
from door import Door

ANSWER_WITHIN_S = 5.0


class TritonPythonModel:
    """Asks the process that keeps the engines."""

    def initialize(self, args):
        self._answers = queue.Queue()
        self._door = Door(args, self._answers.put)

    def execute(self, requests):
        return [self._answer() for _ in requests]

    def finalize(self):
        self._door.close()

    def _answer(self):
        while not self._answers.empty():
            self._answers.get_nowait()  # it came too late for who asked
        self._door.say({"kind": "status", "id": "status"})
        try:
            words = self._answers.get(timeout=ANSWER_WITHIN_S)["words"]
        except queue.Empty:
            error = pb_utils.TritonError("the process that keeps the engines does not answer")
            return pb_utils.InferenceResponse(output_tensors=[], error=error)
        tensor = pb_utils.Tensor("status", np.array([words.encode()], dtype=np.object_))
        return pb_utils.InferenceResponse(output_tensors=[tensor])
