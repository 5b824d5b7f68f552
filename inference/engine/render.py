"""The engine: loaded models; one render is denoised at a time, while the one before it is decoded and delivered."""

from __future__ import annotations

import contextlib
import contextvars
import gc
import logging
import queue
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch

from inference.catalogue import check_against, get_card
from inference.engine.denoised_take import DenoisedTake
from inference.engine.failures import RenderFailed, describe_failure
from inference.engine.residency import Plans, describe_residency
from inference.engine.stored_checkpoints import Resumption
from inference.engine.take import AskSinks, Take, Tools
from inference.host_memory import give_freed_memory_back
from inference.pipelines.contract import (
    CancelToken,
    Pipeline,
    PromptReading,
    ReadsPrompts,
    RenderCancelled,
    RenderPreempted,
    TellsReach,
)
from inference.protocol import (
    Cancelled,
    ModelResidency,
    Preempted,
    ReadPrompt,
    RenderEnd,
    RenderEvent,
    RenderRequest,
    Tier,
)

log = logging.getLogger(__name__)

_FOLDER_PREFIX = "render-"


@dataclass
class _Job:
    """One render on its way. `over` is set when nothing of it is left."""

    id: str
    request: RenderRequest
    cancel: CancelToken
    ask_sinks: AskSinks
    folder: Path
    resumption: Resumption
    events: queue.SimpleQueue[RenderEvent] = field(default_factory=queue.SimpleQueue)
    over: threading.Event = field(default_factory=threading.Event)


