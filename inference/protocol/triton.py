"""What a client of a Triton server of ours has to know beside the messages."""

from __future__ import annotations

STATUS_MODEL = "status"  # one unary request without inputs, answered with a `ServerStatus`
TRITON_TOKEN_HEADER = "dramatis-token"  # noqa: S105 (its name, not its value)
