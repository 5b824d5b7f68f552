"""What engines have in common that run on a server which is not ours to start or stop."""

from __future__ import annotations

from abc import ABC, abstractmethod

from studio.engines.child import Role
from studio.engines.health_probe import HealthProbe


class RemoteEngine(ABC):
    """A server at `url`, probed now and then."""

    role: Role = "render"

    def __init__(self, url: str, probe_every_s: float) -> None:
        self.url = url
        self._health = HealthProbe(self.probe, probe_every_s)

    @property
    def why_not_ready(self) -> str | None:
        """Words for people, None when the server is up."""
        return self._health.why_not

    def start(self) -> None:
        """Begin to probe."""
        self._health.start()

    async def close(self) -> None:
        """Stop probing."""
        await self._health.close()

    @abstractmethod
    async def probe(self) -> str | None:
        """Words that say why the server cannot render, None when it can."""
