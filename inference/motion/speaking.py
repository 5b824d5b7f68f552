"""Lines acted: speech owns the mouth of who says a line, from its first sound to its last; the rest of the face joins.

- At a line's edges the mouth passes from the motion model to speech and back over 80 ms; elsewhere in a clip with such
  lines no jaw opens: told that somebody talks, the motion model would have every mouth talk all the time.
- Accented syllables: a nod of a few degrees with its lowest point on the vowel, brows raised on a phrase's strongest
  (Graf, Cosatto, Ström & Huang, "Visual prosody", 2002; Cavé et al., ICSLP 1996; House, Beskow & Granström, 2001).
- Before a phrase the speaker breathes in and the head rises a little; blinks fall between phrases (Hirsch &
  Hadar; Nakano & Kitazawa, Exp. Brain Res. 205 (2010) 577).
- Who listens looks at who speaks, nods at the end of a phrase (Dittmann & Llewellyn, J. Pers. Soc. Psychol. 9 (1968)
  79) and blinks there; who speaks looks at the other about half of the time (Kendon, Acta Psychol. 26 (1967) 22).

Everything follows from the lines: no dice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference.motion.articulation import Articulation, Mouth, articulate, channels_of, follow_loudness
from inference.motion.models import Floats
from inference.motion.parameters import INDEX, Track
from inference.motion.visemes import visemes_of
from inference.speech.clip import ClipLine
from inference.speech.port import RATE, Phoneme, Word

BLEND_S = 0.080
_PHRASE_GAP_S = 0.20
_NOD_DEG, _NOD_S = 3.0, 0.16
_BROWS, _BROWS_S = 0.45, 0.22
_BREATH_DEG, _BREATH_S = 1.2, 0.35
_BLINK_S = 0.10
_ACCENTS_APART_S = 0.55
_LOOK_S = 0.25
_LISTENER_GAZE, _SPEAKER_GAZE = 0.65, 0.35
_LISTENER_TURN_DEG, _SPEAKER_TURN_DEG = 7.0, 3.0
_LISTENER_NOD_DEG = 3.5
_SMILE_OF_ROUND = 0.45  # a smile gives way where lips are rounded


@dataclass(frozen=True)
class Speaker:
    """One of the picture's cast: where it stands, and how its photo's mouth is made. x: -1 left .. 1 right."""

    character_id: str
    x: float
    mouth: Mouth


def act_lines(tracks_CFP: Track, cast: Sequence[Speaker], lines: Sequence[ClipLine], fps: int) -> Track:
    """The cast's tracks with its lines said. Lines of nobody in the picture move nothing."""
    acted_CFP = move_mouths(tracks_CFP, cast, lines, fps)
    for line in lines:
        if not line.line.moves_lips:
            continue
        for place, one in enumerate(cast):
            if one.character_id == line.line.character_id:
                _add_accents(acted_CFP[place], line, fps)
        _turn_to_each_other(acted_CFP, cast, line, fps)
    return acted_CFP


def move_mouths(tracks_CFP: Track, cast: Sequence[Speaker], lines: Sequence[ClipLine], fps: int) -> Track:
    """The tracks with the mouths alone as the lines want them: for motion that has the rest already."""
    acted_CFP = tracks_CFP.copy()
    if any(line.line.moves_lips for line in lines):
        acted_CFP[:, :, INDEX["jaw"]] = 0  # a mouth that talks where nothing is heard is heard to be silent
    for track_FP, one in zip(acted_CFP, cast, strict=True):
        theirs = [line for line in lines if line.line.moves_lips and line.line.character_id == one.character_id]
        closed_F = _closed_at_rest(track_FP, theirs, fps)
        for line in theirs:
            _move_mouth(track_FP, one.mouth, line, closed_F, fps)
    return acted_CFP


def _move_mouth(track_FP: Track, mouth: Mouth, line: ClipLine, closed_F: Floats, fps: int) -> None:
    frames = len(track_FP)
    samples = line.said.speech.samples
    owned_F = _owned(line, frames, fps)
    if not owned_F.any():
        return
    rest_gap = mouth.own_gap * (1 - float(np.median(closed_F[owned_F > 0])))
    articulation: Articulation
    if line.said.lips == "loudness" or not line.words:
        articulation = follow_loudness(samples, line.start, frames, fps, rest_gap)
    else:
        articulation = articulate(line.words, samples, line.start, frames, fps, mouth, rest_gap)
    for name, values_F in channels_of(articulation, mouth).items():
        channel = track_FP[:, INDEX[name]]
        channel += (owned_F * (values_F - channel)).astype(np.float32)
    rounded_F = np.clip(-articulation.wide_F, 0, 1) * owned_F
    track_FP[:, INDEX["smile"]] -= (_SMILE_OF_ROUND * rounded_F * min(1.0, mouth.own_gap / 0.2)).astype(np.float32)


def _closed_at_rest(track_FP: Track, lines: Sequence[ClipLine], fps: int) -> Floats:
    """How far the acting closes the photo's lips, [F]: as it is beside the lines, which may have moved it once."""
    frames = len(track_FP)
    free_F = np.all([_owned(line, frames, fps) == 0 for line in lines], axis=0) if lines else np.ones(frames, bool)
    closed_F = np.clip(track_FP[:, INDEX["lip_close"]], 0, 1)
    if not free_F.any():
        return np.zeros(frames)
    return np.interp(np.arange(frames), np.flatnonzero(free_F), closed_F[free_F])


