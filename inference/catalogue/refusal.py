"""What is said of a request that a model cannot render."""

from __future__ import annotations


class RequestRefused(ValueError):
    """A request that the model cannot render. `field` names what to change; `nearest` lists legal values."""

    def __init__(self, field: str, message: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.nearest = nearest
