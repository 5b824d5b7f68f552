"""What to shoot, as words on a command line: cast, consent, prompt, length, size."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from inference.catalogue import RequestRefused, check, get_card, known_models, offer_voices
from inference.protocol import CharacterInput, Placement, PrevisControl, Reference, RenderRequest, Source
from studio.commands.console import USAGE_EXIT, refuse
from studio.commands.direction_options import Direction, DirectionRefused, read_direction
from studio.commands.line_options import LineRefused, SaidLine, read_lines, seconds_for, with_ids
from studio.config import Settings
from studio.examples import DEFAULT_PROMPT, PORTRAIT, ExampleUnavailable, example_path, is_example
from studio.generation.refusals import RequestUnrenderable
from studio.generation.staging import STAGINGS

CONSENT_KINDS = ("own", "permission", "guardian", "invented")
UNDIRECTED = Direction()
UNREAD = "0" * 64  # limits are checked before any photo is read
STATED = "stated on the command line by the person who gave the photos"
REFERENCE_NAME = "Reference"  # the character whom --reference photos show, who has no other name


class ShotRefused(ValueError):
    """The options do not describe a shot; the message says what to type instead."""


@dataclass(frozen=True)
class CastMember:
    """One character: name, photos, and the kind of consent under which they are used."""

    name: str
    photos: tuple[Path, ...]
    consent: str
    evidence: str | None
    placement: Placement


@dataclass(frozen=True)
class Shot:
    """A whole shot with every default filled in."""

    cast: tuple[CastMember, ...]
    prompt: str
    model: str
    seconds: float
    width: int
    height: int
    seed: int
    said: tuple[SaidLine, ...] = ()
    direction: Direction = UNDIRECTED


def plan_shot(
    *,
    references: list[Path],
    characters: list[str],
    consent: str | None,
    prompt: str | None,
    model: str,
    seconds: float | None,
    size: str | None,
    seed: int,
    lines: Sequence[str] = (),
    voices: Sequence[str] = (),
    direction: Direction = UNDIRECTED,
) -> Shot:
    """Fill in the defaults and refuse what cannot be meant. Raises ShotRefused, LineRefused, RequestRefused."""
    models_dir = Settings().models_dir
    offer_voices(models_dir)
    known = known_models(models_dir)
    card = get_card(model, known)
    width, height = parse_size(size) if size else card.default_size
    cast = _cast(references, [_parse_character(words) for words in characters], consent)
    said = read_lines(lines, voices, [member.name for member in cast])
    shot = Shot(
        cast=cast,
        prompt=prompt or (_talking(said) if said else DEFAULT_PROMPT),
        model=model,
        seconds=seconds_for(card, seconds, said),
        width=width,
        height=height,
        seed=seed,
        said=said,
        direction=direction,
    )
    check(request_of(shot, lambda photo: Source(url=photo.absolute().as_uri(), sha256=UNREAD)), known)
    return shot


def request_of(shot: Shot, read: Callable[[Path], Source]) -> RenderRequest:
    """The shot as an engine takes it; `read` says where a photo's bytes can be had."""
    card = get_card(shot.model, known_models(Settings().models_dir))
    tier = card.tiers[0]
    return RenderRequest(
        model=shot.model,
        prompt=shot.prompt,
        negative_prompt=card.negative_prompt_at(card.guidance_in(tier)),
        characters=tuple(
            CharacterInput(
                id=f"cast-{index}",
                name=member.name,
                references=tuple(Reference(source=read(photo)) for photo in member.photos),
                placement=member.placement,
            )
            for index, member in enumerate(shot.cast, start=1)
        ),
        seconds=shot.seconds,
        fps=card.default_fps,
        width=shot.width,
        height=shot.height,
        seed=shot.seed,
        steps=card.steps_in(tier),
        guidance_scale=card.guidance_in(tier),
        shift=card.shift_in(tier),
        tier=tier,
        camera=shot.direction.camera,
        performance=shot.direction.performance,
        pace=shot.direction.pace,
        control=PrevisControl() if card.control == "required" else None,
        dialogue=with_ids(shot.said, {member.name: f"cast-{index}" for index, member in enumerate(shot.cast, start=1)}),
    )


