"""Which engines render for this process: child processes of its own, or those behind Triton servers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from studio.config import Settings
from studio.engines.child import ChildSpec
from studio.engines.contract import PromptReader, RenderEngine
from studio.engines.pool import RenderPool
from studio.engines.process import ProcessRenderEngine
from studio.engines.triton import TritonRenderEngine
from studio.engines.triton_endpoint import TritonAccess

RENDER_PATIENCE_S = 90.0  # of silence; a render says something at every step


LocalRenderer = ProcessRenderEngine | TritonRenderEngine


@dataclass(frozen=True)
class RenderEngines:
    """each: to be started, closed and asked whether it is ready. together: gives every render to one with room."""

    each: tuple[LocalRenderer, ...]
    together: RenderEngine

    @property
    def prompt_reader(self) -> PromptReader:
        """Says what a prompt asks in vain."""
        return self.each[0]

    async def served(self) -> frozenset[str]:
        """Models that Triton servers were seen to serve; none where nobody has answered, or where there are none."""
        first = self.each[0]
        return await first.models() if isinstance(first, TritonRenderEngine) else frozenset()

    def can_begin(self, model: str) -> bool:
        """Whether a take of this model can be begun now, as far as is known: a child starts when it is asked."""
        first = self.each[0]
        return first.serves(model) if isinstance(first, TritonRenderEngine) else True

    @property
    def groups(self) -> int | None:
        """Device groups of Triton servers that are up; None where children render."""
        first = self.each[0]
        return first.slots if isinstance(first, TritonRenderEngine) else None

    def call_on_change(self, changed: Callable[[], None]) -> None:
        """Call it when servers were seen to come, go or change."""
        first = self.each[0]
        if isinstance(first, TritonRenderEngine):
            first.on_change = changed

    @property
    def child(self) -> ProcessRenderEngine | None:
        """One that is a child of this process, None where none is."""
        return self.each[0] if isinstance(self.each[0], ProcessRenderEngine) else None


def make_render_engines(settings: Settings, specs: Sequence[ChildSpec], software: str) -> RenderEngines:
    """`specs`: of the child processes, which are as many as may render at a time. Where Triton servers are set there
    are none: they render as many as they have device groups.
    """
    if settings.triton_urls:
        triton = TritonRenderEngine(settings.triton_urls, RENDER_PATIENCE_S, triton_access(settings))
        return RenderEngines((triton,), triton)
    children = tuple(
        ProcessRenderEngine(spec, software, RENDER_PATIENCE_S, settings.engine_rest_after_s) for spec in specs
    )
    return RenderEngines(children, RenderPool(children))


def triton_access(settings: Settings) -> TritonAccess:
    """How Triton servers are reached."""
    token = settings.triton_token.get_secret_value() if settings.triton_token is not None else None
    return TritonAccess(token, settings.triton_ca, settings.triton_certificate, settings.triton_key)
