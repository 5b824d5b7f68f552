"""Which keyframes a request may have: `check()` says it before anything is queued or read."""

from __future__ import annotations

import pytest

from inference.catalogue import MODELS, PULLED, RequestRefused, check
from inference.keyframes import frame_of, latent_of
from inference.protocol import CharacterInput, KeyframeInput, Moment, Reference, RenderRequest, Source

SOURCE = Source(url="asset:ast_1", sha256="0" * 64)


def request_of(*keyframes: KeyframeInput, model: str = "wan-vace-14b", **changes: object) -> RenderRequest:
    fields: dict[str, object] = {
        "model": model, "prompt": "She turns", "seconds": 81 / 16, "fps": 16, "width": 832, "height": 480, "seed": 1,
        "steps": 4, "guidance_scale": 5.0, "tier": "exact", "keyframes": keyframes,
        "characters": (CharacterInput(id="chr_1", name="Ada", references=(Reference(source=SOURCE),)),),
    }  # fmt: skip
    return RenderRequest.model_validate(fields | changes)


def keyframe(at: Moment, width: int = 832, height: int = 480) -> KeyframeInput:
    return KeyframeInput(source=SOURCE, at=at, width=width, height=height)


def refusal(*keyframes: KeyframeInput, **changes: object) -> tuple[str, str, tuple[str, ...]]:
    with pytest.raises(RequestRefused) as refused:
        check(request_of(*keyframes, **changes), MODELS | PULLED)
    return refused.value.field, refused.value.message, refused.value.nearest


def test_first_last_and_moments_between_are_taken_by_the_models_that_can() -> None:
    keyframes = (keyframe("last"), keyframe("first"), keyframe(2.5), keyframe(0.25))
    for model in ("wan-vace-1.3b", "wan-vace-14b", "wan2.2-vace"):
        check(request_of(*keyframes, model=model), MODELS | PULLED)
    asked = request_of(*keyframes)
    assert [frame_of(one.at, asked) for one in asked.keyframes] == [80, 0, 40, 4]


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        ("previs", {"seconds": 2, "fps": 24, "width": 768, "height": 432, "tier": "draft"}),
        ("wan-animate", {"seconds": 77 / 30, "fps": 30, "control": {"kind": "previs"}}),
    ],
)
def test_other_models_say_that_they_take_none_and_which_do(model: str, changes: dict[str, object]) -> None:
    check(request_of(model=model, **changes), MODELS | PULLED)
    words = f"{model} takes no keyframes: leave them out, or render with wan-vace-1.3b, wan-vace-14b, wan2.2-vace"
    assert refusal(keyframe("first"), model=model, **changes) == ("keyframes", words, ())


def test_a_moment_between_frames_is_refused_with_those_around_it() -> None:
    words = "no frame stands at 2.3 s at 16 fps: try 2.25 or 2.3125"
    assert refusal(keyframe(2.3)) == ("keyframes", words, ("2.25", "2.3125"))
    check(request_of(keyframe(0.5625)), MODELS | PULLED)


def test_a_moment_beyond_the_clip_is_refused_with_its_last() -> None:
    check(request_of(keyframe(5)), MODELS | PULLED)
    words = "the keyframe at 5.0625 s lies beyond the clip, whose last frame stands at 5 s"
    assert refusal(keyframe(5.0625)) == ("keyframes", words, ("5",))
    assert refusal(keyframe(3600))[2] == ("5",)


def test_two_keyframes_in_one_latent_frame_are_refused() -> None:
    assert [latent_of(frame, 4) for frame in (0, 1, 4, 5, 8, 9)] == [0, 1, 1, 2, 2, 3]
    assert refusal(keyframe("last"), keyframe(5)) == (
        "keyframes", "two keyframes stand at the last frame: a frame shows one picture", ()
    )  # fmt: skip
    words = "the model sees 4 frames at once, and the keyframes at 0.0625 s and at 0.25 s fall into the same: "
    assert refusal(keyframe(0.0625), keyframe(0.25))[1] == words + "keep 0.25 s between them"
    check(request_of(keyframe(0.25), keyframe(0.3125), keyframe("first")), MODELS | PULLED)


def test_a_picture_of_another_shape_or_too_small_is_refused_and_a_nearly_equal_one_is_not() -> None:
    check(request_of(keyframe("first", 1920, 1080)), MODELS | PULLED)
    check(request_of(keyframe("first", 416, 240)), MODELS | PULLED)
    assert refusal(keyframe(1, 512, 512))[1] == (
        "the keyframe at 1 s is 512x512 px, and the clip of another shape, 832x480: crop the picture, or choose a size"
        " of its shape"
    )
    assert refusal(keyframe("first", 415, 240))[1] == (
        "the keyframe at the first frame is 415x240 px, too small for 832x480: it needs 416x240 at the least"
    )
