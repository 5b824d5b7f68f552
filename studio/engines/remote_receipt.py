"""The end of a render on a server that promises nothing of ours: an honest receipt, and a face that nobody measured."""

from __future__ import annotations

import hashlib
import json

from inference.protocol import Artifact, CharacterIdentity, Finished, Receipt, RenderRequest, UsedReference
from studio.engines.remote_models import NOT_PROMISED

_UNKNOWN = "0" * 64


def finish_remotely(
    request_id: str,
    request: RenderRequest,
    artifacts: tuple[Artifact, ...],
    *,
    server: str,
    model: str,
    render_s: float,
) -> Finished:
    """`artifacts`: the clip first. `server`: its address; `model`: what it calls the model there."""
    receipt = _receipt(request, artifacts[0].sha256, server, model)
    spelled = json.dumps(
        receipt.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return Finished(
        id=request_id,
        artifacts=artifacts,
        identity=(_unscored(request),),
        receipt=receipt,
        receipt_sha256=hashlib.sha256(spelled.encode()).hexdigest(),
        render_s=render_s,
    )


def _unscored(request: RenderRequest) -> CharacterIdentity:
    shown = request.characters[0]
    return CharacterIdentity(
        character_id=shown.id,
        character_name=shown.name,
        score=None,
        worst_decile=None,
        presence=0.0,
        drift=None,
        yaw_range_deg=None,
        threshold=0.0,
        compared_with="same_photo",
        expected=shown.expected,
        verdict="unscored",
        series=(),
    )


def _receipt(request: RenderRequest, media_sha256: str, server: str, model: str) -> Receipt:
    shown = request.characters[0]
    used = UsedReference(character_id=shown.id, sha256=shown.references[0].source.sha256, used_for=("picture",))
    return Receipt(
        model=request.model,
        model_sha256=hashlib.sha256(f"{server} {model}".encode()).hexdigest(),
        weights={},
        tier=request.tier,
        seed=request.seed,
        steps=request.steps,
        guidance_scale=request.guidance_scale,
        prompt_sha256=hashlib.sha256(request.prompt.encode()).hexdigest(),
        width=request.width,
        height=request.height,
        fps=request.fps,
        frames=request.frames,
        device=f"{model} at {server}",
        threads=0,
        versions={},
        references=(used,),
        notes=(
            "remote: model_sha256 is of the server's address and its model's name, not of weights",
            *NOT_PROMISED,
        ),
        latents_sha256=_UNKNOWN,
        media_sha256=media_sha256,
    )
