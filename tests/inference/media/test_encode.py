"""The clip: exact to the frame, playable from its first bytes, the right colours, the same bytes every time."""

import hashlib
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from inference.media.encode import ClipEncoder, RgbFrame
from inference.media.stills import PREVIEW_MAX_BYTES, StillCollector, encode_preview
from inference.media.tracks import read_tracks, write_tracks
from tests import photos


def frames_of(count: int, width: int, height: int) -> list[RgbFrame]:
    photo = cv2.resize(photos.astronaut(), (width, height))
    return [np.ascontiguousarray(np.roll(photo, shift, axis=1)) for shift in range(count)]


def encode(path: Path, frames: list[RgbFrame], fps: int = 24) -> Path:
    height, width = frames[0].shape[:2]
    with ClipEncoder(path, width, height, fps) as clip:
        for frame in frames:
            clip.add(frame)
    return path


@pytest.mark.parametrize(("count", "size"), [(12, (256, 256)), (37, (768, 322)), (120, (288, 512))])
def test_a_clip_lasts_exactly_its_frames(tmp_path: Path, count: int, size: tuple[int, int]) -> None:
    path = encode(tmp_path / "clip.mp4", frames_of(count, *size))
    with av.open(str(path)) as clip:
        stream = clip.streams.video[0]
        assert len(clip.streams) == 1, "clips are silent"
        assert stream.duration is not None
        assert stream.time_base is not None
        assert stream.duration * stream.time_base == Fraction(count, 24)
        assert abs((clip.duration or 0) / 1e6 - count / 24) < 1e-3
        times = [frame.pts * stream.time_base for frame in clip.decode(video=0) if frame.pts is not None]
    assert times == [Fraction(index, 24) for index in range(count)]


def test_the_same_frames_make_the_same_bytes(tmp_path: Path) -> None:
    frames = frames_of(48, 512, 288)
    hashes = {
        hashlib.sha256(encode(tmp_path / name, frames).read_bytes()).hexdigest() for name in ("one.mp4", "two.mp4")
    }
    assert len(hashes) == 1


def test_a_player_may_start_before_the_end_has_arrived(tmp_path: Path) -> None:
    data = encode(tmp_path / "clip.mp4", frames_of(24, 256, 256)).read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")


def test_colours_are_tagged_and_kept(tmp_path: Path) -> None:
    patches = [(200, 40, 40), (30, 160, 60), (20, 60, 220), (128, 128, 128), (250, 250, 250)]
    frames = [np.full((64, 64, 3), patch, np.uint8) for patch in patches for _ in range(3)]
    with av.open(str(encode(tmp_path / "clip.mp4", frames))) as clip:
        context = clip.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
        decoded = [frame.to_ndarray(format="rgb24")[32, 32] for frame in clip.decode(video=0)]
    for frame, seen in zip(frames, decoded, strict=True):
        assert np.abs(frame[0, 0].astype(int) - seen).max() <= 4


def test_a_preview_fits_20_kb_whatever_it_shows() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (720, 1280, 3), np.uint8)
    for frame in (noise, *frames_of(1, 1280, 720)):
        jpeg = encode_preview(frame)
        assert len(jpeg) <= PREVIEW_MAX_BYTES
        assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) is not None


@pytest.mark.parametrize(("count", "sheet"), [(120, (5, 5)), (12, (3, 5)), (3, (1, 3))])
def test_stills_of_long_and_short_clips(tmp_path: Path, count: int, sheet: tuple[int, int]) -> None:
    stills = StillCollector(count)
    for index, frame in enumerate(frames_of(count, 256, 144)):
        stills.add(index, frame)
    stills.write_thumbnail(tmp_path / "thumbnail.webp")
    stills.write_sprite(tmp_path / "sprite.jpg")
    assert cv2.imread(str(tmp_path / "thumbnail.webp")).shape == (144, 256, 3)
    assert cv2.imread(str(tmp_path / "sprite.jpg")).shape == (sheet[0] * 90, sheet[1] * 160, 3)


def test_motion_is_kept_with_its_channels(tmp_path: Path) -> None:
    tracks = {"ada": np.arange(6, dtype=np.float32).reshape(3, 2), "bo": np.zeros((3, 2), np.float32)}
    write_tracks(tmp_path / "motion", tracks, ("yaw", "jaw"), 24)
    read, channels, fps = read_tracks(tmp_path / "motion")
    assert read.keys() == tracks.keys()
    assert np.array_equal(read["ada"], tracks["ada"])
    assert (channels, fps) == (("yaw", "jaw"), 24)


@pytest.mark.parametrize("size", ["80x48", "832x480"])
def test_the_bytes_do_not_depend_on_what_lay_in_memory_before(size: str, tmp_path: Path) -> None:
    """Every byte that is allocated is filled beforehand, with another value each time (glibc's MALLOC_PERTURB_)."""
    width, height = (int(side) for side in size.split("x"))
    program = (
        "import sys, hashlib, numpy as np, cv2\nfrom pathlib import Path\n"
        "from inference.media.encode import ClipEncoder\n"
        "small = np.random.default_rng(3).integers(0, 256, (9, 12, 16, 3), dtype=np.uint8)\n"
        f"with ClipEncoder(Path(sys.argv[1]), {width}, {height}, 16) as clip:\n"
        "    for frame in small:\n"
        f"        clip.add(cv2.resize(frame, ({width}, {height}), interpolation=cv2.INTER_CUBIC))\n"
    )
    made = []
    for filling in ("1", "90", "200"):
        clip = tmp_path / f"{filling}.mp4"
        environment = os.environ | {"MALLOC_PERTURB_": filling}
        subprocess.run([sys.executable, "-c", program, str(clip)], env=environment, check=True)
        made.append(clip.read_bytes())
    assert all(one == made[0] for one in made)
