"""The previs: the motion model acts the prompt, the renderer acts it with a real reference photo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from inference.catalogue import PREVIS
from inference.exact.fingerprint import hash_file
from inference.exact.used_device import describe_used_device
from inference.motion import latents as motion_latents
from inference.motion.actor import Actor
from inference.motion.air import Air, read_weather
from inference.motion.articulation import Mouth
from inference.motion.checkpoint import PACKAGED_WEIGHTS, load_weights
from inference.motion.direction.directions import DirectionReader, Directions, direct
from inference.motion.direction.follow_through import follow_through
from inference.motion.direction.framed import Place, find_places
from inference.motion.direction.performance import frames_to_draw
from inference.motion.direction.prompt_words import read_words
from inference.motion.direction.turning import read_turns
from inference.motion.grain import lay_grain
from inference.motion.mesh import UPPER_INNER_LIP
from inference.motion.models import load_face_models
from inference.motion.parameters import FPS, Track
from inference.motion.rig import GAP_OF_JAW, lip_gap
from inference.motion.shot_renderer import PlateSource, Stage
from inference.motion.speaking import Speaker, act_lines, move_mouths
from inference.motion.text import TextEncoder
from inference.pipelines.acting import Acting, ReadText, Script
from inference.pipelines.beyond_reach import note_arcs, note_enlarged, note_turns
from inference.pipelines.character_prompts import Part, write_part
from inference.pipelines.contract import (
    CancelToken,
    CastPhoto,
    DrivingVideo,
    Keyframe,
    OnStep,
    Photo,
    Picture,
    PipelineNote,
    Prepared,
    PromptReading,
)
from inference.pipelines.last_stage import LastStage
from inference.pipelines.previs_cast import Cast, notes_on_grins
from inference.pipelines.previs_notes import SILENT, note_left_aside, note_over_shoulder, without_weather
from inference.pipelines.unsupported_prompt_parts import list_unsupported_parts
from inference.protocol import (
    BackdropPlate,
    ColourPlate,
    Framing,
    Placement,
    ReferencePlate,
    RenderRequest,
    Tier,
    UsedDevice,
    UsedDirection,
)
from inference.protocol.turning import reach_of
from inference.registry.packaged import FACE_MESH, TEXT, require
from inference.speech.clip import ClipLine

_SIDES: dict[Placement, float] = {"left": -1.0, "centre": 0.0, "right": 1.0}
_OF_BREATH = 71  # draws that nothing else of a take depends on
_POSE = ("yaw", "pitch", "roll")  # of the rest, a mouth that is fully open loses nothing by being held there


@dataclass(frozen=True)
class PrevisShot:
    """A shot ready to be denoised and drawn."""

    request: RenderRequest
    character_ids: tuple[str, ...]
    script: Script
    stage: Stage
    directions: Directions
    places: Mapping[Framing, Place]
    notes: tuple[PipelineNote, ...]
    drawn: dict[str, tuple[str, ...]]
    control: None = None
    cast: tuple[Speaker, ...] = ()
    lines: tuple[ClipLine, ...] = ()

    @property
    def is_composed(self) -> bool:
        """Whether people and plate come from several pictures, which one grain is to hold together."""
        return len(self.character_ids) > 1 or not isinstance(self.request.plate, ReferencePlate)

    @property
    def direction(self) -> UsedDirection:
        """What is applied of its directions, for the receipt."""
        return self.directions.named()

    def speak(self, tracks_CFP: Track, fps: int) -> Track:
        """Kept motion of the same shot with the mouths as this shot's lines want them."""
        return move_mouths(tracks_CFP, self.cast, self.lines, fps) if self.lines else tracks_CFP


