"""Why a render failed, in the protocol's words. Details for engineers go to the log, never over the wire."""

from __future__ import annotations

import errno

from inference.catalogue import RequestRefused
from inference.protocol import Failed, FailureCode
from inference.registry.packaged import PackagedModelUnavailable

_ALLOCATION_WORDS = ("can't allocate memory", "cannot allocate memory", "insufficient memory", "failed to allocate")


class RenderFailed(Exception):
    """A render that cannot go on, for a reason that has a name. `retryable`: another try may well succeed."""

    def __init__(self, code: FailureCode, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code: FailureCode = code
        self.message = message
        self.retryable = retryable


def describe_failure(request_id: str, error: BaseException) -> Failed:
    """The event that ends request `request_id`. Unforeseen errors become `engine_error` without their text."""
    if isinstance(error, RenderFailed):
        return Failed(id=request_id, code=error.code, message=error.message, retryable=error.retryable)
    if isinstance(error, RequestRefused):
        return Failed(id=request_id, code="bad_request", message=error.message, retryable=False)
    if isinstance(error, PackagedModelUnavailable):
        return Failed(id=request_id, code="model_unavailable", message=str(error), retryable=False)
    if is_out_of_memory(error):
        message = "this machine has too little memory for this render: try a smaller size or a shorter clip"
        return Failed(id=request_id, code="out_of_memory", message=message, retryable=True)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        message = "the engine has no room left on its disk"
        return Failed(id=request_id, code="engine_error", message=message, retryable=True)
    message = "the engine met an error that it did not expect; its log has the details"
    return Failed(id=request_id, code="engine_error", message=message, retryable=True)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether Python, torch, OpenCV or ONNX Runtime could not get memory; each says it in a way of its own."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    words = str(error).lower()
    return any(phrase in words for phrase in _ALLOCATION_WORDS)
