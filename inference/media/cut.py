"""A cut: clips one after the other behind a title card, as one film of one size and one frame rate.

A clip of the film's own rate gives every one of its frames, once. One of another rate keeps its length: its frames are
repeated or left out evenly, `round(frames * fps / rate)` of them in all. Smaller or otherwise shaped clips are scaled
to fit and letterboxed. Every clip keeps its sound under its own pictures, and is silent where it has none, over the
sound of its place where it has one; a film in which nothing is heard has no audio track.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.filter import Graph
from av.video.stream import VideoStream

from inference.media.ambience import Ambience, hear_place
from inference.media.colours import Colours, write_cube
from inference.media.encode import SOUND_RATE, ClipEncoder, Samples
from inference.media.sound import read_sound
from inference.media.title_card import TitleUndrawable, blank_card, draw_title_card


@dataclass(frozen=True)
class CutClip:
    """A clip with what is done to it: a filter of its colours, and the sound of the place where it plays.

    Clips of one `scene` that follow each other hear one place without a break.
    """

    path: Path
    colours: Colours | None = None
    ambience: Ambience | None = None
    scene: str = ""

    def sounds_on(self, other: CutClip | None) -> bool:
        """Whether the place goes on from one clip to the other."""
        return other is not None and (self.scene, self.ambience) == (other.scene, other.ambience)


@dataclass(frozen=True)
class CutSpec:
    """What is to be joined. Width and height are even, in pixels; `title_frames` of the card come first."""

    title: str
    title_frames: int
    width: int
    height: int
    fps: int
    clips: tuple[CutClip, ...]


@dataclass(frozen=True)
class WrittenCut:
    """How many frames of the film each clip became, and whether the title card could show the film's name."""

    title_frames: int
    clip_frames: tuple[int, ...]
    titled: bool

    @property
    def frames(self) -> int:
        """Of the whole film."""
        return self.title_frames + sum(self.clip_frames)


class ClipUnreadable(Exception):
    """`place`: which clip, from 0."""

    def __init__(self, place: int) -> None:
        super().__init__(f"clip {place + 1} cannot be decoded")
        self.place = place


def write_cut(spec: CutSpec, path: Path, on_frame: Callable[[int], None]) -> WrittenCut:
    """Write the film to `path`; `on_frame` is told how many frames are written. Raises ClipUnreadable."""
    try:
        card, titled = draw_title_card(spec.title, spec.width, spec.height), True
    except TitleUndrawable:
        card, titled = blank_card(spec.width, spec.height), False
    written = 0
    counts = []
    sounds = [_sound_of(clip.path, place) for place, clip in enumerate(spec.clips)]
    is_heard = any(sound is not None for sound in sounds) or any(clip.ambience for clip in spec.clips)
    silence = np.zeros(0, np.float32) if is_heard else None
    with ClipEncoder(path, spec.width, spec.height, spec.fps, silence) as encoder:
        for _ in range(spec.title_frames):
            encoder.add(card)
            written += 1
            on_frame(written)
        if silence is not None:
            encoder.add_sound(_as_long_as(silence, 0, written, spec.fps))
        for place, clip in enumerate(spec.clips):
            before = written
            for frame in _fitted(clip, place, spec):
                encoder.add_picture(frame, begins_shot=written == before)
                written += 1
                on_frame(written)
            if written == before:
                raise ClipUnreadable(place)
            counts.append(written - before)
            if silence is not None:
                sound = sounds[place]
                heard = _as_long_as(silence if sound is None else sound, before, written, spec.fps)
                encoder.add_sound(heard + _place_of(spec, place, before, len(heard)))
    return WrittenCut(spec.title_frames, tuple(counts), titled)


def _sound_of(clip: Path, place: int) -> Samples | None:
    try:
        return read_sound(clip)
    except av.FFmpegError as error:
        raise ClipUnreadable(place) from error


def _place_of(spec: CutSpec, place: int, first: int, count: int) -> Samples:
    """So many samples of where this clip plays, from the film's frame `first` on; silence where nothing is heard."""
    clip = spec.clips[place]
    if clip.ambience is None:
        return np.zeros(count, np.float32)
    start = first * SOUND_RATE // spec.fps
    before = spec.clips[place - 1] if place > 0 else None
    after = spec.clips[place + 1] if place + 1 < len(spec.clips) else None
    begins, ends = not clip.sounds_on(before), not clip.sounds_on(after)
    return hear_place(clip.ambience, start, start + count, begins=begins, ends=ends)


def _as_long_as(sound: Samples, first: int, last: int, fps: int) -> Samples:
    """Cut or followed by silence, to lie under the film's frames from `first` to before `last`."""
    length = last * SOUND_RATE // fps - first * SOUND_RATE // fps
    return np.pad(sound[:length], (0, max(0, length - len(sound))))


def _fitted(clip: CutClip, place: int, spec: CutSpec) -> Iterator[av.VideoFrame]:
    """The clip's frames in the film's size, at its rate and in its colours, as yuv420p. Raises ClipUnreadable."""
    cube = _cube_of(clip)
    try:
        with av.open(str(clip.path), format="mp4") as container:
            assert isinstance(container, InputContainer), "it was opened for reading"
            stream = container.streams.video[0]
            rate = stream.average_rate or Fraction(spec.fps)
            graph = _graph(stream, spec, cube)
            given = 0
            for number, decoded in enumerate(container.decode(stream), start=1):
                graph.push(decoded)
                frame = graph.pull()
                assert isinstance(frame, av.VideoFrame), "the graph has one picture for each"
                due = round(number * spec.fps / rate)
                for _ in range(due - given):
                    yield frame
                given = due
    except (av.FFmpegError, IndexError) as error:
        raise ClipUnreadable(place) from error


def _cube_of(clip: CutClip) -> Path | None:
    """The filter as a file beside the clip."""
    if clip.colours is None:
        return None
    cube = clip.path.with_suffix(".cube")
    write_cube(clip.colours, cube)
    return cube


def _graph(stream: VideoStream, spec: CutSpec, cube: Path | None) -> Graph:
    size = f"w={spec.width}:h={spec.height}"
    graph = Graph()
    coloured = (
        []
        if cube is None
        else [
            graph.add("scale", "in_color_matrix=bt709:in_range=tv:out_range=pc:flags=accurate_rnd+full_chroma_int"),
            graph.add("format", "gbrp"),
            graph.add("lut3d", f"file={cube}:interp=tetrahedral"),
        ]
    )
    graph.link_nodes(
        graph.add_buffer(template=stream),
        *coloured,
        graph.add(
            "scale",
            f"{size}:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=bicubic"
            ":out_color_matrix=bt709:out_range=tv",
        ),
        graph.add("pad", f"{size}:x=(ow-iw)/2:y=(oh-ih)/2:color=black"),
        graph.add("setsar", "1"),
        graph.add("format", "yuv420p"),
        graph.add("buffersink"),
    ).configure()
    return graph
