"""Identity with motion: a face that acts is still that face, to a photo it was not drawn from.

Every photo of a same-person pair acts one plain sentence for each direction, as the previs directs it; the clip is
scored against the pair's *other* photo. Doing nothing would score best, so the yaw that was really seen is measured
beside it. A template of somebody else must be told apart in the same clips.

Faces that feel are measured beside them: every photo, its own grin taken out, and with each feeling at its strongest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inference.identity.embed import aligned_crop
from inference.identity.enrol import enrol_references
from inference.identity.pack import Faces, default_settings, load_faces
from inference.identity.score import CastFace, ClipScorer
from inference.motion.direction.expression import PROTOTYPES
from inference.motion.direction.expression_words import STRONG
from inference.motion.parameters import FPS, NAMES
from inference.protocol import CharacterIdentity
from inference.registry.face_pack import ensure_face_pack
from inference.registry.packaged import default_cache_dir
from tests.bench.outcome import Outcome, Report
from tests.bench.previs_court import read_sentences
from tests.bench.previs_expression import draw
from tests.bench.previs_model import DirectedModel
from tests.bench.previs_scene import Rgb, scene_of
from tests.photos import SAME_PERSON, photo

Embedding = npt.NDArray[np.float32]

SIZE = (512, 288)
SECONDS = 3.0
EVERY = 2  # of the frames are scored
FELT_SIZE = (768, 432)
STRANGER_EVERY = 3  # of those: 12 frames are enough to say no
TURNS = ("turn_left", "turn_right")


@dataclass(frozen=True)
class Acted:
    """One clip: what was asked, of whom, and what the scorer says against the other photo and against a stranger."""

    asked: str
    drawn: str
    frozen: float
    kept: CharacterIdentity
    stranger: CharacterIdentity

    @property
    def lost(self) -> float:
        """How much less than the frozen photo the acted face is alike."""
        return self.frozen - (self.kept.score or 0.0)

    @property
    def yaw_range_deg(self) -> float:
        seen = self.kept.yaw_range_deg
        return seen[1] - seen[0] if seen else 0.0


def run(report: Report) -> Outcome:
    """`scripts/bench previs_identity`."""
    outcome = Outcome()
    cache_dir = default_cache_dir()
    faces = load_faces(default_settings(ensure_face_pack(cache_dir), threads=2))
    clips = list(act_pairs(faces, cache_dir, report))
    scores = [clip.kept.score or 0.0 for clip in clips]
    turned = [clip.yaw_range_deg for clip in clips if clip.asked in TURNS]
    outcome.note("clips", len(clips))
    outcome.note("frozen", {clip.drawn: round(clip.frozen, 3) for clip in clips})
    outcome.note("score_mean", round(float(np.mean(scores)), 3))
    outcome.note("score_by_direction", _by_direction(clips))
    lost = sorted(clips, key=lambda clip: -clip.lost)
    outcome.note("lost_by_photo", _lost_by_photo(clips))
    outcome.note("lost_most_in", {f"{clip.drawn} {clip.asked}": round(clip.lost, 3) for clip in lost[:8]})
    outcome.note("stranger_score_highest", round(max(clip.stranger.score or 0.0 for clip in clips), 3))
    outcome.check("yaw_range_least_deg", round(min(turned), 1), ">=", 20.0)
    outcome.check("score_least", round(min(scores), 3), ">=", 0.5)
    outcome.check("lost_most", round(lost[0].lost, 3), "<=", 0.05)
    outcome.check("kept_verdicts_passed", sum(clip.kept.verdict == "pass" for clip in clips), "==", len(clips))
    outcome.check("stranger_verdicts_failed", sum(clip.stranger.verdict == "fail" for clip in clips), "==", len(clips))
    feel(outcome, faces, report)
    return outcome


def feel(outcome: Outcome, faces: Faces, report: Report) -> None:
    """What feelings cost, against the frozen photo, by who feels and by what is felt; None is a calm face."""
    lost: dict[tuple[str, str], float] = {}
    for drawn, other in [pair for one, two in SAME_PERSON for pair in ((one, two), (two, one))]:
        report(f"identity: {drawn} feels")
        scene, mine = scene_of(photo(drawn), FELT_SIZE), template_of(faces, photo(other))
        frozen = _alike(faces, scene.draw(np.zeros(len(NAMES), np.float32)), mine)
        for emotion in (None, *PROTOTYPES):
            lost[drawn, emotion or "calm"] = frozen - _alike(faces, draw(scene, emotion, STRONG), mine)
    felt = dict.fromkeys(emotion for _, emotion in lost)
    outcome.note("felt_lost_by_photo", {who: _mean_of(lost, who) for who in dict.fromkeys(who for who, _ in lost)})
    outcome.note("felt_lost_by_feeling", {emotion: _mean_of(lost, emotion) for emotion in felt})
    outcome.note("felt_lost_most", {f"{who} {what}": round(lost[who, what], 3) for who, what in _worst(lost)})
    outcome.check("felt_lost_mean", round(float(np.mean(list(lost.values()))), 3), "<=", 0.05)


def _mean_of(lost: dict[tuple[str, str], float], which: str) -> float:
    return round(float(np.mean([value for key, value in lost.items() if which in key])), 3)


def _worst(lost: dict[tuple[str, str], float]) -> list[tuple[str, str]]:
    return sorted(lost, key=lambda key: -lost[key])[:5]


def _alike(faces: Faces, frame: Rgb, template_unit: Embedding) -> float:
    (face,) = faces.detect(frame, most=1)
    return float(faces.embed_crop(aligned_crop(frame, face, faces.crop_px)) @ template_unit)


def act_pairs(faces: Faces, cache_dir: Path, report: Report) -> Iterator[Acted]:
    """Every photo of every pair, every direction."""
    sentences = [sentence for sentence in read_sentences(each=1) if sentence.second is None]
    pairs = [pair for one, other in SAME_PERSON for pair in ((one, other), (other, one))]
    for drawn, other in pairs:
        report(f"identity: {drawn}")
        scene, model = scene_of(photo(drawn), SIZE), DirectedModel(cache_dir, photo(drawn), SIZE, "cu")
        mine, theirs = template_of(faces, photo(other)), template_of(faces, photo(_somebody_else(drawn)))
        frozen = float(template_of(faces, photo(drawn)) @ mine)
        for i, sentence in enumerate(sentences):
            track_FP = model.act(sentence.text, SECONDS, seed=500 + i)
            frames = [scene.draw(params_P) for params_P in track_FP[::EVERY]]
            kept, stranger = score(faces, frames, mine), score(faces, frames[::STRANGER_EVERY], theirs)
            yield Acted(sentence.first, drawn, frozen, kept, stranger)


def _somebody_else(name: str) -> str:
    return next(one for one, other in SAME_PERSON if name not in (one, other))


def template_of(faces: Faces, rgb: Rgb) -> Embedding:
    """Raises ValueError when the photo cannot be enrolled."""
    template = enrol_references(faces, [("0" * 64, rgb, None)]).template
    if template is None:
        raise ValueError("the photo cannot be enrolled")
    return np.array(template.embedding_unit, np.float32)


def score(faces: Faces, frames: list[Rgb], template_unit: Embedding) -> CharacterIdentity:
    """The report on a clip of one character."""
    cast = CastFace("c", "character", "always", template_unit, faces.settings.threshold, "other_photos")
    scorer = ClipScorer(faces, [cast], FPS / EVERY)
    for frame in frames:
        scorer.add(frame)
    return scorer.report()[0]


def _lost_by_photo(clips: list[Acted]) -> dict[str, float]:
    drawn = dict.fromkeys(clip.drawn for clip in clips)
    return {who: round(float(np.mean([clip.lost for clip in clips if clip.drawn == who])), 3) for who in drawn}


def _by_direction(clips: list[Acted]) -> dict[str, float]:
    asked = dict.fromkeys(clip.asked for clip in clips)
    return {a: round(float(np.mean([c.kept.score or 0.0 for c in clips if c.asked == a])), 3) for a in asked}
