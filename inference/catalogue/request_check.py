"""The one gate: it refuses what a model cannot do and names the nearest legal values. Nothing is rounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from inference import recipes
from inference.backdrops import BACKDROPS
from inference.catalogue.card import ModelCard
from inference.catalogue.cards import MODELS, PULLED
from inference.catalogue.known import get_card
from inference.catalogue.refusal import RequestRefused
from inference.catalogue.voices import VOICES
from inference.keyframes import find_unfit
from inference.protocol import FRAMINGS, BackdropPlate, CameraChoice, Line, ReferencePlate, RenderRequest


def check(request: RenderRequest, known: Mapping[str, ModelCard] = MODELS) -> None:
    """Raises RequestRefused for the first thing that the model cannot do; returns nothing when it can do it all."""
    check_against(get_card(request.model, known), request)


def check_against(card: ModelCard, request: RenderRequest) -> None:
    """`check` for a model that need not be in the catalogue. Raises RequestRefused."""
    limits = card.limits
    _check_choice("tier", request.tier, card.tiers, card)
    _check_choice("fps", request.fps, limits.fps, card)
    _check_size(request, card)
    _check_duration(request, card)
    _check_range("steps", request.steps, 1, limits.max_steps, card)
    _check_range("guidance_scale", request.guidance_scale, 0.0, limits.max_guidance_scale, card)
    _check_shift(request, card)
    _check_cast(request, card)
    _check_control(request, card)
    _check_direction(request, card)
    _check_plate(request)
    _check_keyframes(request, card)
    _check_dialogue(request, card)


def _check_choice(field: str, value: object, legal: tuple[object, ...], card: ModelCard) -> None:
    if value not in legal:
        words = ", ".join(str(v) for v in legal)
        raise RequestRefused(field, f"{card.name} renders {field} {words}, not {value}", tuple(str(v) for v in legal))


def _check_range(field: str, value: float, low: float, high: float, card: ModelCard) -> None:
    if not low <= value <= high:
        nearest = low if value < low else high
        raise RequestRefused(field, f"{card.name} takes {field} from {low} to {high}, not {value}", (str(nearest),))


def _check_shift(request: RenderRequest, card: ModelCard) -> None:
    if request.shift is None:
        return
    if card.recipe is None:
        raise RequestRefused("shift", f"{card.name} has a noise schedule of its own: leave shift out")
    _check_range("shift", request.shift, *recipes.SHIFTS, card)


def _check_size(request: RenderRequest, card: ModelCard) -> None:
    asked = (request.width, request.height)
    if asked in card.limits.sizes:
        return
    nearest = sorted(card.limits.sizes, key=lambda size: _size_distance(asked, size))[:3]
    words = tuple(f"{w}x{h}" for w, h in nearest)
    message = f"{card.name} cannot render {asked[0]}x{asked[1]}: try {' or '.join(words)}"
    raise RequestRefused("size", message, words)


def _size_distance(asked: tuple[int, int], size: tuple[int, int]) -> tuple[float, float]:
    """Sizes of the same shape first, then by area."""
    shape = abs(asked[0] / asked[1] - size[0] / size[1])
    return round(shape, 1), abs(asked[0] * asked[1] - size[0] * size[1])


def _check_duration(request: RenderRequest, card: ModelCard) -> None:
    limits = card.limits
    _check_range("seconds", request.seconds, limits.min_seconds, limits.max_seconds, card)
    frames = request.seconds * request.fps
    if abs(frames - round(frames)) > 1e-3:  # 13 frames are 0.541667 s, in as many digits as people type
        low, high = int(frames) / request.fps, (int(frames) + 1) / request.fps
        around = (f"{low:.6g}", f"{high:.6g}")
        message = f"{request.seconds} s at {request.fps} fps is {frames:.3f} frames: try {around[0]} or {around[1]}"
        raise RequestRefused("seconds", message, around)
    if limits.max_frames is not None and round(frames) > limits.max_frames:
        most = f"{limits.max_frames / request.fps:.6g}"
        message = f"{card.name} renders at most {limits.max_frames} frames: at {request.fps} fps, {most} s"
        raise RequestRefused("seconds", message, (most,))
    step = limits.frame_step
    if round(frames) % step != 1 % step:
        low = (round(frames) - 1) // step * step + 1
        legal = [count for count in (low, low + step) if count > 0]
        nearest = tuple(f"{count / request.fps:.6g}" for count in legal)
        words = " or ".join(f"{seconds} s ({count} frames)" for seconds, count in zip(nearest, legal, strict=True))
        message = f"{card.name} renders {step}k+1 frames, and {request.seconds} s are {round(frames)}: try {words}"
        raise RequestRefused("seconds", message, nearest)


def _check_cast(request: RenderRequest, card: ModelCard) -> None:
    cast = request.characters
    if not card.continues and any(character.opening is not None for character in cast):
        can = tuple(name for name, other in MODELS.items() if other.continues)
        raise RequestRefused("model", f"{card.name} cannot go on from another clip; {', '.join(can)} can", can)
    if not cast:
        _check_nobody(request, card)
    most = card.limits.max_characters
    if len(cast) > most:
        raise RequestRefused("characters", f"{card.name} puts at most {most} characters in a shot", (str(most),))
    if len({character.id for character in cast}) < len(cast):
        raise RequestRefused("characters", "a character is listed twice in this shot")
    places: list[Literal["left", "centre", "right"]] = [character.placement for character in cast]
    if len(set(places)) < len(places):
        raise RequestRefused("placement", "two characters stand in one place: use left, centre and right once each")
    if not card.adapters and any(character.adapter is not None for character in cast):
        raise RequestRefused("adapter", f"{card.name} has no slots for adapters: leave them out")


def _check_nobody(request: RenderRequest, card: ModelCard) -> None:
    if not card.shows_places:
        can = ", ".join(name for name, other in MODELS.items() if other.shows_places)
        words = f"{card.name} needs somebody in the shot: cast a character, or show the place with {can}"
        raise RequestRefused("characters", words)
    if isinstance(request.plate, ReferencePlate):
        words = "nobody is in this shot, so no photo gives it a place: cast a character, or choose a plate"
        raise RequestRefused("plate", words, tuple(BACKDROPS))


def _check_plate(request: RenderRequest) -> None:
    if isinstance(request.plate, BackdropPlate) and request.plate.name not in BACKDROPS:
        names = tuple(BACKDROPS)
        raise RequestRefused(
            "plate", f"there is no backdrop {request.plate.name!r}; there are: {', '.join(names)}", names
        )


def _check_control(request: RenderRequest, card: ModelCard) -> None:
    if request.control is not None and card.control == "none":
        raise RequestRefused("control", f"{card.name} is driven by its prompt alone: leave control out")
    if request.control is None and card.control == "required":
        raise RequestRefused("control", f"{card.name} needs a previs to drive it: set control", ("previs",))


def _check_direction(request: RenderRequest, card: ModelCard) -> None:
    asked = {"camera": request.camera is not None, "performance": request.performance != 0, "pace": request.pace != 0}
    field = next((name for name, is_asked in asked.items() if is_asked), None)
    if field is not None and not card.directs and request.control is None:
        can = tuple(name for name, other in MODELS.items() if other.directs)
        raise RequestRefused(
            field, f"{card.name} takes it from the prompt's words: let a previs drive it (set control), or say it", can
        )
    camera = request.camera
    if camera is not None:
        _check_range("camera", camera.amount, 0.0, 1.0, card)
    if camera is not None and (camera.starts or camera.ends):
        _check_framings(camera)


def _check_framings(camera: CameraChoice) -> None:
    """Raises RequestRefused for framings that are no way for the move to go."""
    if camera.move not in ("push_in", "pull_out", "zoom_in", "zoom_out"):
        near = ("push_in", "pull_out", "zoom_in", "zoom_out")
        raise RequestRefused(
            "camera", f"{camera.move} keeps the framing: leave starts and ends out, or push or pull", near
        )
    if camera.starts is None or camera.ends is None:
        return
    inwards = FRAMINGS.index(camera.ends) - FRAMINGS.index(camera.starts)
    if inwards == 0:
        raise RequestRefused("camera", f"starts and ends are both {camera.starts}: name two framings", ())
    if (inwards > 0) != camera.move.endswith("_in"):
        right = {"push_in": "pull_out", "pull_out": "push_in", "zoom_in": "zoom_out", "zoom_out": "zoom_in"}[
            camera.move
        ]
        way = f"from {camera.starts} to {camera.ends}"
        raise RequestRefused("camera", f"{camera.move} does not go {way}: {right} does", (right,))


def _check_keyframes(request: RenderRequest, card: ModelCard) -> None:
    if not request.keyframes:
        return
    if not card.keyframes:
        can = ", ".join(name for name, other in PULLED.items() if other.keyframes)
        raise RequestRefused("keyframes", f"{card.name} takes no keyframes: leave them out, or render with {can}")
    unfit = find_unfit(request, card.limits.frame_step)
    if unfit is not None:
        raise RequestRefused("keyframes", unfit.message, unfit.nearest)


def _check_dialogue(request: RenderRequest, card: ModelCard) -> None:
    lines = request.dialogue
    if len({line.id for line in lines}) < len(lines):
        raise RequestRefused("dialogue", "two lines of this shot have one id")
    cast = {character.id for character in request.characters}
    for line in lines:
        if line.character_id is not None and line.character_id not in cast:
            raise RequestRefused("dialogue", f"a line is said by {line.character_id}, who is not in this shot")
        _check_voice(line)
        if line.moves_lips and not card.speaks and request.control is None:
            raise RequestRefused(
                "dialogue",
                f"{card.name} moves no lips by itself: let a previs drive it (set control), or say the line off screen",
            )


def _check_voice(line: Line) -> None:
    if line.voice is None:
        return
    voice = VOICES.get(line.voice)
    if voice is None:
        raise RequestRefused("dialogue", f"there is no voice {line.voice!r}: choose one of the list", tuple(VOICES))
    if voice.language != line.language:
        can = tuple(name for name, other in VOICES.items() if other.language == line.language)
        raise RequestRefused(
            "dialogue",
            f"{voice.title} speaks {voice.language}, and the line is {line.language}: choose another voice",
            can,
        )
