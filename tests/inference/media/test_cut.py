"""A film from clips: every frame of each, in order, behind a title card; other sizes and rates are fitted in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from inference.media.colours import Colours
from inference.media.cut import ClipUnreadable, CutClip, CutSpec, write_cut
from inference.media.encode import ClipEncoder, RgbFrame
from inference.media.title_card import TitleUndrawable, draw_title_card
from inference.media.verify import verify_clip

GREYS = (70, 130, 190)


def clip_of(path: Path, grey: int, frames: int, size: tuple[int, int] = (128, 72), fps: int = 24) -> Path:
    """Each frame a little brighter than the one before it."""
    width, height = size
    with ClipEncoder(path, width, height, fps) as clip:
        for number in range(frames):
            clip.add(np.full((height, width, 3), grey + 2 * number, np.uint8))
    return path


def decoded(path: Path) -> list[RgbFrame]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def cut(path: Path, *clips: Path, title: str = "The Letter", title_frames: int = 4) -> tuple[int, ...]:
    told: list[int] = []
    spec = CutSpec(title, title_frames, 128, 72, 24, tuple(map(CutClip, clips)))
    written = write_cut(spec, path, told.append)
    assert told == list(range(1, written.frames + 1))
    return written.clip_frames


def test_every_frame_of_every_clip_is_there_once_and_in_order(tmp_path: Path) -> None:
    clips = [clip_of(tmp_path / f"{grey}.mp4", grey, 5 + place) for place, grey in enumerate(GREYS)]
    assert cut(tmp_path / "film.mp4", *clips) == (5, 6, 7)
    frames = decoded(tmp_path / "film.mp4")
    assert len(frames) == 4 + 5 + 6 + 7
    means = [frame.mean() for frame in frames[4:]]
    wanted = [grey + 2 * number for place, grey in enumerate(GREYS) for number in range(5 + place)]
    assert np.abs(np.array(means) - wanted).max() < 2.5
    with av.open(str(tmp_path / "film.mp4")) as film:
        stream = film.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (128, 72, 24)
        keys = [number for number, frame in enumerate(film.decode(stream)) if frame.key_frame]
    assert set(keys) >= {0, 4, 9, 15}, "each shot begins with a keyframe"


def test_another_shape_is_letterboxed_and_another_rate_keeps_its_length(tmp_path: Path) -> None:
    tall = clip_of(tmp_path / "tall.mp4", 190, 8, (72, 128), fps=16)
    assert cut(tmp_path / "film.mp4", tall) == (12,)
    frames = decoded(tmp_path / "film.mp4")
    assert len(frames) == 16
    assert frames[10].shape == (72, 128, 3)
    assert frames[10][:, :36].max() < 5
    assert frames[10][:, -36:].max() < 5
    assert frames[10][10:-10, 48:80].min() > 180


def test_a_clip_has_the_colours_of_its_filter_and_its_neighbour_its_own(tmp_path: Path) -> None:
    picture = np.zeros((72, 128, 3), np.uint8)
    for place, colour in enumerate(((200, 60, 40), (40, 120, 210), (90, 90, 90), (240, 230, 220))):
        picture[:, place * 32 : place * 32 + 32] = colour
    clips = []
    for name in ("graded", "plain"):
        clips.append(tmp_path / f"{name}.mp4")
        with ClipEncoder(clips[-1], 128, 72, 24) as clip:
            for _ in range(3):
                clip.add(picture)
    steps = np.linspace(0, 1, 33)
    colours = Colours(
        before=[list(steps**0.8), list(steps), list(steps**1.2)],
        matrix=[[0.6, 0.3, 0.1, 0.0], [0.1, 0.8, 0.1, 0.02], [0.0, 0.3, 0.7, 0.0]],
        after=[list(0.1 + 0.85 * steps)] * 3,
    )
    spec = CutSpec("Ada", 2, 128, 72, 24, (CutClip(clips[0], colours), CutClip(clips[1])))
    write_cut(spec, tmp_path / "film.mp4", lambda _: None)
    frames = decoded(tmp_path / "film.mp4")
    wanted = 255 * colours.apply(frames[6].reshape(-1, 3) / 255).reshape(picture.shape)
    for place in range(4):
        middle = np.s_[20:50, place * 32 + 10 : place * 32 + 22]
        assert np.abs(frames[3][middle].mean(axis=(0, 1)) - wanted[middle].mean(axis=(0, 1))).max() < 2
        assert np.abs(frames[6][middle].mean(axis=(0, 1)) - picture[middle].mean(axis=(0, 1))).max() < 3


def test_a_broken_clip_is_named(tmp_path: Path) -> None:
    good = clip_of(tmp_path / "good.mp4", 100, 3)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(good.read_bytes()[:200])
    with pytest.raises(ClipUnreadable) as error:
        cut(tmp_path / "film.mp4", good, broken)
    assert error.value.place == 1


def test_the_title_card_shows_a_long_name_within_its_frame(tmp_path: Path) -> None:
    short, long = draw_title_card("The Letter", 768, 432), draw_title_card("A very long name " * 8, 768, 432)
    for card in (short, long):
        ink = np.argwhere(card.max(axis=2) > 128)
        assert len(ink) > 300
        assert ink[:, 1].min() > 40
        assert ink[:, 1].max() < 768 - 40
        assert ink[:, 0].min() > 20
        assert ink[:, 0].max() < 432 - 20
        assert abs(ink[:, 1].mean() - 384) < 30


def test_a_name_that_no_font_can_show_leaves_the_card_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # nobody to ask for a font
    with pytest.raises(TitleUndrawable):
        draw_title_card("信", 128, 72)
    spec = CutSpec("信", 2, 128, 72, 24, (CutClip(clip_of(tmp_path / "a.mp4", 100, 3)),))
    written = write_cut(spec, tmp_path / "film.mp4", lambda _: None)
    assert (written.titled, written.frames) == (False, 5)


def test_the_process_writes_and_signs_it(tmp_path: Path) -> None:
    asked = {
        "title": "The Letter",
        "title_frames": 4,
        "width": 128,
        "height": 72,
        "fps": 24,
        "clips": [
            {"path": str(clip_of(tmp_path / "a.mp4", 100, 6)), "colours": None, "ambience": "room", "scene": "scn_1"}
        ],
        "output": str(tmp_path / "film.mp4"),
        "signer": str(tmp_path / "signer"),
        "software": "dramatis tests",
        "receipt": {"takes": ["take_1"]},
        "parent": os.getpid(),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "inference.media.cut_process"],
        input=json.dumps(asked).encode(),
        capture_output=True,
        check=True,
    )
    finished = json.loads(ran.stdout.splitlines()[-1])["finished"]
    assert (finished["frames"], finished["clip_frames"], finished["titled"]) == (10, [6], True)
    assert len(decoded(tmp_path / "film.mp4")) == 10
    report = verify_clip(tmp_path / "film.mp4")
    assert (report.state, report.file_sha256, report.media_sha256) == (
        "valid", finished["sha256"], finished["media_sha256"],
    )  # fmt: skip
