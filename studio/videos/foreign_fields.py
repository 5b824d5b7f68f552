"""What clients of other servers of this dialect send: said in our fields where we have them, else refused in words.

vLLM-Omni and SGLang have `image_reference`, a block of `video_params`, and bags of further parameters (`extra_params`,
`extra_body`, `diffusers_kwargs`). A field that is null, empty or false asks for nothing.
"""

from __future__ import annotations

from typing import Any

from studio.http.errors import InvalidRequest
from studio.videos.errors import ModelCannot
from studio.videos.request_body import SentFile, read_json

_PHOTOS = ("image_reference", "reference_url")
_OTHER_NAMES = {"flow_shift": "shift"}
_BAGS = ("video_params", "extra_params", "extra_body", "diffusers_kwargs")
# These change nothing of a video: whom it is for, and where another server draws its noise.
_WITHOUT_EFFECT = frozenset({"user", "generator_device", "response_format"})
_NO_SOUND = "no model here makes sound: leave it out"
_ALL_FRAMES = "every frame is rendered here, none is interpolated: choose `fps` instead"
_CANNOT: dict[str, str] = {
    "boundary_ratio": "where the second expert takes over is part of the model here: leave it out",
    "guidance_scale_2": "there is one guidance for the whole of a video: send `guidance_scale`",
    "true_cfg_scale": "guidance is called `guidance_scale` here",
    "lora": "adapters are not chosen by a request: pull a model that has them and name it in `model`",
    "generate_sound": _NO_SOUND,
    "sound_duration": _NO_SOUND,
    "audio_reference": _NO_SOUND,
    "video_reference": "uploaded footage does not drive a video here: `control` lets a take made here drive another",
    "enable_frame_interpolation": _ALL_FRAMES,
    "frame_interpolation_exp": _ALL_FRAMES,
    "frame_interpolation_scale": _ALL_FRAMES,
    "frame_interpolation_model_path": _ALL_FRAMES,
    "enable_teacache": "`tier` chooses between exact and fast here",
    "output_path": "files are kept by the studio: fetch them at `/v1/videos/{id}/content`",
    "output_compression": "clips have one quality here: leave it out",
    "rollout": "there is no reinforcement learning here: leave it out",
    "rollout_sde_type": "there is no reinforcement learning here: leave it out",
}
_USUAL: dict[str, tuple[object, ...]] = {
    "output_quality": ("default",),
    "quality": ("default", "standard", "auto"),
    "n": (1, "1"),
}


def adopt(sent: dict[str, Any]) -> dict[str, Any]:
    """The same request in our own fields. Raises InvalidRequest, and ModelCannot for what nothing here can do."""
    ours = {name: value for name, value in sent.items() if name not in _BAGS and not _is_empty(value)}
    for bag in _BAGS:
        for name, value in _unpack(bag, sent.get(bag)).items():
            if _is_empty(value):
                continue
            if name in ours and not _is_same(ours[name], value):
                raise InvalidRequest(f"{name} is another in {bag} than beside it", field=f"{bag}.{name}")
            ours[name] = value
    for name in _PHOTOS:
        if name in ours:
            if "input_reference" in ours:
                raise InvalidRequest(f"send a photo as `input_reference` or as `{name}`, not both", field=name)
            ours["input_reference"] = ours.pop(name)
    for name, own in _OTHER_NAMES.items():
        if name in ours:
            if own in ours and not _is_same(ours[own], ours[name]):
                raise InvalidRequest(f"{own} is another than {name}", field=name)
            ours[own] = ours.pop(name)
    for name, why in _CANNOT.items():
        if name in ours and not _is_off(ours[name]):
            raise ModelCannot(f"{name}: {why}", field=name)
    foreign = _WITHOUT_EFFECT | _CANNOT.keys()
    return {name: value for name, value in ours.items() if name not in foreign and not _is_usual(name, value)}


def _unpack(bag: str, sent: object) -> dict[str, Any]:
    if _is_empty(sent):
        return {}
    if isinstance(sent, str):
        try:
            sent = read_json(sent.encode())
        except (ValueError, RecursionError):
            raise InvalidRequest(f"{bag} is not JSON", field=bag) from None
    if not isinstance(sent, dict):
        raise InvalidRequest(f"{bag} must be an object with named fields", field=bag)
    if any(name in _BAGS for name in sent):
        raise InvalidRequest(f"{bag} holds fields, not further bags of them", field=bag)
    return sent


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)


def _is_same(one: object, other: object) -> bool:
    return not isinstance(one, SentFile) and str(one) == str(other)


def _is_off(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.lower() == "false")


def _is_usual(name: str, value: object) -> bool:
    return not isinstance(value, SentFile | dict | list) and value in _USUAL.get(name, ())
