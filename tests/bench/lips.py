"""Lips: whether they close, rest, open with the vowels, and go with their own sound and no other, on three faces."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.identity.embed import embed
from inference.identity.pack import Faces, default_settings, load_faces
from inference.media.loudness import mix_dialogue
from inference.motion.parameters import FPS, INDEX
from inference.pipelines.contract import CancelToken, CastPhoto, Photo
from inference.pipelines.previs import PrevisPipeline, PrevisShot
from inference.protocol import CharacterInput, Line, Reference, RenderRequest, Source
from inference.registry.face_pack import require_face_pack
from inference.registry.packaged import VOICE_ACTIVITY, default_cache_dir, require
from inference.registry.voice_pack import require_voice_pack
from inference.speech.clip import ClipLine, lay_on_clock
from inference.speech.hearing import Recogniser
from inference.speech.port import RATE, SpeechFolders
from inference.speech.room import SpeechRoom
from inference.timeline import needed_seconds
from tests.bench import lips_measure as measure
from tests.bench.lips_landmarks import Lips
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_scene import Rgb, largest_face, photos, scene_of

SENTENCES: dict[str, list[str]] = json.loads(Path(__file__).with_name("lips_sealed.json").read_text())
VOICES = {"astronaut": "af_heart", "person_b": "bf_emma", "person_a": "am_michael"}
SIZE = (768, 432)
SCORED_EVERY = 6  # frames, for identity
SILENT_EVERY = 5  # sentences are filmed silent too, for identity


def run(report: Report) -> Outcome:
    """`scripts/bench lips`: the sentences that nothing was tuned on (14 of the 20 had been measured once before)."""
    return measure_all(report, SENTENCES["sealed"])


def measure_all(report: Report, sentences: list[str]) -> Outcome:
    watched = {}
    for face in photos():
        report(f"watching {face}")
        watched[face] = watch(face, sentences)
    return tell(watched)


@dataclass(frozen=True)
class Watched:
    """One face's clips, and what they cost: of likeness, for every SILENT_EVERY-th of them, and of time."""

    clips: list[measure.Clip]
    lost: list[float]
    drawing_s: float
    filmed_s: float


def watch(face: str, sentences: list[str]) -> Watched:
    """All sentences said by one face."""
    studio, rgb = Studio(), photos()[face]
    studio.calibrate(rgb)
    clips = [studio.film(face, rgb, text) for text in sentences]
    return Watched(clips, studio.lost, studio.drawing_s, studio.filmed_s)


def tell(watched: Mapping[str, Watched]) -> Outcome:
    """The figures of all faces."""
    outcome = Outcome()
    for face, one in watched.items():
        _tell(outcome, f"{face}_", one.clips)
        outcome.note(f"{face}_identity_lost", round(max(one.lost), 4))
    clips = [clip for one in watched.values() for clip in one.clips]
    _tell(outcome, "", clips)
    told = [
        measure.agreement(clip, clip) > measure.agreement(clip, other)
        for one in watched.values()
        for clip in one.clips
        for other in one.clips
        if clip is not other
    ]
    offsets = [measure.offset_ms(clip) for clip in clips]
    lost = [value for one in watched.values() for value in one.lost]
    outcome.check("earliest_offset_ms", round(min(offsets), 1), ">=", -40)
    outcome.check("latest_offset_ms", round(max(offsets), 1), "<=", 20)
    outcome.note("median_offset_ms", round(float(np.median(offsets)), 1))
    outcome.check("wrong_sound_told_apart", round(float(np.mean(told)), 4), ">=", 0.95)
    outcome.check("identity_lost", round(max(lost), 4), "<=", 0.03)
    outcome.note("identity_lost_mean", round(float(np.mean(lost)), 4))
    drawing_s, filmed_s = (sum(getattr(one, name) for one in watched.values()) for name in ("drawing_s", "filmed_s"))
    outcome.note("drawn_s_per_s", round(drawing_s / filmed_s, 3))
    return outcome


def _tell(outcome: Outcome, prefix: str, clips: list[measure.Clip]) -> None:
    closed = [one for clip in clips for one in measure.closures(clip)]
    rests = [one for clip in clips for one in measure.rests(clip)]
    correlations = [measure.vowel_correlation(clip) for clip in clips]
    figures = {
        "lips_closed": (float(np.mean(closed)), 0.95),
        "silent_frames_at_rest": (float(np.mean(rests)), 0.95),
        "opening_with_vowels": (float(np.mean(correlations)), 0.7),
    }
    for name, (value, target) in figures.items():
        if prefix:
            outcome.note(prefix + name, round(value, 4))
        else:
            outcome.check(name, round(value, 4), ">=", target)
    outcome.note(f"{prefix}closures", len(closed))
    outcome.note(f"{prefix}opening_with_vowels_least", round(min(correlations), 3))


