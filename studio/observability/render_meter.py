"""What is measured of one render, from what its engine tells."""

from __future__ import annotations

from inference.protocol import Finished, RenderEvent, RenderRequest, StageName, Started, Step
from studio.observability.device_clock import DEVICE_CLOCK, DeviceClock
from studio.observability.metrics import IDENTITY_SCORES, IDENTITY_VERDICTS, RENDER_SECONDS, STEPS


class RenderMeter:
    """Measures one attempt's render until it is closed."""

    def __init__(self, render_id: str, request: RenderRequest, clock: DeviceClock = DEVICE_CLOCK) -> None:
        self._render_id, self._model, self._tier = render_id, request.model, request.tier
        self._clock = clock
        self._done: dict[StageName, int] = {}

    def note(self, event: RenderEvent) -> None:
        """The engine said this."""
        match event:
            case Started():
                self._clock.begin(self._render_id, self._model)
            case Step():
                self._clock.read()
                self._count_steps(event)
            case Finished():
                self._measure(event)
            case _:
                pass

    def close(self) -> None:
        """The render is over, however it ended."""
        self._clock.end(self._render_id)

    def _count_steps(self, step: Step) -> None:
        """A render that goes on from a checkpoint begins in the middle: its first word says where, and counts one."""
        before = self._done.get(step.stage, step.done - 1)
        self._done[step.stage] = step.done
        STEPS.labels(self._model, step.stage).inc(max(0, step.done - before))

    def _measure(self, finished: Finished) -> None:
        RENDER_SECONDS.labels(self._model, self._tier).observe(finished.render_s)
        for character in finished.identity:
            IDENTITY_VERDICTS.labels(self._model, character.verdict).inc()
            if character.score is not None:
                IDENTITY_SCORES.labels(self._model).observe(character.score)
