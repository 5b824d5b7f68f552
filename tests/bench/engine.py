"""The engine process as the product meets it: time, memory, cancel, repeatability. Run it on a machine at rest."""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from pathlib import Path
from typing import get_args

from inference.protocol import (
    Cancel,
    Cancelled,
    Failed,
    Finished,
    Reference,
    Render,
    RenderRequest,
    Stage,
    StageName,
)
from tests import photos
from tests.bench.outcome import Outcome, Report
from tests.inference.conversing import PRODUCT, Worker, request_of, save_photo, start_worker

WARM_WITHIN_S = 10.0
COLD_WITHIN_S = 25.0
CANCEL_WITHIN_S = 0.5
PEAK_BELOW_MB = 2500
GROWTH_BELOW_MB = 150
WARM_TURNS = 3
PROMPT = "she turns to the left, smiles and talks while the camera moves in"


def run(report: Report) -> Outcome:
    """About two minutes."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="dramatis-bench-") as folder, start_worker(Path(folder), PRODUCT) as worker:
        began = time.monotonic()
        hello_s, cold = _measure_cold(worker, began)
        outcome.note("ready_s", round(hello_s, 2))
        outcome.check("cold_wall_s", round(time.monotonic() - began, 2), "<=", COLD_WITHIN_S)
        report("warm renders")
        _measure_warm(worker, outcome, cold)
        report("cancels")
        for stage in get_args(StageName):
            outcome.check(f"cancel_{stage}_s", round(_measure_cancel(worker, stage), 3), "<=", CANCEL_WITHIN_S)
        report("the largest clip")
        largest = request_of(
            _photo(worker, "person_b_2"), prompt=PROMPT, seconds=10.0, width=1280, height=720, steps=20
        )
        outcome.note("largest_1280x720_10s_wall_s", _render(worker, "largest", largest).render_s)
        outcome.check("peak_rss_mb", round(worker.peak_rss_mb()), "<=", PEAK_BELOW_MB)
    return outcome


def _measure_cold(worker: Worker, began: float) -> tuple[float, Finished]:
    worker.greet()
    hello_s = time.monotonic() - began
    return hello_s, _render(worker, "cold", _usual_request(worker))


def _measure_warm(worker: Worker, outcome: Outcome, cold: Finished) -> None:
    request = _usual_request(worker)
    _render(worker, "warming", request)
    warm_mb = _settled_rss_mb(worker)
    renders = [_render(worker, f"warm-{turn}", request) for turn in range(WARM_TURNS)]
    outcome.check("warm_wall_s", round(statistics.median(one.render_s for one in renders), 2), "<=", WARM_WITHIN_S)
    for stage, seconds in _stage_seconds(worker, f"warm-{WARM_TURNS - 1}").items():
        outcome.note(f"stage_{stage}_s", round(seconds, 3))
    outcome.check("rss_growth_mb", round(_settled_rss_mb(worker) - warm_mb), "<=", GROWTH_BELOW_MB)
    outcome.note("warm_rss_mb", round(warm_mb))
    media = {one.receipt.media_sha256 for one in (cold, *renders)}
    outcome.check("different_media_for_one_seed", len(media) - 1, "==", 0)
    other = _render(worker, "other-seed", request.model_copy(update={"seed": request.seed + 1}))
    outcome.check("another_seed_is_another_clip", other.receipt.media_sha256 not in media, "==", True)


def _measure_cancel(worker: Worker, stage: StageName) -> float:
    """Seconds from asking at the beginning of `stage` to the answer, on a photo that the engine has not met yet."""
    fresh = photos.photo("person_b_1").copy()
    fresh[: len(stage), 0] = 255 - fresh[: len(stage), 0]  # other bytes: nothing of an earlier turn is remembered
    request = request_of(
        save_photo(worker.folder, fresh, stage), prompt=PROMPT, seconds=3.0, width=1280, height=720, steps=50
    )
    worker.send(Render(id=stage, request=request))
    asked = 0.0
    while not isinstance(event := worker.receive(), Cancelled | Finished | Failed):
        if isinstance(event, Stage) and event.name == stage:
            worker.send(Cancel(id=stage))
            asked = time.monotonic()
    assert isinstance(event, Cancelled), event
    return time.monotonic() - asked


def _usual_request(worker: Worker) -> RenderRequest:
    return request_of(_photo(worker, "person_a_1"), prompt=PROMPT, seconds=5.0, width=768, height=432, steps=20)


def _photo(worker: Worker, name: str) -> Reference:
    return save_photo(worker.folder, photos.photo(name), name)


def _render(worker: Worker, request_id: str, request: RenderRequest) -> Finished:
    last = worker.render(request_id, request)[-1]
    assert isinstance(last, Finished), last
    return last


def _stage_seconds(worker: Worker, request_id: str) -> dict[str, float]:
    """Wall seconds from each stage's beginning to the next one's, as the product sees them."""
    events = [(at, event) for at, event in worker.heard if getattr(event, "id", None) == request_id]
    marks = [(at, event.name) for at, event in events if isinstance(event, Stage)] + [(events[-1][0], "end")]
    return {str(name): after - at for (at, name), (after, _) in itertools.pairwise(marks)}


def _settled_rss_mb(worker: Worker) -> float:
    """Memory is given back just after the last event."""
    time.sleep(0.5)
    return worker.rss_mb()
