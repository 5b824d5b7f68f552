"""Why a take cannot be rendered as it was asked for."""

from __future__ import annotations

from studio.http.errors import StudioError


class RequestUnrenderable(StudioError):
    """The model cannot render this; `nearest` names legal values."""

    status = 422
    code = "request_refused"
