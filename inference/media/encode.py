"""Frames to H.264 and sound to AAC in MP4: the same bytes for the same input, on one machine and version set."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer
from av.video.frame import PictureType
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

RgbFrame = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]


def _without_avx512(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """x264's AVX-512 routines read memory beyond a row of macroblocks, so that at some widths (832 px among them) the
    bytes depended on what lay there. Its AVX2 ones do not, and give the same bytes at all other widths.
    """
    return ":asm=avx2" if cpuinfo.is_file() and "avx512" in cpuinfo.read_text() else ""


# One thread: frame threading changes the bytes with the thread count, and the renderer keeps the other core busy.
_ENCODER_THREADS = "1"
_OPTIONS = {
    "preset": "veryfast",
    "crf": "17",
    "threads": _ENCODER_THREADS,
    "x264-params": "keyint=48:min-keyint=12:colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv"
    + _without_avx512(),
    "flags": "+bitexact",
}
SOUND_RATE = 48_000
_SOUND_BITS = 128_000
_AAC_FRAME = 1024  # samples that the encoder takes at once
_CONTAINER_OPTIONS = {"movflags": "+faststart", "fflags": "+bitexact", "use_editlist": "1"}
_WITH_SOUND = {"movie_timescale": str(SOUND_RATE)}  # an edit list in milliseconds would not be exact to the sample


class ClipEncoder:
    """Writes one clip. Use as a context: leaving it finishes the file (or, on an error, leaves a torn one).

    Width and height are even; a keyframe at least every two seconds keeps scrubbing quick. `sound`: mono float32 at
    SOUND_RATE, for the whole clip, frames * SOUND_RATE / fps samples: what the encoder puts before it is cut off again
    by an edit list; where it is not known yet, what there is of it, the rest by `add_sound`. Without it the clip has no
    audio track.
    """

    def __init__(self, path: Path, width: int, height: int, fps: int, sound: Samples | None = None) -> None:
        self._fps = fps
        self._count = 0
        self._to_yuv = VideoReformatter()  # one for all frames: it keeps its tables
        options = _CONTAINER_OPTIONS if sound is None else _CONTAINER_OPTIONS | _WITH_SOUND
        self._container = av.open(str(path), "w", format="mp4", options=options)
        stream = self._container.add_stream("libx264", rate=fps, options=_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, fps)
        context = stream.codec_context
        context.time_base = Fraction(1, fps)
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        context.colorspace = Colorspace.ITU709
        context.color_range = ColorRange.MPEG
        self._stream = stream
        self._sound = None if sound is None else _SoundTrack(self._container, sound)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._container.mux(self._stream.encode(None))
            if self._sound is not None:
                self._sound.finish()
        self._container.close()

    def add(self, rgb_HWC_uint8: RgbFrame) -> None:
        """Append one frame [H, W, 3] in sRGB."""
        frame = av.VideoFrame.from_ndarray(rgb_HWC_uint8, format="rgb24")
        picture = self._to_yuv.reformat(
            frame,
            format="yuv420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.BICUBIC,
        )
        self.add_picture(picture)

    def add_sound(self, samples: Samples) -> None:
        """More of the sound, behind what there is. Of a clip that was begun with sound only."""
        assert self._sound is not None, "the clip was begun with sound"
        self._sound.add(samples)

    def add_picture(self, picture: av.VideoFrame, *, begins_shot: bool = False) -> None:
        """Append one frame that is yuv420p already, of the clip's size. `begins_shot`: a keyframe, to seek to."""
        picture.pict_type = PictureType.I if begins_shot else PictureType.NONE
        picture.pts = self._count
        picture.time_base = Fraction(1, self._fps)
        self._count += 1
        self._container.mux(self._stream.encode(picture))
        if self._sound is not None:
            self._sound.write_until(self._count * SOUND_RATE // self._fps)


class _SoundTrack:
    """The clip's sound, handed on beside its pictures so that a player need not seek for it."""

    def __init__(self, container: OutputContainer, samples: Samples) -> None:
        self._container = container
        self._samples = samples
        self._given = 0
        self._stream = container.add_stream("aac", rate=SOUND_RATE, layout="mono", options={"flags": "+bitexact"})
        self._stream.codec_context.bit_rate = _SOUND_BITS
        self._stream.codec_context.thread_count = 1

    def add(self, samples: Samples) -> None:
        """Behind what there is."""
        self._samples = np.concatenate([self._samples, samples])

    def write_until(self, sample: int) -> None:
        """In whole frames of the encoder's."""
        while self._given + _AAC_FRAME <= min(sample, len(self._samples)):
            self._write(_AAC_FRAME)

    def finish(self) -> None:
        """What is left, the last frame shorter than the others."""
        self.write_until(len(self._samples))
        if self._given < len(self._samples):
            self._write(len(self._samples) - self._given)
        self._container.mux(self._stream.encode(None))

    def _write(self, count: int) -> None:
        part = self._samples[self._given : self._given + count]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(part[None]), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, self._given, Fraction(1, SOUND_RATE)
        self._given += count
        self._container.mux(self._stream.encode(frame))
