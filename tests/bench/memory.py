"""Memory: what models need by their own count, and whether an engine that renders again and again gives it back."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import torch

from inference.engine.render import give_memory_back
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.encoder_cache import Encodings
from inference.pipelines.wan_vace import WanVacePipeline
from inference.registry.specs import SPECS
from inference.registry.tiny import build_tiny_wan_vace
from tests.bench.outcome import Outcome, Report
from tests.inference.pipelines.test_lora import adapter_of
from tests.inference.pipelines.tiny import CARD, noise_photo, request_of

RENDERS = 30


def run(report: Report) -> Outcome:
    """`scripts/bench memory`."""
    outcome = Outcome()
    for name, spec in SPECS.items():
        for precision in ("bfloat16", "float32"):
            outcome.note(f"{name}_weights_{precision}_gb", round(spec.weights_bytes(precision) / 1e9, 1))
    vace = WanVacePipeline(CARD, build_tiny_wan_vace(), {})
    for number in range(5):
        _render(vace, number)
    warm_mb = _rss_mb()
    for number in range(RENDERS):
        _render(vace, number)
    report(f"memory: {RENDERS} renders")
    outcome.note("rss_warm_mb", round(warm_mb))
    outcome.check("rss_grown_by_thirty_renders_mb", round(_rss_mb() - warm_mb), "<=", 50)
    outcome.check("adapters_resident", len(vace.slots.loaded), "<=", 4)
    small = Encodings(max_bytes=1 << 20)
    remembered = small.remember("noise", lambda x: x + 1)
    for number in range(64):
        remembered(torch.full((100, 1000), float(number)))
    outcome.check("encodings_kept_mb", round(small.size_bytes / 2**20, 2), "<=", 1.0)
    return outcome


def _render(vace: WanVacePipeline, number: int) -> None:
    """Another character with another adapter each time."""
    cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(number),), adapter_of(number)),)
    request, cancel = request_of(cast, steps=2, seed=number), CancelToken()
    shot = vace.prepare(request, cast, None, cancel)
    list(vace.decode(shot, vace.denoise(shot, lambda *_: None, cancel), cancel))
    gc.collect()
    give_memory_back()


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
