"""The public API, and nothing else of ours: what the command line, the demo and any content app need of it."""

from __future__ import annotations

from frontend.api_client.client import Refused, StudioClient
from frontend.api_client.events import ServerEvent

__all__ = ["Refused", "ServerEvent", "StudioClient"]
