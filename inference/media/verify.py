"""What the mark inside a clip says, and whether the clip still is what was signed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from c2pa import C2paError, Context, Reader, Settings

from inference.media.provenance import RECEIPT_ASSERTION

State = Literal["valid", "invalid", "unsigned"]
# Offline, and against no trust list: this says whether the clip was changed, never that its signer is to be believed.
_SETTINGS = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}


@dataclass(frozen=True)
class ProvenanceReport:
    """`state` is valid when not a byte under the signature changed. `trusted` is about the signer, and apart from it.

    `problems` are C2PA status codes; None elsewhere means that the clip does not say.
    """

    path: str
    state: State
    trusted: bool
    words: str
    file_sha256: str
    signer: str | None = None
    claim_generator: str | None = None
    digital_source_type: str | None = None
    model: str | None = None
    receipt_sha256: str | None = None
    media_sha256: str | None = None
    problems: tuple[str, ...] = ()


def verify_clip(path: Path) -> ProvenanceReport:
    """Check the mark inside `path`. Raises OSError when the file cannot be read."""
    file_sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    try:
        with (
            Context(Settings.from_dict(_SETTINGS)) as context,
            path.open("rb") as stream,
            Reader("video/mp4", stream, context=context) as reader,
        ):
            return _judge(path, file_sha256, json.loads(reader.json()))
    except C2paError.ManifestNotFound:
        words = (
            "this file carries no mark: it was never signed, or a program removed the mark when it re-wrote the file"
        )
        return ProvenanceReport(str(path), "unsigned", False, words, file_sha256)
    except (C2paError, KeyError, TypeError, AttributeError) as error:  # a manifest may hold anything in any place
        words = f"the mark in this file cannot be read: {error}"
        return ProvenanceReport(str(path), "invalid", False, words, file_sha256, problems=("unreadable",))


def _judge(path: Path, file_sha256: str, story: dict[str, Any]) -> ProvenanceReport:
    manifest = story["manifests"][story["active_manifest"]]
    assertions = {assertion["label"]: assertion["data"] for assertion in manifest["assertions"]}
    receipt = assertions.get(RECEIPT_ASSERTION, {})
    signer = manifest.get("signature_info", {})
    problems = tuple(sorted({status["code"] for status in story.get("validation_status", ())}))
    state: State = "valid" if story["validation_state"] in ("Valid", "Trusted") else "invalid"
    return ProvenanceReport(
        path=str(path),
        state=state,
        trusted=story["validation_state"] == "Trusted",
        words=_WORDS[state],
        file_sha256=file_sha256,
        signer=", ".join(signer[field] for field in ("common_name", "issuer") if signer.get(field)) or None,
        claim_generator=_name_generator(manifest),
        digital_source_type=_find_source_type(assertions),
        model=receipt.get("model"),
        receipt_sha256=receipt.get("receipt_sha256"),
        media_sha256=receipt.get("media_sha256"),
        problems=problems,
    )


_WORDS: dict[State, str] = {
    "valid": "nothing changed since the signer below signed it; whether to believe that signer is for you to say",
    "invalid": "this file was changed after it was signed, or its mark is damaged",
    "unsigned": "this file carries no mark",
}


def _name_generator(manifest: dict[str, Any]) -> str | None:
    agents = manifest.get("claim_generator_info") or [{}]
    words = " ".join(str(agents[0][field]) for field in ("name", "version") if agents[0].get(field))
    return words or None


def _find_source_type(assertions: dict[str, Any]) -> str | None:
    for label, data in assertions.items():
        if label.startswith("c2pa.actions"):
            types = [action["digitalSourceType"] for action in data["actions"] if "digitalSourceType" in action]
            return types[0] if types else None
    return None
