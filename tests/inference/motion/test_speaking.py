"""Lines acted on a track: lips that meet, a mouth that comes to rest, and faces that turn to who speaks."""

from __future__ import annotations

import numpy as np
import pytest

from inference.motion.articulation import Mouth
from inference.motion.latents import D
from inference.motion.parameters import ACTED, DIRECTED, INDEX, NAMES, SPOKEN, Track
from inference.motion.speaking import Speaker, act_lines, move_mouths
from inference.motion.visemes import VISEMES, visemes_of
from inference.protocol import Line, Source
from inference.speech.clip import ClipLine
from inference.speech.port import RATE, Phoneme, Said, Speech, Word
from tests.inference.speech.music import sung

FPS, FRAMES = 24, 60
SOURCE = Source(url="file:///nowhere.wav", sha256="0" * 64)
SMILING, SHUT = Mouth(own_gap=0.2, gap_of_jaw=0.33), Mouth(own_gap=0.0, gap_of_jaw=0.4)
SOUNDS = (("m", 0.10), ("ɑ", 0.20), ("m", 0.08), ("ɑ", 0.22), ("f", 0.1), ("u", 0.2))


def line(
    start_s: float = 0.5, *, who: str | None = "ada", off_screen: bool = False, lips: str = "phonemes"
) -> ClipLine:
    """`mama foo`, a tone that is loud in its vowels."""
    at, phonemes, sound = 0, [], []
    for symbol, seconds in SOUNDS:
        end = at + round(seconds * RATE)
        phonemes.append(Phoneme(symbol, at, end, 2 if symbol == "ɑ" else 0))
        loud = 0.3 if symbol in "ɑu" else 0.03
        sound.append(loud * np.sin(2 * np.pi * 500 * np.arange(end - at) / RATE))
        at = end
    speech = Speech(np.concatenate(sound).astype(np.float32), (Word("mama", tuple(phonemes)),))
    said = Said(speech, lips, None, {})  # type: ignore[arg-type]
    asked = Line(id="1", character_id=who, text="mama", language="en-US", voice="af_heart", off_screen=off_screen)
    return ClipLine(asked, said, round(start_s * RATE))


def still(count: int = 1) -> Track:
    return np.zeros((count, FRAMES, len(NAMES)), np.float32)


def ada(mouth: Mouth = SHUT) -> Speaker:
    return Speaker("ada", 0.0, mouth)


def frame_of(spoken: ClipLine, place: int) -> int:
    sound = spoken.words[0].phonemes[place]
    return int((sound.start + sound.end) / 2 / RATE * FPS)


@pytest.mark.parametrize("mouth", [SMILING, SHUT])
def test_lips_meet_on_every_m_and_part_on_every_vowel(mouth: Mouth) -> None:
    spoken = line()
    (track_FP,) = act_lines(still(), [ada(mouth)], [spoken], FPS)
    for place in (0, 2):
        frame = frame_of(spoken, place)
        assert track_FP[frame, INDEX["jaw"]] < 0.02
        assert track_FP[frame, INDEX["lip_close"]] > 0.95
    for place in (1, 3):
        assert track_FP[frame_of(spoken, place), INDEX["jaw"]] > 0.1
        assert track_FP[frame_of(spoken, place), INDEX["lip_close"]] == 0
    assert track_FP[frame_of(spoken, 4), INDEX["lower_lip"]] > 0.3, "the lip is under the teeth of an f"
    assert track_FP[frame_of(spoken, 5), INDEX["mouth_wide"]] < -0.3, "an u is round"


def test_before_and_after_the_line_nobody_talks_and_the_rest_is_the_motion_models() -> None:
    acting = still(2)
    acting[..., INDEX["jaw"]] = acting[..., INDEX["smile"]] = 0.37
    bob = Speaker("bob", 1.0, SHUT)
    for track_FP in act_lines(acting, [ada(), bob], [line()], FPS):
        for silent_FP in (track_FP[:8], track_FP[-12:]):
            assert not silent_FP[:, INDEX["jaw"]].any()
            assert silent_FP[:, INDEX["smile"]] == pytest.approx(0.37)
    unheard = act_lines(acting, [ada(), bob], [line(who=None)], FPS)
    assert np.array_equal(unheard, acting), "a narrator leaves their mouths to the motion model"


