"""The engine: loaded models, and one render at a time on a thread of its own."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import queue
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from inference.catalogue import check_against, get_card
from inference.engine.failures import RenderFailed, describe_failure
from inference.engine.take import AskSinks, Take, Tools
from inference.pipelines.contract import CancelToken, Pipeline, RenderCancelled
from inference.protocol import Cancelled, Failed, Finished, RenderEvent, RenderRequest

log = logging.getLogger(__name__)

_FOLDER_PREFIX = "render-"


class Engine:
    """Renders with the given pipelines (by model name). `scratch_dir` belongs to this engine alone.

    What an earlier engine left in `scratch_dir` is cleared at once. Nothing of one render outlives it: not its files,
    not its memory, not its error.
    """

    def __init__(self, pipelines: Mapping[str, Pipeline], tools: Tools, scratch_dir: Path) -> None:
        self._pipelines = dict(pipelines)
        self._tools = tools
        self._scratch_dir = scratch_dir
        scratch_dir.mkdir(parents=True, exist_ok=True)
        for leftover in scratch_dir.glob(f"{_FOLDER_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        gc.freeze()  # what is loaded stays loaded: collecting after a render need not look at it
        # one lasting thread: torch keeps a pool of helpers for each thread that calls it
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")

    def render(
        self, request_id: str, request: RenderRequest, cancel: CancelToken, ask_sinks: AskSinks
    ) -> Iterator[RenderEvent]:
        """Events of one render, ending with exactly one of Finished, Cancelled and Failed.

        `ask_sinks` is called on the render's thread once the artifacts exist; it may block, and must raise
        RenderCancelled when it waits for a render that was cancelled. Leaving the iterator early cancels the render.
        """
        events: queue.SimpleQueue[RenderEvent] = queue.SimpleQueue()
        rendering = self._thread.submit(self._render, request_id, request, cancel, events, ask_sinks)
        try:
            while True:
                event = events.get()
                yield event
                if isinstance(event, Finished | Cancelled | Failed):
                    return
        finally:
            cancel.cancel()
            rendering.result()

    def close(self) -> None:
        """Wait for the render that runs, and accept no more."""
        self._thread.shutdown()
        self._tools.aside.shutdown()

    def _render(
        self,
        request_id: str,
        request: RenderRequest,
        cancel: CancelToken,
        events: queue.SimpleQueue[RenderEvent],
        ask_sinks: AskSinks,
    ) -> None:
        """Never raises: whatever happens becomes the last event, and then the memory is given back."""
        try:
            last = self._make_take(request_id, request, cancel, events, ask_sinks)
        except RenderCancelled:
            last = Cancelled(id=request_id)
        except RenderFailed as error:
            log.warning("render refused", extra={"render": request_id, "code": error.code, "words": error.message})
            last = describe_failure(request_id, error)
        except BaseException as error:
            log.exception("render broke", extra={"render": request_id})
            last = describe_failure(request_id, error)
        events.put(last)
        give_memory_back()

    def _make_take(
        self,
        request_id: str,
        request: RenderRequest,
        cancel: CancelToken,
        events: queue.SimpleQueue[RenderEvent],
        ask_sinks: AskSinks,
    ) -> RenderEvent:
        pipeline = self._pipelines.get(request.model)
        if pipeline is None:
            get_card(request.model)  # a model that does not exist is the request's fault
            raise RenderFailed("model_unavailable", f"this engine has not loaded {request.model}")
        check_against(pipeline.card, request)
        with self._own_folder() as folder:
            take = Take(self._tools, pipeline, request_id, request, cancel, events.put, ask_sinks, folder)
            finished = take.make()
            facts = {"render": request_id, "render_s": finished.render_s, "stage_s": take.stage_s}
            log.info("render finished", extra=facts)
            return finished

    @contextlib.contextmanager
    def _own_folder(self) -> Iterator[Path]:
        folder = Path(tempfile.mkdtemp(dir=self._scratch_dir, prefix=_FOLDER_PREFIX))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def give_memory_back() -> None:
    """Collect cycles, and return freed memory to the device and to the system (glibc keeps its pages otherwise)."""
    gc.collect()
    if torch.accelerator.is_available():
        torch.accelerator.empty_cache()
    with contextlib.suppress(OSError, AttributeError):  # another C library: its allocator decides
        ctypes.CDLL("libc.so.6").malloc_trim(0)