class Engine:
    """Renders with the given pipelines (by model name). `scratch_dir` belongs to this engine alone.

    What an earlier engine left in `scratch_dir` is cleared at once. Nothing of one render outlives it: not its files,
    not its memory, not its error.
    """

    def __init__(
        self, pipelines: Mapping[str, Pipeline], tools: Tools, scratch_dir: Path, plans: Plans | None = None
    ) -> None:
        self._pipelines, self._plans = dict(pipelines), plans or {}
        self._tools = tools
        self._scratch_dir = scratch_dir
        scratch_dir.mkdir(parents=True, exist_ok=True)
        for leftover in scratch_dir.glob(f"{_FOLDER_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        give_freed_memory_back()  # loading takes 50 MB more than what is loaded
        gc.freeze()  # what is loaded stays loaded: collecting after a render need not look at it
        # lasting threads: torch keeps a pool of helpers for each thread that calls it
        self._thread, self._finishing = (
            ThreadPoolExecutor(1, name, torch.set_num_threads, (torch.get_num_threads(),))
            for name in ("render", "finish")
        )
        self._delivered: tuple[Tier, Future[None]] | None = None  # or still being decoded: the last that was begun
        self._reading = ThreadPoolExecutor(1, "read", torch.set_num_threads, (torch.get_num_threads(),))

    def render(
        self,
        request_id: str,
        request: RenderRequest,
        cancel: CancelToken,
        ask_sinks: AskSinks,
        resumption: Resumption | None = None,
    ) -> Iterator[RenderEvent]:
        """Events of one render, ending with exactly one `RenderEnd`. Its turn comes in order.

        `resumption`: where an earlier attempt stood, and who keeps where this one stands.
        `ask_sinks` is called on the render's thread once the artifacts exist; it may block, and must raise
        RenderCancelled when it waits for a render that was cancelled. Leaving the iterator early cancels the render.
        """
        folder = Path(tempfile.mkdtemp(dir=self._scratch_dir, prefix=_FOLDER_PREFIX))
        job = _Job(request_id, request, cancel, ask_sinks, folder, resumption or Resumption())
        self._thread.submit(contextvars.copy_context().run, self._begin, job)
        return self._tell(job)

    def read_prompt(self, asked: ReadPrompt) -> Future[PromptReading]:
        """What a render would note about the words of this prompt, and understand, found beside the render that runs.

        Nothing where the model cannot tell beforehand, or is not loaded.
        """
        return self._reading.submit(self._read_prompt, asked)

    def residency(self) -> tuple[ModelResidency, ...]:
        """What of the models is where, as of now. Any thread may ask."""
        return describe_residency(self._pipelines, self._plans)

    def _read_prompt(self, asked: ReadPrompt) -> PromptReading:
        pipeline = self._pipelines.get(asked.model)
        if pipeline is None or not isinstance(pipeline, ReadsPrompts):
            return PromptReading()
        reading = pipeline.read_prompt(asked.prompt, asked.names, asked.framing, asked.seconds)
        if not isinstance(pipeline, TellsReach) or not asked.turned:
            return reading
        return replace(reading, notes=(*reading.notes, *pipeline.tell_reach(asked.prompt, asked.names, asked.turned)))

    def close(self) -> None:
        """Wait for the renders that run, and accept no more."""
        self._thread.shutdown()
        self._reading.shutdown()
        self._finishing.shutdown()
        self._tools.aside.shutdown()
        if self._tools.speech is not None:
            self._tools.speech.close()

    @staticmethod
    def _tell(job: _Job) -> Iterator[RenderEvent]:
        try:
            while True:
                event = job.events.get()
                yield event
                if isinstance(event, RenderEnd):
                    return
        finally:
            job.cancel.cancel()
            job.over.wait()

    def _begin(self, job: _Job) -> None:
        """Never raises. Up to the latents here; what follows need not keep the next render waiting."""
        with self._ending(job):
            take = self._make_take(job)
            self._let_other_tiers_end(job.request.tier)
            denoised = take.begin()
            if take.pipeline.overlaps:
                finish = partial(contextvars.copy_context().run, self._finish, job, take, denoised)
                self._delivered = job.request.tier, self._finishing.submit(finish)
            else:
                self._finish(job, take, denoised)

    def _let_other_tiers_end(self, tier: Tier) -> None:
        """Tiers differ in switches that a process has only once: two of them are never at work together."""
        if self._delivered is not None and self._delivered[0] != tier:
            self._delivered[1].result()

    def _finish(self, job: _Job, take: Take, denoised: DenoisedTake) -> None:
        """Never raises."""
        with self._ending(job):
            finished = take.finish(denoised)
            facts = {"render": job.id, "render_s": finished.render_s, "stage_s": take.stage_s}
            log.info("render finished", extra=facts)
            self._end(job, finished)

    @contextlib.contextmanager
    def _ending(self, job: _Job) -> Iterator[None]:
        """Whatever is raised within becomes the job's last event."""
        try:
            yield
        except RenderCancelled:
            self._end(job, Cancelled(id=job.id))
        except RenderPreempted as stopped:
            log.info("render preempted", extra={"render": job.id, "done": stopped.done})
            self._end(job, Preempted(id=job.id, done=stopped.done, total=stopped.total))
        except RenderFailed as error:
            log.warning("render refused", extra={"render": job.id, "code": error.code, "words": error.message})
            self._end(job, describe_failure(job.id, error))
        except BaseException as error:
            log.exception("render broke", extra={"render": job.id})
            self._end(job, describe_failure(job.id, error))

    @staticmethod
    def _end(job: _Job, last: RenderEvent) -> None:
        shutil.rmtree(job.folder, ignore_errors=True)
        job.events.put(last)
        give_memory_back()
        job.over.set()

    def _make_take(self, job: _Job) -> Take:
        pipeline = self._pipelines.get(job.request.model)
        if pipeline is None:
            get_card(job.request.model)  # a model that does not exist is the request's fault
            raise RenderFailed("model_unavailable", f"this engine has not loaded {job.request.model}")
        check_against(pipeline.card, job.request)
        return Take(
            self._tools, pipeline, job.id, job.request, job.cancel, job.events.put, job.ask_sinks, job.folder,
            job.resumption,
        )  # fmt: skip


def give_memory_back() -> None:
    """Collect cycles, and return freed memory to the device and to the system."""
    gc.collect()
    if torch.accelerator.is_available():
        torch.accelerator.empty_cache()
    give_freed_memory_back()
