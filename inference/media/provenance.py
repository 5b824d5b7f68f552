"""The signed mark inside every clip: who made it, that a model took part, and the hash of its receipt.

Digital source type: `compositeWithTrainedAlgorithmicMedia`. The pixels of the previs come from a real photo (captured
media), and a trained model decides how they move; nothing of the picture is sampled out of a model alone, so
`trainedAlgorithmicMedia` would claim too little of the photo, and `digitalCapture` would hide the model.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from c2pa import Builder, C2paSigningAlg, Context, Settings, Signer
from c2pa.c2pa import C2paSignerInfo

from inference.media.signing_identity import SigningIdentity
from inference.protocol import UsedVoice

RECEIPT_ASSERTION = "org.dramatis.receipt"
DIALOGUE_ASSERTION = "org.dramatis.dialogue"
DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_after_sign": False}}


class ClipSigner:
    """Signs finished clips with this installation's key. Offline: no time-stamping authority is asked."""

    def __init__(self, identity: SigningIdentity, software: str) -> None:
        self._identity = identity
        self._software = software
        self._lock = threading.Lock()

    def sign(
        self,
        source: Path,
        target: Path,
        *,
        receipt_sha256: str,
        media_sha256: str,
        model: str,
        title: str = "Dramatis take",
        dialogue: tuple[UsedVoice, ...] = (),
    ) -> None:
        """Write `source` with the mark to `target`. `media_sha256` is that of `source`; `dialogue`: who is heard."""
        with self._lock:
            manifest = self._describe(receipt_sha256, media_sha256, model, title)
            if dialogue:
                manifest["assertions"] = [*manifest["assertions"], _describe_dialogue(dialogue)]
            self._sign(source, target, manifest)

    def _sign(self, source: Path, target: Path, manifest: dict[str, Any]) -> None:
        info = C2paSignerInfo(
            C2paSigningAlg.ES256, self._identity.chain_pem.encode(), self._identity.key_pem.encode(), None
        )
        with (
            Signer.from_info(info) as signer,
            Context(Settings.from_dict(_SETTINGS)) as context,
            Builder(manifest, context=context) as builder,
            source.open("rb") as unsigned,
            target.open("w+b") as signed,
        ):
            builder.sign(signer, "video/mp4", unsigned, signed)

    def _describe(self, receipt_sha256: str, media_sha256: str, model: str, title: str) -> dict[str, Any]:
        agent = {"name": "Dramatis", "version": self._software}
        made = {
            "action": "c2pa.created",
            "digitalSourceType": DIGITAL_SOURCE_TYPE,
            "softwareAgent": agent,
        }
        receipt = {"receipt_sha256": receipt_sha256, "media_sha256": media_sha256, "model": model}
        return {
            "claim_generator_info": [agent],
            "format": "video/mp4",
            "title": title,
            "assertions": [
                {"label": "c2pa.actions.v2", "data": {"actions": [made]}},
                {"label": RECEIPT_ASSERTION, "data": receipt},
            ],
        }


def _describe_dialogue(dialogue: tuple[UsedVoice, ...]) -> dict[str, Any]:
    """Whose voice says each line: a synthesised one with its licence, or a recording by its hash."""
    lines = [one.model_dump(mode="json", exclude={"line_id"}, exclude_none=True) for one in dialogue]
    return {"label": DIALOGUE_ASSERTION, "data": {"lines": lines}}