def _talking(said: Sequence[SaidLine]) -> str:
    """`Ada talks. Grace talks.`"""
    names = dict.fromkeys(line.name for line in said if line.name is not None)
    return " ".join(f"{'The person' if name == REFERENCE_NAME else name} talks." for name in names) or DEFAULT_PROMPT


def parse_size(words: str) -> tuple[int, int]:
    """'768x432' → (768, 432), in pixels. Raises ShotRefused."""
    found = re.fullmatch(r"(\d{2,5})[xX](\d{2,5})", words.strip())
    if found is None:
        raise ShotRefused(f"--size is WIDTHxHEIGHT, for instance 768x432, not {words!r}")
    return int(found[1]), int(found[2])


def _parse_character(words: str) -> tuple[str, list[Path]]:
    name, equals, photos = words.partition("=")
    paths = [Path(photo.strip()) for photo in photos.split(",") if photo.strip()]
    if not name.strip() or not equals or not paths:
        raise ShotRefused(f"--character is NAME=PHOTO[,PHOTO], for instance Ada=ada1.jpg,ada2.jpg, not {words!r}")
    return name.strip(), paths


def _cast(
    references: list[Path], characters: list[tuple[str, list[Path]]], consent: str | None
) -> tuple[CastMember, ...]:
    named = ([(REFERENCE_NAME, references)] if references else []) + characters
    if not named:
        named = [(PORTRAIT.name, [example_path()])]
    if len(named) not in STAGINGS:
        raise ShotRefused(f"a shot holds one to {max(STAGINGS)} characters, not {len(named)}")
    if len({name for name, _ in named}) < len(named):
        raise ShotRefused("two characters have the same name")
    places = STAGINGS[len(named)]
    return tuple(_member(name, photos, consent, place) for (name, photos), place in zip(named, places, strict=True))


def _member(name: str, photos: list[Path], consent: str | None, placement: Placement) -> CastMember:
    for photo in photos:
        if not photo.is_file():
            raise ShotRefused(f"there is no photo {photo}")
    if all(is_example(photo) for photo in photos):
        return CastMember(name, tuple(photos), "licensed_example", PORTRAIT.evidence, placement)
    if consent is None:
        raise ShotRefused(
            f"{photos[0]} may show a real person: say under which consent with --consent {'|'.join(CONSENT_KINDS)} "
            "(own: it is you; permission: they agreed; guardian: your child; invented: nobody real)"
        )
    if consent not in CONSENT_KINDS:
        raise ShotRefused(f"--consent is one of {', '.join(CONSENT_KINDS)}, not {consent!r}")
    evidence = STATED if consent == "permission" else None
    return CastMember(name, tuple(photos), consent, evidence, placement)


def shot_from(
    references: list[Path] | None,
    characters: list[str] | None,
    consent: str | None,
    prompt: str | None,
    model: str,
    seconds: float | None,
    size: str | None,
    seed: int,
    lines: list[str] | None = None,
    voices: list[str] | None = None,
    camera: str | None = None,
    performance: float = 0.0,
    pace: float = 0.0,
) -> Shot:
    """`plan_shot` for a command line: a refusal ends the command with its words."""
    try:
        return plan_shot(
            references=references or [],
            characters=characters or [],
            consent=consent,
            prompt=prompt,
            model=model,
            seconds=seconds,
            size=size,
            seed=seed,
            lines=lines or [],
            voices=voices or [],
            direction=read_direction(camera, performance, pace),
        )
    except (
        ShotRefused,
        DirectionRefused,
        LineRefused,
        RequestRefused,
        RequestUnrenderable,
        ExampleUnavailable,
    ) as error:
        raise refuse(str(error), exit_status=USAGE_EXIT) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise refuse(f"{first['loc'][0]}: {first['msg']}", exit_status=USAGE_EXIT) from error