class Studio:
    """Films sentences as the product does: the previs's own motion, its renderer, the packaged voices."""

    def __init__(self) -> None:
        cache = default_cache_dir()
        self._previs = PrevisPipeline(cache)
        self._room = SpeechRoom(
            SpeechFolders(require_voice_pack(cache), require(VOICE_ACTIVITY, cache), cache / "said-lines", cache)
        )
        self._recogniser = Recogniser()
        self._faces: Faces = load_faces(default_settings(require_face_pack(cache), 1))
        self._lips = Lips()
        self._rest = 0.0
        self._filmed = 0
        self.lost: list[float] = []
        self.drawing_s, self.filmed_s = 0.0, 0.0

    def calibrate(self, rgb: Rgb) -> None:
        """What the stranger reads of this face with its lips drawn shut, and as it rests where no face is asked for."""
        scene = scene_of(rgb, SIZE)
        self._lips.shut = 0.0
        self._lips.forget()
        rest = self._lips.gap(scene.draw(scene.rest_P))
        shut_P = scene.rest_P.copy()
        shut_P[INDEX["lip_close"]] = 1
        self._lips.shut = self._lips.gap(scene.draw(shut_P))
        self._rest = max(0.0, rest - self._lips.shut)

    def film(self, face: str, rgb: Rgb, text: str) -> measure.Clip:
        line = Line(id="1", character_id="ada", text=text, language=_language(VOICES[face]), voice=VOICES[face])
        said = self._room.say(line, None, lambda: None)
        seconds = np.ceil(needed_seconds((line,), (said.speech.duration_s,)) * FPS) / FPS
        lines = lay_on_clock((line,), (said,), seconds)
        sound = mix_dialogue([(one.start, one.said.speech.samples) for one in lines], round(seconds * RATE))
        request = _request(seconds, abs(hash_of(text)))
        cast = (CastPhoto("ada", "Ada", "centre", (Photo("0" * 64, rgb, largest_face(rgb)),)),)
        silent = self._previs.prepare(request, cast, None, CancelToken())
        latents = self._previs.denoise(silent, lambda *_: None, CancelToken())
        talking = self._draw(self._previs.say(silent, lines), latents)
        if self._filmed % SILENT_EVERY == 0:
            self.lost.append(self._identity_lost(rgb, talking, self._draw(silent, latents)))
        self._filmed += 1
        words = measure.hear(sound, _words(lines), self._recogniser)
        return measure.Clip(self._gaps(talking), self._rest, sound, words)

    def _draw(self, shot: PrevisShot, latents: object) -> list[Rgb]:
        started = time.monotonic()
        frames = list(self._previs.decode(shot, latents, CancelToken()))  # type: ignore[arg-type]
        self.drawing_s += time.monotonic() - started
        self.filmed_s += len(frames) / FPS
        return frames

    def _gaps(self, frames: list[Rgb]) -> measure.Array:
        self._lips.forget()
        return np.array([self._lips.gap(frame) for frame in frames])

    def _identity_lost(self, rgb: Rgb, talking: list[Rgb], quiet: list[Rgb]) -> float:
        """Mean cosine to the photo, of the silent clip less that of the talking one."""
        known = self._embedding(rgb)
        return float(
            np.mean([self._embedding(frame) @ known for frame in quiet[::SCORED_EVERY]])
            - np.mean([self._embedding(frame) @ known for frame in talking[::SCORED_EVERY]])
        )

    def _embedding(self, rgb: Rgb) -> measure.Array:
        found = max(self._faces.detect(rgb, most=1), key=lambda face: face.size_px)
        return np.asarray(embed(self._faces, rgb, found), np.float64)


def _words(lines: tuple[ClipLine, ...]) -> tuple[measure.Word, ...]:
    return tuple(word for line in lines for word in line.words)


def _language(voice: str) -> str:
    return "en-GB" if voice.startswith("b") else "en-US"


def hash_of(text: str) -> int:
    """The same seed for the same sentence."""
    return sum(text.encode()) * 7919


def _request(seconds: float, seed: int) -> RenderRequest:
    reference = Reference(source=Source(url="file:///photo", sha256="0" * 64))
    return RenderRequest(
        model="previs", prompt="she looks into the camera", seconds=float(seconds), fps=FPS, width=SIZE[0],
        height=SIZE[1], seed=seed, steps=20, guidance_scale=2.5, tier="draft",
        characters=(CharacterInput(id="ada", name="Ada", references=(reference,)),),
    )  # fmt: skip
