"""Device-seconds: how long this process's devices were at work, and for which model."""

from __future__ import annotations

import time
from collections.abc import Callable

from studio.observability.metrics import DEVICE_SECONDS, DEVICES


class DeviceClock:
    """Shares what passes among the renders that run. Of one event loop.

    Renders that overlap on one engine (the next is denoised while one is decoded) share its devices, so that never more
    device-seconds are counted than there were. It is read at every event of a render: a step late at most.
    """

    def __init__(self, count: Callable[[str, float], None], now: Callable[[], float] = time.monotonic) -> None:
        self._count, self._now = count, now
        self._engines, self._devices_each = 1, 1
        self._models: dict[str, str] = {}  # of the renders that run
        self._read_at = now()

    def have(self, engines: int, devices_each: int) -> None:
        """So many engines there are, each with so many devices."""
        self._engines, self._devices_each = engines, devices_each
        DEVICES.set(engines * devices_each)

    def begin(self, render_id: str, model: str) -> None:
        """An engine has taken up a render."""
        self.read()
        self._models[render_id] = model

    def end(self, render_id: str) -> None:
        """It is over, or never began."""
        self.read()
        self._models.pop(render_id, None)

    def read(self) -> None:
        """Count what has passed since it was read last."""
        now = self._now()
        passed_s, self._read_at = now - self._read_at, now
        if not self._models:
            return
        busy = min(len(self._models), self._engines) * self._devices_each
        for model in self._models.values():
            self._count(model, passed_s * busy / len(self._models))


# An engine's devices are this process's, and so is their clock.
DEVICE_CLOCK = DeviceClock(lambda model, seconds: DEVICE_SECONDS.labels(model).inc(seconds))
