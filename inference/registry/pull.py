"""Pulling a model's weights: from a hub by its own client, or from a local folder; every byte compared and locked.

Only safetensors, JSON, text and tokenizers are taken: nothing that can run code when it is read. A pull that breaks off
goes on where it stopped; the model is there only once all of it is.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import httpx2
from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from inference.catalogue import LOCK_NAME, Variant, folder_of_model, write_variant
from inference.registry.lock import Lock, LockedFile, hash_git_blob, hash_sha256, write_lock
from inference.registry.specs import ModelSpec

Report = Callable[[str], None]

DEFAULT_ENDPOINT = "https://huggingface.co"
_TAKEN = (".safetensors", ".json", ".txt", ".model", ".md", "LICENSE")
_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".msgpack", ".h5")
_SPARE_BYTES = 1 << 30  # left free on the disk
_PROGRESS_S = 1.0


class PullRefused(RuntimeError):
    """The weights cannot be had, or must not be taken; the message says why and what to do."""


@dataclass(frozen=True)
class RemoteFile:
    """A file as the hub announces it: `sha256` for large ones, `git_sha1` for the others."""

    name: str
    size_bytes: int
    sha256: str | None
    git_sha1: str | None


def pull(spec: ModelSpec, models_dir: Path, report: Report, revision: str | None = None) -> Lock:
    """Fetch `spec` from the hub at HF_ENDPOINT into `models_dir`. Raises PullRefused; what was fetched is kept."""
    endpoint = os.environ.get("HF_ENDPOINT", DEFAULT_ENDPOINT)
    with _explained(spec, endpoint):
        info = HfApi(endpoint=endpoint).model_info(
            spec.repository, revision=revision or spec.revision, files_metadata=True
        )
        files = [
            RemoteFile(one.rfilename, one.size or 0, one.lfs.sha256 if one.lfs else None, one.blob_id)
            for one in info.siblings or []
        ]
        chosen = choose_files(spec, files)
        staging = _stage(models_dir, spec.name)
        _check_room(staging, chosen)
        for number, file in enumerate(chosen, start=1):
            report(f"{number} of {len(chosen)}: {file.name} ({_words(file.size_bytes)})")
            if not _is_announced(staging / file.name, file):
                with _watched(staging, chosen, report):
                    hf_hub_download(spec.repository, file.name, revision=info.sha, local_dir=staging, endpoint=endpoint)
            if not _is_announced(staging / file.name, file):
                (staging / file.name).unlink(missing_ok=True)
                raise PullRefused(
                    f"{file.name} is not the bytes that {endpoint} announces for {spec.repository}: it was thrown "
                    "away. Try again; if it stays so, do not use this source"
                )
        return _settle(spec, models_dir, staging, [file.name for file in chosen], info.sha)


def pull_folder(
    spec: ModelSpec, models_dir: Path, source: Path, report: Report, variant: Variant | None = None
) -> Lock:
    """Copy a folder in diffusers' layout; nobody announces its hashes, so they are as found. Raises PullRefused.

    variant: whose weights these are, where they are a checkpoint of somebody's own.
    """
    if not (source / "model_index.json").is_file():
        raise PullRefused(f"{source} is not a model in diffusers' layout: it has no model_index.json")
    names = [path.relative_to(source).as_posix() for path in sorted(source.rglob("*")) if path.is_file()]
    files = [RemoteFile(name, (source / name).stat().st_size, None, None) for name in names if name != LOCK_NAME]
    chosen = choose_files(spec, files)
    staging = _stage(models_dir, spec.name)
    _check_room(staging, chosen)
    for number, file in enumerate(chosen, start=1):
        report(f"{number} of {len(chosen)}: {file.name} ({_words(file.size_bytes)})")
        (staging / file.name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file.name, staging / file.name)
    if variant is not None:
        write_variant(staging, variant)
    return _settle(spec, models_dir, staging, [file.name for file in chosen], None)


def choose_files(spec: ModelSpec, files: list[RemoteFile]) -> list[RemoteFile]:
    """What may be taken. Raises PullRefused when a part of the model comes as a pickle only, or is not there at all."""
    for file in files:
        path = PurePosixPath(file.name)
        if path.is_absolute() or ".." in path.parts:
            raise PullRefused(f"{spec.repository} has a file that would lie outside its folder: {file.name}")
    taken = [file for file in files if file.name.endswith(_TAKEN) and not file.name.startswith(".")]
    for part in spec.parameters:
        mine = [file.name for file in files if file.name.startswith(f"{part}/")]
        if any(name.endswith(".safetensors") for name in mine):
            continue
        pickled = [name for name in mine if name.endswith(_PICKLED)]
        if pickled:
            raise PullRefused(
                f"{spec.repository} has {part} only as a pickle ({pickled[0]}), which can run code when it is read: "
                "ask its authors for safetensors, or convert it yourself and pull --from that folder"
            )
        raise PullRefused(f"{spec.repository} has no weights for {part}: it is not {spec.name} in diffusers' layout")
    if not any(file.name == "model_index.json" for file in taken):
        raise PullRefused(f"{spec.repository} has no model_index.json: it is not in diffusers' layout")
    return taken


def _stage(models_dir: Path, name: str) -> Path:
    staging = folder_of_model(models_dir, name).with_name(f".{name}.partial")
    staging.mkdir(parents=True, exist_ok=True)
    return staging


def _check_room(staging: Path, files: list[RemoteFile]) -> None:
    missing = sum(file.size_bytes for file in files if not (staging / file.name).is_file())
    missing -= sum(path.stat().st_size for path in staging.rglob("*.incomplete"))
    free = shutil.disk_usage(staging).free - _SPARE_BYTES
    if missing > free:
        raise PullRefused(
            f"{_words(missing)} are still to be fetched and {staging} has room for {_words(max(0, free))}: make room, "
            "or choose another folder (DRAMATIS_CACHE_DIR)"
        )


def _is_announced(path: Path, file: RemoteFile) -> bool:
    if not path.is_file() or path.stat().st_size != file.size_bytes:
        return False
    if file.sha256 is not None:
        return hash_sha256(path) == file.sha256
    return hash_git_blob(path) == file.git_sha1


def _settle(spec: ModelSpec, models_dir: Path, staging: Path, names: list[str], commit: str | None) -> Lock:
    """Lock what was staged, and put it in the place of what was there."""
    files = {name: LockedFile(hash_sha256(staging / name), (staging / name).stat().st_size) for name in names}
    lock = Lock(spec.name, spec.repository, commit, files)
    shutil.rmtree(staging / ".cache", ignore_errors=True)
    write_lock(staging, lock)
    folder = folder_of_model(models_dir, spec.name)
    if folder.exists():
        shutil.rmtree(folder)
    staging.rename(folder)
    return lock


@contextmanager
def _watched(staging: Path, files: list[RemoteFile], report: Report) -> Iterator[None]:
    """Say now and then how much has come, from the size of what lies there."""
    total = sum(file.size_bytes for file in files)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_PROGRESS_S):
            come = sum(path.stat().st_size for path in staging.rglob("*") if path.is_file())
            report(f"{min(100, 100 * come // max(1, total))}% ({_words(come)} of {_words(total)})")

    watcher = threading.Thread(target=watch, name="pull-progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


@contextmanager
def _explained(spec: ModelSpec, endpoint: str) -> Iterator[None]:
    """The hub client's errors in words that say the way out."""
    try:
        yield
    except GatedRepoError as error:
        raise PullRefused(
            f"{spec.repository} asks you to accept its licence: do so at {endpoint}/{spec.repository}, then set "
            "HF_TOKEN"
        ) from error
    except RevisionNotFoundError as error:
        raise PullRefused(
            f"{spec.repository} has no such revision: leave --revision out for {spec.revision}"
        ) from error
    except RepositoryNotFoundError as error:
        raise PullRefused(
            f"{endpoint} has no repository {spec.repository} that you may see: it may have moved or be private (set "
            f"HF_TOKEN); if you have the weights, dramatis models pull {spec.name} --from FOLDER"
        ) from error
    except (httpx2.HTTPError, HfHubHTTPError, LocalEntryNotFoundError) as error:
        raise PullRefused(
            f"{endpoint} cannot be reached or broke off ({type(error).__name__}). What has come is kept: type the same "
            f"again to go on. Without a network, fetch {spec.repository} elsewhere in diffusers' layout and type: "
            f"dramatis models pull {spec.name} --from FOLDER"
        ) from error


def _words(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e8 else f"{size_bytes / 1e6:.1f} MB"
