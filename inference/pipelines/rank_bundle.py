"""What an engine hands its ranks for a render: a folder with the request and every picture of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from inference.pipelines.contract import CastPhoto, DrivingVideo, Keyframe, Photo, Picture
from inference.pipelines.lora import Adapter
from inference.protocol import Box, RenderRequest

_WORDS, _PICTURES = "request.json", "pictures.safetensors"


@dataclass(frozen=True)
class RankBundle:
    """The arguments of `Pipeline.prepare`, and the folder that the ranks' results go to."""

    folder: Path
    request: RenderRequest
    cast: tuple[CastPhoto, ...]
    plate_rgb: Picture | None
    driving: DrivingVideo | None
    keyframes: tuple[Keyframe, ...] = ()


def write_bundle(bundle: RankBundle) -> None:
    """Into `bundle.folder`, which exists."""
    pictures: dict[str, Picture] = {}
    cast = []
    for i, character in enumerate(bundle.cast):
        photos = []
        for k, photo in enumerate(character.photos):
            pictures[f"photo.{i}.{k}"] = photo.rgb_HWC_uint8
            photos.append({"sha256": photo.sha256, "face": photo.face and photo.face.model_dump()})
        adapter = None
        if character.adapter is not None:
            pictures[f"adapter.{i}"] = np.frombuffer(character.adapter.data, np.uint8)
            adapter = {"sha256": character.adapter.sha256, "scale": character.adapter.scale}
        cast.append({
            "id": character.character_id, "name": character.name, "placement": character.placement, "photos": photos,
            "adapter": adapter,
        })  # fmt: skip
    if bundle.plate_rgb is not None:
        pictures["plate"] = bundle.plate_rgb
    driving = bundle.driving
    if driving is not None:
        pictures |= {"frames": driving.frames_FHWC, "faces": driving.faces_FHWC, "poses": driving.poses_FHWC}
    for i, keyframe in enumerate(bundle.keyframes):
        pictures[f"keyframe.{i}"] = keyframe.rgb_HWC_uint8
    words = {
        "request": bundle.request.model_dump(mode="json"),
        "cast": cast,
        "track_sha256": driving and driving.track_sha256,
        "keyframes": [keyframe.frame for keyframe in bundle.keyframes],
    }
    save_file({name: np.ascontiguousarray(picture) for name, picture in pictures.items()}, bundle.folder / _PICTURES)
    (bundle.folder / _WORDS).write_text(json.dumps(words))


def read_bundle(folder: Path) -> RankBundle:
    """What `write_bundle` wrote."""
    words, pictures = json.loads((folder / _WORDS).read_text()), load_file(folder / _PICTURES)
    cast = []
    for i, one in enumerate(words["cast"]):
        photos = tuple(
            Photo(photo["sha256"], pictures[f"photo.{i}.{k}"], photo["face"] and Box.model_validate(photo["face"]))
            for k, photo in enumerate(one["photos"])
        )
        kept = one["adapter"]
        adapter = kept and Adapter(kept["sha256"], pictures[f"adapter.{i}"].tobytes(), kept["scale"])
        cast.append(CastPhoto(one["id"], one["name"], one["placement"], photos, adapter))
    track = words["track_sha256"]
    driving = track and DrivingVideo(pictures["frames"], pictures["faces"], pictures["poses"], track)
    keyframes = tuple(Keyframe(frame, pictures[f"keyframe.{i}"]) for i, frame in enumerate(words["keyframes"]))
    request = RenderRequest.model_validate(words["request"])
    return RankBundle(folder, request, tuple(cast), pictures.get("plate"), driving, keyframes)
