"""What `dramatis doctor` asks of the engine's side: what is there, what is missing, and how to get it."""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import inference
from inference.catalogue import known_models, pullable_cards
from inference.registry.installed_weights import list_installed_weights
from inference.registry.machine import find_machine, plan_words
from inference.registry.memory_plan import Machine
from inference.registry.specs import list_specs

_WEIGHTS_FOLDER = Path(inference.__file__).parent / "motion" / "weights"
_NEEDED_MEMORY_GB = 3.0
_NEEDED_DISK_GB = 1.0
_INSTALL = "run scripts/run again, which installs what pyproject.toml names"


@dataclass(frozen=True)
class Fact:
    """One thing that must hold. `remedy` says how to make it hold, and is empty when it does."""

    name: str
    ok: bool
    words: str
    remedy: str = ""


def gather_facts(cache_dir: Path) -> Iterator[Fact]:
    """Facts one by one, the slow ones (importing torch: some seconds) last. Never raises."""
    yield _check_python()
    yield _check_memory()
    yield _check_disk(cache_dir)
    yield from _check_holdings(cache_dir)
    yield _check_motion_weights()
    yield _check_opencv()
    yield _check_import("litert", "ai_edge_litert.interpreter", "the face mesh's runtime")
    yield _check_import("onnxruntime", "onnxruntime", "the face pack's runtime")
    yield _check_encoder()
    yield _check_import("c2pa", "c2pa", "the provenance mark")
    yield _check_import("torch", "torch", "the motion model's runtime")
    yield from check_accelerators(find_machine(), cache_dir)


def check_accelerators(machine: Machine, models_dir: Path) -> Iterator[Fact]:
    """What renders here, and for every large model that was pulled whether its own size fits, and how."""
    found = f"{machine.name}: {machine.card_bytes / 1e9:.0f} GB a card"
    yield Fact("accelerator", True, found if machine.cards else "none, and the previs needs none")
    known, specs = known_models(models_dir), list_specs(models_dir)
    for name, card in pullable_cards(models_dir).items():
        if name not in known:
            continue
        fits, plan = plan_words(card, specs[name], machine)
        yield _fact(f"memory: {name}", fits, plan, "render what fits, as it says, or use a machine with more memory")


def _check_python() -> Fact:
    words = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    return _fact("python", sys.version_info[:2] in ((3, 11), (3, 12)), words, "install Python 3.11 or 3.12")


def _check_memory() -> Fact:
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    remedy = f"the engine needs {_NEEDED_MEMORY_GB:.0f} GB of memory: use a larger machine"
    return _fact("memory", gigabytes >= _NEEDED_MEMORY_GB, f"{gigabytes:.1f} GB", remedy)


def _check_disk(cache_dir: Path) -> Fact:
    existing = next(folder for folder in (cache_dir, *cache_dir.parents) if folder.exists())
    gigabytes = shutil.disk_usage(existing).free / 1e9
    remedy = f"make room for {_NEEDED_DISK_GB:.0f} GB below {existing}"
    return _fact("disk", gigabytes >= _NEEDED_DISK_GB, f"{gigabytes:.1f} GB free at {existing}", remedy)


def _check_holdings(cache_dir: Path) -> Iterator[Fact]:
    for holding in list_installed_weights(cache_dir):
        state = holding.state()
        remedy = "dramatis models prepare"
        if state == "damaged":
            remedy = f"remove {holding.folder}, then: {remedy}"
        yield _fact(f"weights: {holding.name}", state == "ready", f"{state} ({holding.purpose})", remedy)


def _check_motion_weights() -> Fact:
    """They travel inside this package, each with its SHA-256 beside it."""
    remedy = "this installation is not whole: install Dramatis again"
    found = sorted(_WEIGHTS_FOLDER.glob("*.safetensors"))
    for path in found:
        recorded = path.with_suffix(".sha256")
        if not recorded.is_file() or recorded.read_text().strip() != hashlib.sha256(path.read_bytes()).hexdigest():
            return Fact("weights: previs", False, f"{path.name} is damaged", remedy)
    words = ", ".join(path.name for path in found) or f"none in {_WEIGHTS_FOLDER}"
    return _fact("weights: previs", bool(found), words, remedy)


def _check_opencv() -> Fact:
    """Two OpenCV packages overwrite each other's files, and the one with windows needs libraries of a desktop."""
    rivals = [name for name in ("opencv-python", "opencv-contrib-python") if _is_installed(name)]
    if rivals:
        remedy = f"pip uninstall {' '.join(rivals)}, then reinstall opencv-python-headless"
        return Fact("opencv", False, f"{', '.join(rivals)} is installed beside the headless build", remedy)
    return _check_import("opencv", "cv2", "the headless build")


def _check_encoder() -> Fact:
    def look_up() -> str:
        from av.codec import Codec

        return f"{Codec('libx264', 'w').long_name}"

    return _attempt("encoder", look_up, _INSTALL)


def _check_import(name: str, module: str, purpose: str) -> Fact:
    def load() -> str:
        loaded = importlib.import_module(module)
        version = getattr(loaded, "__version__", "")
        return f"{module} {version}".strip() + f" ({purpose})"

    return _attempt(name, load, _INSTALL)


def _attempt(name: str, work: Callable[[], str], remedy: str) -> Fact:
    """A broken native library can raise anything at import; whatever it says is the finding."""
    try:
        return Fact(name, True, work())
    except Exception as error:
        return Fact(name, False, f"{type(error).__name__}: {error}", remedy)


def _fact(name: str, ok: bool, words: str, remedy: str) -> Fact:
    return Fact(name, ok, words, "" if ok else remedy)


def _is_installed(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True