@pytest.mark.parametrize("closed", [0.0, 0.5, 1.0])
def test_a_grin_that_is_held_closed_is_not_opened_to_begin_or_end_a_line(closed: float) -> None:
    acting = still()
    acting[..., INDEX["lip_close"]] = closed
    spoken = line(1.0)
    (track_FP,) = act_lines(acting, [ada(SMILING)], [spoken], FPS)
    first, last = frame_of(spoken, 0), frame_of(spoken, 5)
    around = np.concatenate([track_FP[: first - 2], track_FP[last + 4 :]])
    assert (around[:, INDEX["lip_close"]] >= closed - 0.1).all(), "it was as open as its photo before"
    assert around[: first - 4, INDEX["jaw"]].max() < 1e-3
    (again_FP,) = move_mouths(track_FP[None], [ada(SMILING)], [spoken], FPS)
    said = slice(first, last)
    assert np.allclose(again_FP[said, INDEX["lip_close"]], track_FP[said, INDEX["lip_close"]], atol=1e-6)


def test_a_jump_at_the_lines_edges_is_no_larger_than_the_blend_allows() -> None:
    acting = still()
    acting[..., INDEX["jaw"]] = 0.5
    spoken = line()
    (track_FP,) = act_lines(acting, [ada()], [spoken], FPS)
    edge = int(spoken.start / RATE * FPS)
    assert np.abs(np.diff(track_FP[edge - 4 : edge, INDEX["jaw"]])).max() < 0.4


@pytest.mark.parametrize("unseen", [line(who=None), line(off_screen=True), line(who="bob")])
def test_who_is_not_seen_speaking_moves_nobodys_lips(unseen: ClipLine) -> None:
    assert np.array_equal(move_mouths(still(), [ada()], [unseen], FPS), still())


def test_without_known_sounds_the_jaw_follows_the_loudness_alone() -> None:
    (track_FP,) = move_mouths(still(), [ada()], [line(lips="loudness")], FPS)
    spoken = line()
    assert track_FP[frame_of(spoken, 1), INDEX["jaw"]] > 0.3
    assert not track_FP[:, [INDEX[name] for name in ("mouth_wide", "upper_lip", "lower_lip", "tongue")]].any()


def test_without_known_sounds_an_a_is_wider_open_than_an_i_that_is_as_loud() -> None:
    both = np.concatenate([sung(vowel, 140.0)[: RATE // 2] for vowel in "ai"])
    said = Said(Speech(both, ()), "loudness", None, {})
    asked = Line(id="1", character_id="ada", text="Aï", language="fr", voice=None, recording=SOURCE)
    (track_FP,) = move_mouths(still(), [ada()], [ClipLine(asked, said, RATE // 2)], FPS)
    jaw_F = track_FP[:, INDEX["jaw"]]
    assert jaw_F[18] > 1.5 * jaw_F[30] > 0.1


def test_who_listens_looks_at_who_speaks() -> None:
    cast = [Speaker("ada", -1.0, SHUT), Speaker("bob", 1.0, SHUT)]
    spoken = line()
    ada_FP, bob_FP = act_lines(still(2), cast, [spoken], FPS)
    frame = frame_of(spoken, 3)
    assert bob_FP[frame, INDEX["gaze_x"]] < -0.5
    assert bob_FP[frame, INDEX["yaw"]] < -5
    assert ada_FP[:, INDEX["gaze_x"]].max() > 0.2
    assert bob_FP[:, INDEX["blink"]].max() > 0.9
    assert not bob_FP[:, INDEX["jaw"]].any()
    assert not bob_FP[-4:, INDEX["gaze_x"]].any(), "afterwards it is free again"


def test_accents_nod_and_raise_the_brows_and_the_same_line_moves_the_same() -> None:
    one, two = (act_lines(still(), [ada()], [line()], FPS) for _ in range(2))
    assert np.array_equal(one, two)
    assert one[0, :, INDEX["pitch"]].min() < -1
    assert one[0, :, INDEX["brows"]].max() > 0.2


def test_every_sound_of_the_voices_has_its_viseme() -> None:
    for symbol in (
        "eɪ",
        "aɪ",
        "oʊ",
        "ɔɪ",
        "aʊ",
        "tʃ",
        "dʒ",
        "ɾ",
        "iː",
        "tɕʰ",
        "tɕ",
        "tʂ",
        "ʈʂ",
        "x",
        "ɻ",
        "ts",
        "g",
        "ɚ",
    ):
        assert visemes_of(symbol), symbol
    assert all(visemes_of(symbol) == (viseme,) for symbol, viseme in VISEMES.items())


def test_what_speech_moves_the_motion_model_does_not_draw() -> None:
    assert {NAMES[i] for i in ACTED} | set(SPOKEN) | set(DIRECTED) == set(NAMES)
    assert D == 38, "the shape that the packaged weights were trained in"
