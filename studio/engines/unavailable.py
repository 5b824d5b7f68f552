"""What a client hears of an engine that did not answer."""

from __future__ import annotations

from studio.engines.contract import EngineDoesNotLoad, EngineError
from studio.http.errors import EngineUnavailable

RETRY_SOON_S, RETRY_LATER_S = 5, 15


def unavailable(error: EngineError) -> EngineUnavailable:
    """In words, and when to ask again."""
    if isinstance(error, EngineDoesNotLoad):
        words = "the engine that looks at photos and speaks lines does not load; whoever runs this server finds in its "
        words += "log why. It is tried again all the time"
        return EngineUnavailable(words, headers={"Retry-After": str(RETRY_LATER_S)})
    return EngineUnavailable("try again in a moment", headers={"Retry-After": str(RETRY_SOON_S)})
