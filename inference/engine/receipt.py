"""The receipt of a take: what was really used, and what came of it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import torch

from inference.engine.denoised_take import DenoisedTake
from inference.exact.fingerprint import hash_file, hash_latents, hash_weights
from inference.exact.promise import promise_of
from inference.exact.versions import installed_versions
from inference.keyframes import frame_of
from inference.pipelines.contract import Directed, Pipeline
from inference.protocol import Receipt, RenderRequest, UsedAdapter, UsedKeyframe, UsedReference


def write_receipt(request: RenderRequest, pipeline: Pipeline, denoised: DenoisedTake, unsigned: Path) -> Receipt:
    """`unsigned`: the clip as it was muxed, before its provenance was signed into it."""
    weights, recipe, computed_on = pipeline.weights, pipeline.card.recipe, pipeline.computed_on(request.tier)
    return Receipt(
        model=request.model,
        model_sha256=hash_weights(weights),
        weights=weights,
        revision=pipeline.revision,
        tier=request.tier,
        promise=promise_of(request.tier, computed_on),
        switched_on=pipeline.switched_on(request.tier),
        seed=request.seed,
        steps=request.steps,
        guidance_scale=request.guidance_scale,
        shift=request.shift or pipeline.card.shift_in(request.tier),
        scheduler=None if recipe is None else recipe.scheduler,
        published=() if recipe is None else recipe.followed_by(request),
        prompt_sha256=_hash_prompts(request),
        width=request.width,
        height=request.height,
        fps=request.fps,
        frames=request.frames,
        device=computed_on.name,
        computed_on=computed_on,
        threads=torch.get_num_threads(),
        versions=installed_versions(),
        references=_list_references(request, denoised.prepared.drawn, denoised.comparison.compared),
        control=denoised.prepared.control,
        keyframes=tuple(
            UsedKeyframe(frame=frame_of(one.at, request), sha256=one.source.sha256) for one in request.keyframes
        ),
        adapters=tuple(
            UsedAdapter(character_id=one.id, sha256=one.adapter.source.sha256, scale=one.adapter.scale)
            for one in request.characters
            if one.adapter is not None
        ),
        looks=denoised.looks,
        direction=denoised.prepared.direction if isinstance(denoised.prepared, Directed) else None,
        dialogue=denoised.dialogue.used if denoised.dialogue else (),
        notes=denoised.notes,
        latents_sha256=hash_latents(denoised.latents),
        media_sha256=hash_file(unsigned),
    )


def _hash_prompts(request: RenderRequest) -> str:
    """SHA-256 of the prompt; with a negative prompt, of both with a zero byte between them."""
    texts = (request.prompt, request.negative_prompt) if request.negative_prompt else (request.prompt,)
    return sha256("\0".join(texts).encode()).hexdigest()


def _list_references(
    request: RenderRequest, drawn: dict[str, tuple[str, ...]], compared: dict[str, frozenset[str]]
) -> tuple[UsedReference, ...]:
    """Every reference that was sent, those used for nothing too: nothing is dropped silently."""
    used = []
    for character in request.characters:
        for reference in character.references:
            photo = reference.source.sha256
            picture: tuple[str, ...] = ("picture",) if photo in drawn.get(character.id, ()) else ()
            identity: tuple[str, ...] = ("identity",) if photo in compared.get(character.id, frozenset()) else ()
            used.append(UsedReference.model_validate({
                "character_id": character.id, "sha256": photo, "used_for": (*picture, *identity)
            }))  # fmt: skip
    return tuple(used)