def _owned(line: ClipLine, frames: int, fps: int) -> Floats:
    """1 while the line is said, over BLEND_S from and to 0 around it."""
    start_s, end_s = line.planned.start / RATE, line.planned.end / RATE
    at_F = (np.arange(frames) + 0.5) / fps
    inside = np.minimum(at_F - (start_s - 1.5 * BLEND_S), end_s + 1.5 * BLEND_S - at_F) / BLEND_S
    return _smooth(inside)


def _add_accents(track_FP: Track, line: ClipLine, fps: int) -> None:
    at_F = (np.arange(len(track_FP)) + 0.5) / fps
    for phrase in _phrases(line.words):
        begin_s, end_s = phrase[0].start / RATE, phrase[-1].end / RATE
        track_FP[:, INDEX["pitch"]] += _bump(at_F, begin_s - 0.5 * _BREATH_S, _BREATH_S) * _BREATH_DEG
        accents = _accents(phrase, line)
        for rank, (sound, strength) in enumerate(accents):
            middle_s = (sound.start + sound.end) / 2 / RATE
            track_FP[:, INDEX["pitch"]] -= _bump(at_F, middle_s, _NOD_S) * _NOD_DEG * strength
            if rank == 0:
                track_FP[:, INDEX["brows"]] += _bump(at_F, middle_s - 0.03, _BROWS_S) * _BROWS * strength
        _blink(track_FP, at_F, end_s + 0.06)


def _accents(phrase: tuple[Word, ...], line: ClipLine) -> list[tuple[Phoneme, float]]:
    """Stressed vowels, the strongest first, no two within a short time: by how loud and long they are."""
    samples = line.said.speech.samples.astype(np.float64)
    found = []
    for word in phrase:
        for sound in word.phonemes:
            if sound.stress == 2 and any(viseme.vowel for viseme in visemes_of(sound.symbol)):
                part = samples[max(0, sound.start - line.start) : max(0, sound.end - line.start)]
                loud = float(np.sqrt((part**2).mean())) if len(part) else 0.0
                found.append((sound, loud * np.sqrt((sound.end - sound.start) / RATE)))
    found.sort(key=lambda one: -one[1])
    chosen: list[tuple[Phoneme, float]] = []
    for sound, weight in found:
        if all(abs(sound.start - other.start) > _ACCENTS_APART_S * RATE for other, _ in chosen):
            chosen.append((sound, weight))
    strongest = max((weight for _, weight in chosen), default=0.0) or 1.0
    return [(sound, 0.5 + 0.5 * weight / strongest) for sound, weight in chosen]


def _turn_to_each_other(tracks_CFP: Track, cast: Sequence[Speaker], line: ClipLine, fps: int) -> None:
    if len(cast) < 2:
        return
    at_F = (np.arange(tracks_CFP.shape[1]) + 0.5) / fps
    start_s, end_s = line.planned.start / RATE, line.planned.end / RATE
    during_F = _smooth(np.minimum(at_F - start_s + _LOOK_S, end_s + _LOOK_S - at_F) / _LOOK_S)
    speaker = next(one for one in cast if one.character_id == line.line.character_id)
    others = [one for one in cast if one is not speaker]
    ends_s = [phrase[-1].end / RATE for phrase in _phrases(line.words)] or [end_s]
    for place, one in enumerate(cast):
        towards = np.sign(speaker.x - one.x) if one is not speaker else np.sign(others[0].x - one.x)
        gaze, turn = (_SPEAKER_GAZE, _SPEAKER_TURN_DEG) if one is speaker else (_LISTENER_GAZE, _LISTENER_TURN_DEG)
        look_F = during_F if one is not speaker else during_F * _bump(at_F, end_s, 0.5 * (end_s - start_s))
        track_FP = tracks_CFP[place]
        track_FP[:, INDEX["gaze_x"]] += (look_F * (gaze * towards - track_FP[:, INDEX["gaze_x"]])).astype(np.float32)
        track_FP[:, INDEX["yaw"]] += (look_F * turn * towards).astype(np.float32)
        if one is not speaker:
            for moment_s in ends_s:
                track_FP[:, INDEX["pitch"]] -= _bump(at_F, moment_s + 0.25, 0.22) * _LISTENER_NOD_DEG
                _blink(track_FP, at_F, moment_s + 0.12)


def _phrases(words: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    phrases: list[tuple[Word, ...]] = []
    for word in words:
        if phrases and word.start - phrases[-1][-1].end < _PHRASE_GAP_S * RATE:
            phrases[-1] = (*phrases[-1], word)
        else:
            phrases.append((word,))
    return phrases


def _blink(track_FP: Track, at_F: Floats, middle_s: float) -> None:
    channel = track_FP[:, INDEX["blink"]]
    np.maximum(channel, _bump(at_F, middle_s, _BLINK_S), out=channel)


def _bump(at_F: Floats, middle_s: float, half_s: float) -> Track:
    """1 at its middle, 0 from half_s away on."""
    away = np.clip(np.abs(at_F - middle_s) / half_s, 0, 1)
    bump: Track = (0.5 + 0.5 * np.cos(np.pi * away)).astype(np.float32)
    return bump


def _smooth(t: Floats) -> Floats:
    t = np.clip(t, 0, 1)
    smooth: Floats = t * t * (3 - 2 * t)
    return smooth
