"""Why a line cannot be said, or a recording not be used: `refusal` tells which case it is."""

from __future__ import annotations

from studio.assets.recordings import RecordingRefused
from studio.engines.contract import EngineError, SpeechUnusable
from studio.engines.unavailable import unavailable
from studio.http.errors import StudioError


class LineRefused(StudioError):
    """This line cannot be said."""

    status = 422
    code = "line_refused"


def told_of(error: EngineError) -> StudioError:
    """What a client hears of an engine that would not speak or listen."""
    if not isinstance(error, SpeechUnusable):
        return unavailable(error)
    refused = RecordingRefused if error.refusal.startswith("recording_") else LineRefused
    return refused(error.words, refusal=error.refusal)