class PrevisPipeline:
    """Loaded once; one render at a time. `read_text` replaces the packaged text encoder (in measurements only)."""

    def __init__(self, cache_dir: Path, read_text: ReadText | None = None, weights: Path = PACKAGED_WEIGHTS) -> None:
        """Raises PackagedModelUnavailable, WeightsDamaged."""
        model, digest = load_weights(weights)
        text = require(TEXT, cache_dir)
        self.card = PREVIS
        self.revision: str | None = None
        self.overlaps = False
        self.weights = {"previs-motion.safetensors": digest} | {
            f"{packaged.name}/{name}": hash_file(require(packaged, cache_dir) / name)
            for packaged in (TEXT, FACE_MESH)
            for name in packaged.members
            if name.endswith((".safetensors", ".tflite", "tokenizer.json"))
        }
        self._model = model
        reads = read_text or TextEncoder(text)
        self._acting = Acting(reads, model)
        self._directions = DirectionReader(reads)
        self._cast = Cast(load_face_models(cache_dir))
        self._stage = LastStage()

    def prepare(
        self,
        request: RenderRequest,
        cast: tuple[CastPhoto, ...],
        plate_rgb: Picture | None,
        cancel: CancelToken,
        driving: DrivingVideo | None = None,
        keyframes: tuple[Keyframe, ...] = (),
    ) -> PrevisShot:
        """Read the prompt for every character, choose and prepare their photos, set the stage."""
        script, directions, left_aside = self._read_prompt(request, cast)
        who = [character.character_id for character in cast]
        photos = {one.character_id: self._cast.choose(one, directions.faces[one.character_id], cancel) for one in cast}
        actors: list[tuple[Actor, Placement]] = []
        sides: dict[str, tuple[Photo, ...]] = {}
        beyond: list[PipelineNote] = []
        for character, turns in zip(cast, directions.turns, strict=bool(cast)):
            cancel.check()
            fronts = photos[character.character_id]
            sides[character.character_id] = self._cast.choose_sides(character, fronts[0], turns, cancel)
            actor = self._cast.meet(character, fronts, sides[character.character_id])
            actors.append((actor, character.placement))
            beyond += note_turns(character.name, turns, actor.reach)
        cancel.check()
        plate: PlateSource = request.plate if isinstance(request.plate, ColourPlate | BackdropPlate) else plate_rgb
        rest = directions.rest
        places = find_places(
            actors,
            directions.framings,
            rest,
            (request.width, request.height),
            own_plate=plate is None,
        )
        closest = float(np.exp(max(place.nearness for place in places.values())))
        form = (rest, request.width, request.height, closest)
        if cast:
            stage = self._stage.set_up(actors, plate, *form)
        else:
            stage = Stage(actors, plate, *form, Air(read_weather(request.prompt), request.seed))
        cancel.check()
        enlarged = note_enlarged([one.name for one in cast], [closest * stand.scale for stand in stage.stands])
        return PrevisShot(
            request=request,
            character_ids=tuple(character.character_id for character in cast),
            script=script,
            stage=stage,
            directions=directions,
            places=places,
            notes=(
                *left_aside,
                *beyond,
                *notes_on_grins(directions.faces, cast, [actor for actor, _ in actors], photos),
                *enlarged,
                SILENT,
            ),
            drawn={one: tuple(photo.sha256 for photo in (*photos[one], *sides[one])) for one in who},
            cast=tuple(
                Speaker(character.character_id, _SIDES[character.placement], mouth_of(actor))
                for character, (actor, _) in zip(cast, actors, strict=True)
            ),
        )

    def say(self, prepared: Prepared, lines: tuple[ClipLine, ...]) -> PrevisShot:
        """The same shot, in which these lines are said at their moments."""
        return replace(_own(prepared), lines=lines)

    def denoise(self, prepared: Prepared, on_step: OnStep, cancel: CancelToken) -> torch.Tensor:
        """Latents [C, T, D] by the common loop."""
        shot = _own(prepared)
        return self._acting.draw(shot.script, shot.request.steps, shot.request.seed, on_step, cancel)

    def decode(self, prepared: Prepared, latents: torch.Tensor, cancel: CancelToken) -> Iterator[Picture]:
        """Frames in order, each drawn when it is asked for."""
        shot = _own(prepared)
        tracks_CFP, _ = _tracks(shot, latents)
        for frame in range(shot.request.frames):
            cancel.check()
            drawn = shot.stage.draw(tracks_CFP[:, frame], frame / shot.request.fps)
            yield lay_grain(drawn, shot.request.seed, frame) if shot.is_composed else drawn

    def motion(self, prepared: Prepared, latents: torch.Tensor) -> dict[str, Track]:
        """What each character does, as it is drawn."""
        shot = _own(prepared)
        tracks_CFP, _ = _tracks(shot, latents)
        return dict(zip(shot.character_ids, tracks_CFP[: len(shot.character_ids)], strict=True))

    def switched_on(self, tier: Tier) -> tuple[str, ...]:
        """Nothing: there is one way to render this."""
        return ()

    def computed_on(self, tier: Tier) -> UsedDevice:
        """The CPU, with torch's own kernels."""
        return describe_used_device(torch.device("cpu"))

    def remarks(self, prepared: Prepared, latents: torch.Tensor) -> tuple[PipelineNote, ...]:
        """Whether the honest limits of the renderer were reached."""
        _, beyond = _tracks(_own(prepared), latents)
        if not beyond:
            return ()
        channels = ", ".join(name.replace("_", " ") for name in beyond)
        return (PipelineNote("pose_clamped", f"held at the limit of what one photo can show: {channels}"),)

    def read_prompt(
        self, prompt: str, names: tuple[str, ...], framing: Framing = "cu", seconds: float = 5.0
    ) -> PromptReading:
        """What of the prompt's words would be left aside, and how the others would direct a clip, without a render."""
        parts = _parts(prompt, names)
        texts = [part.text for part in parts]
        states, labels_BNL = self._acting.label(texts)
        words = list_unsupported_parts(prompt, parts, states, labels_BNL)
        notes = (*note_left_aside(words if names else without_weather(words)), *note_over_shoulder(prompt))
        prompts = read_words(texts, states, labels_BNL)
        understood = self._directions.understand(prompts, names, framing, seconds)
        return PromptReading((*notes, *note_arcs(prompt, understood.camera)), understood)

    def tell_reach(
        self, prompt: str, names: tuple[str, ...], turned: tuple[tuple[float, ...], ...]
    ) -> tuple[PipelineNote, ...]:
        """Turns that photos which are turned by so many degrees do not show."""
        return tuple(
            note
            for name, part, yaws_deg in zip(names, _parts(prompt, names), turned, strict=True)
            for note in note_turns(name, read_turns(part.text), reach_of(yaws_deg))
        )

    def _read_prompt(
        self, request: RenderRequest, cast: tuple[CastPhoto, ...]
    ) -> tuple[Script, Directions, tuple[PipelineNote, ...]]:
        parts = _parts(request.prompt, tuple(character.name for character in cast))
        texts = [part.text for part in parts]
        script = self._acting.read(
            texts,
            request.negative_prompt,
            request.framing,
            frames_to_draw(request.frames, request.pace),
            request.guidance_scale,
        )
        labels_BNL = script.guided.towards.context.labels_BNL
        directions = self._directions.read(request, read_words(texts, script.states, labels_BNL))
        words = list_unsupported_parts(request.prompt, parts, script.states, labels_BNL)
        left_aside = note_left_aside(words if cast else without_weather(words))
        arcs = () if request.camera is not None else note_arcs(request.prompt, directions.named().camera)
        return script, directions, (*left_aside, *note_over_shoulder(request.prompt), *arcs)


