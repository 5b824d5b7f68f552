"""Sound in a clip: exact to the sample with the picture, as loud as dialogue is, the same bytes every time."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import av
import numpy as np
import pytest

from inference.media.ambience import Ambience, ambience_loop
from inference.media.cut import CutClip, CutSpec, write_cut
from inference.media.encode import SOUND_RATE, ClipEncoder, Samples
from inference.media.loudness import measure_dbtp, measure_lufs, mix_dialogue
from inference.media.sound import read_sound


def clip_of(path: Path, frames: int, fps: int, sound: Samples | None) -> Path:
    with ClipEncoder(path, 64, 64, fps, sound) as clip:
        for number in range(frames):
            clip.add(np.full((64, 64, 3), 40 + number, np.uint8))
    return path


def clicks(length: int) -> Samples:
    """One every tenth of a second, the first at once, and one at the very end."""
    sound = np.zeros(length, np.float32)
    sound[::4800], sound[-40] = 0.8, -0.8
    return sound


def syllables(seconds: float) -> Samples:
    """Noise that comes and goes four times a second, with a peak now and then, as a voice has."""
    at = np.arange(round(seconds * SOUND_RATE))
    noise = np.random.default_rng(4).standard_normal(len(at)) * np.sin(at / SOUND_RATE * np.pi * 4) ** 4
    noise[::12_000] *= 12
    return (0.02 * noise).astype(np.float32)


@pytest.mark.parametrize(("frames", "fps"), [(37, 24), (81, 16), (77, 30)])
def test_sound_is_as_long_as_the_picture_and_begins_with_it(tmp_path: Path, frames: int, fps: int) -> None:
    sound = clicks(frames * SOUND_RATE // fps)
    path = clip_of(tmp_path / "clip.mp4", frames, fps, sound)
    with av.open(str(path)) as clip:
        picture, audio = clip.streams.video[0], clip.streams.audio[0]
        assert audio.codec_context.name == "aac"
        assert (audio.rate, audio.start_time, audio.duration) == (SOUND_RATE, 0, len(sound))
        assert picture.duration is not None
        assert picture.time_base is not None
        assert picture.duration * picture.time_base * SOUND_RATE == len(sound)
    heard = read_sound(path)
    assert heard is not None
    assert len(heard) == len(sound)
    lags = range(-64, 65)
    fits = [float(np.dot(np.roll(heard, -lag)[100:-100], sound[100:-100])) for lag in lags]
    assert lags[int(np.argmax(fits))] == 0


def test_the_same_sound_makes_the_same_bytes_and_a_silent_clip_has_none(tmp_path: Path) -> None:
    sound = syllables(2)
    one, two = (clip_of(tmp_path / name, 48, 24, sound).read_bytes() for name in ("one.mp4", "two.mp4"))
    assert one == two
    assert read_sound(clip_of(tmp_path / "silent.mp4", 48, 24, None)) is None


def test_dialogue_is_as_loud_as_dialogue_is(tmp_path: Path) -> None:
    quiet, loud = syllables(2) * np.float32(0.1), syllables(2) * np.float32(3)
    mix = mix_dialogue([(0, quiet), (3 * SOUND_RATE, loud)], 5 * SOUND_RATE)
    heard = read_sound(clip_of(tmp_path / "clip.mp4", 120, 24, mix))
    assert heard is not None
    assert measure_lufs(heard) == pytest.approx(-16, abs=1)
    assert measure_dbtp(heard) <= -1
    halves = measure_lufs(heard[: 2 * SOUND_RATE]), measure_lufs(heard[3 * SOUND_RATE :])
    assert abs(halves[0] - halves[1]) < 1, "both speakers are as loud"


def test_loudness_is_what_ffmpeg_measures(tmp_path: Path) -> None:
    tone = (0.1 * np.sin(2 * np.pi * 997 * np.arange(5 * SOUND_RATE) / SOUND_RATE)).astype(np.float32)
    assert measure_lufs(tone) == pytest.approx(-23.0, abs=0.1)  # a sine of -20 dBFS, by the standard's own calibration
    assert measure_dbtp(tone) == pytest.approx(-20, abs=0.1)


def test_nothing_stays_nothing() -> None:
    assert not mix_dialogue([(0, np.zeros(SOUND_RATE, np.float32))], SOUND_RATE).any()


def test_a_film_keeps_the_sound_of_its_takes_under_their_own_pictures(tmp_path: Path) -> None:
    sound = clicks(24 * 2000)
    silent = clip_of(tmp_path / "silent.mp4", 12, 24, None)
    talking = clip_of(tmp_path / "talking.mp4", 24, 24, sound)
    slower = clip_of(tmp_path / "slower.mp4", 16, 16, sound)
    film = tmp_path / "film.mp4"
    written = write_cut(
        CutSpec("Ada", 6, 64, 64, 24, tuple(map(CutClip, (silent, talking, slower)))), film, lambda _: None
    )
    assert written.clip_frames == (12, 24, 24)
    heard = read_sound(film)
    assert heard is not None
    assert len(heard) == written.frames * 2000
    begins = 18 * 2000
    assert np.abs(heard[: begins - 1100]).max() < 0.02
    for start in (begins, begins + 24 * 2000):
        part = heard[start : start + len(sound)]
        assert float(np.corrcoef(part, sound)[0, 1]) > 0.9


def test_a_film_of_silent_takes_has_no_sound(tmp_path: Path) -> None:
    silent = clip_of(tmp_path / "silent.mp4", 12, 24, None)
    write_cut(CutSpec("Ada", 6, 64, 64, 24, (CutClip(silent), CutClip(silent))), tmp_path / "film.mp4", lambda _: None)
    assert read_sound(tmp_path / "film.mp4") is None


def test_a_place_is_heard_from_shot_to_shot_and_fades_where_the_film_leaves_it(tmp_path: Path) -> None:
    silent = clip_of(tmp_path / "silent.mp4", 24, 24, None)
    rainy = CutClip(silent, ambience="rain", scene="scn_1")
    clips = (CutClip(silent, scene="scn_0"), rainy, rainy, CutClip(silent, ambience="rain", scene="scn_2"))
    film = tmp_path / "film.mp4"
    write_cut(CutSpec("Ada", 24, 64, 64, 24, clips), film, lambda _: None)
    heard = read_sound(film)
    assert heard is not None
    loud = [float(np.sqrt(np.mean(heard[at : at + 4800] ** 2))) for at in range(0, len(heard), 4800)]
    assert max(loud[:19]) < 1e-4, "the title card and the first scene are silent"
    assert min(loud[24:34]) > 5e-3, "from the second shot to the third it goes on"
    assert max(loud[39:41]) < 4e-3, "between two scenes it comes and goes"
    assert loud[-1] < 4e-3
    rms = 20 * np.log10(np.sqrt(np.mean(heard[24 * 4800 : 34 * 4800] ** 2)))
    assert -43 < rms < -37


@pytest.mark.parametrize("name", get_args(Ambience))
def test_places_go_round_without_a_seam_and_are_the_same_each_time(name: Ambience) -> None:
    loop = ambience_loop(name)
    ambience_loop.cache_clear()
    assert np.array_equal(loop, ambience_loop(name))
    steps = np.abs(np.diff(loop))
    assert abs(loop[0] - loop[-1]) <= np.quantile(steps, 0.9999)
    assert np.abs(loop).max() <= 0.25
