"""From folders to an engine with every model that this installation can render."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2

from inference.catalogue import offer_voices, pullable_cards
from inference.engine.faces import FacePackChoice, load_chosen_faces
from inference.engine.failures import RenderFailed
from inference.engine.host_memory_check import HostTooSmall
from inference.engine.identity_scoring import IdentityScoring
from inference.engine.pulled_models import load_pulled
from inference.engine.render import Engine
from inference.engine.sinks import SinkWriter
from inference.engine.sources import SourceReader
from inference.engine.speech_weights import find_speech_folders
from inference.engine.take import Tools
from inference.exact.threads import THREADS, fix_threads
from inference.exact.versions import software_version
from inference.media.provenance import ClipSigner
from inference.media.signing_identity import ensure_signing_identity
from inference.motion.checkpoint import WeightsDamaged
from inference.parallel.mesh import Layout, RanksDoNotFit
from inference.pipelines.contract import Pipeline
from inference.pipelines.device_placement import DevicePlacement
from inference.pipelines.policies.contract import PolicyUnavailable
from inference.pipelines.previs import PrevisPipeline
from inference.pipelines.slate import SlatePipeline
from inference.registry.lock import NotPulled
from inference.registry.machine import find_machine, plan_words
from inference.registry.specs import list_specs
from inference.speech.process import SpeechProcess


def load_engine(
    cache_dir: Path,
    signer_dir: Path,
    scratch_dir: Path,
    files_roots: tuple[Path, ...] = (),
    face_pack: FacePackChoice | None = None,
    layout: Layout | None = None,
    placement: DevicePlacement | None = None,
    serves: tuple[str, ...] | None = None,
) -> Engine:
    """An engine, ready to render. `file://` links are followed below `files_roots` only.

    `layout`: the ranks that share every render of a pulled model; `placement`: how their devices are used; `serves`:
    the large models that are loaded, None: whatever was pulled. Raises
    PackagedModelUnavailable, RankLost, or RenderFailed `model_unavailable` when weights are damaged or the machine
    cannot hold them, or be used so.
    """
    tools = load_tools(cache_dir, signer_dir, files_roots, face_pack)
    try:
        previs = PrevisPipeline(cache_dir)
    except WeightsDamaged as error:
        raise RenderFailed("model_unavailable", str(error)) from error
    machine = find_machine()  # as it is before weights fill it
    try:
        pulled = load_pulled(cache_dir, layout or Layout(), scratch_dir, placement or DevicePlacement(), serves)
    except (RanksDoNotFit, PolicyUnavailable, HostTooSmall, NotPulled) as error:
        raise RenderFailed("model_unavailable", str(error)) from error
    cards, specs = pullable_cards(cache_dir), list_specs(cache_dir)
    plans = {name: plan_words(cards[name], specs[name], machine) for name in pulled if name in cards}
    built_in: dict[str, Pipeline] = {pipeline.card.name: pipeline for pipeline in (previs, SlatePipeline())}
    return Engine({**built_in, **pulled}, replace(tools, previs=previs), scratch_dir, plans)


def load_tools(
    cache_dir: Path, signer_dir: Path, files_roots: tuple[Path, ...], face_pack: FacePackChoice | None = None
) -> Tools:
    """Everything around the models. Raises PackagedModelUnavailable, RenderFailed."""
    offer_voices(cache_dir)
    fix_threads()
    cv2.setNumThreads(THREADS)
    return Tools(
        likeness=IdentityScoring(load_chosen_faces(cache_dir, face_pack)),
        signer=ClipSigner(ensure_signing_identity(signer_dir), software_version()),
        reader=SourceReader(files_roots),
        writer=SinkWriter(files_roots),
        aside=ThreadPoolExecutor(max_workers=1, thread_name_prefix="aside"),
        speech=SpeechProcess(partial(find_speech_folders, cache_dir)),
    )