def mouth_of(actor: Actor) -> Mouth:
    """How the mouth of this photo is made."""
    corners = actor.mesh.points_N3[[UPPER_INNER_LIP[0], UPPER_INNER_LIP[-1]], :2]
    of_face = float(np.linalg.norm(corners[1] - corners[0])) / actor.head.width_px
    return Mouth(lip_gap(actor.mesh, actor.head) / of_face, GAP_OF_JAW / of_face)


def _parts(prompt: str, names: tuple[str, ...]) -> tuple[Part, ...]:
    """The prompt as each of the cast reads it; where nobody is cast, as it is: its words still move the camera."""
    if not names:
        return (write_part(prompt, "", ()),)
    return tuple(write_part(prompt, name, names[:i] + names[i + 1 :]) for i, name in enumerate(names))


def _own(prepared: Prepared) -> PrevisShot:
    assert isinstance(prepared, PrevisShot), "prepared by another pipeline"
    return prepared


def _tracks(shot: PrevisShot, latents: torch.Tensor) -> tuple[Track, tuple[str, ...]]:
    """Tracks [C, F, P] within the renderer's limits, one camera for all; and the channels that were held."""
    drawn = shot.directions.drawn_frames
    tracks_CFP = np.stack([motion_latents.decode(latent.numpy(), drawn) for latent in latents])
    tracks_CFP = direct(tracks_CFP, shot.directions, shot.stage.performers, shot.places)
    if shot.lines and shot.cast:
        tracks_CFP = act_lines(tracks_CFP, shot.cast, shot.lines, FPS)
    for place, (track_FP, opening_P) in enumerate(zip(tracks_CFP, shot.directions.openings, strict=bool(shot.cast))):
        follow_through(track_FP, opening_P, np.random.default_rng((shot.request.seed, place, _OF_BREATH)))
    held_CFP, beyond = shot.stage.clamp(tracks_CFP)
    return held_CFP, tuple(name for name in beyond if name in _POSE)
