"""A program: one untrusted picture on standard input, one normalised picture on standard output.

It runs as `python -I decoder.py`, imports nothing of ours, and gives up what it does not need before it looks at a
byte: memory, CPU time, open files, the network. What it writes is a line of JSON (a refusal, or size and type), then
the bytes. Pixels are turned upright, converted to sRGB and stripped of every piece of metadata.
"""

from __future__ import annotations

import ctypes
import importlib
import io
import itertools
import json
import os
import pkgutil
import resource
import signal
import sys
from typing import NoReturn

import pillow_heif
from PIL import Image, ImageCms, ImageOps, TiffImagePlugin, WebPImagePlugin

MEMORY_BYTES = 512 * 1024 * 1024  # address space, so that resident memory stays below it
CPU_S = 5
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2048
JPEG_QUALITY = 95
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
FRAMES = 6
MOST_FORWARD = 24  # frames decoded on the way from a key frame to the wanted one
MOST_FRAME_PIXELS = 1920 * 1088
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm"
PLUGINS = (TiffImagePlugin, WebPImagePlugin)  # of no use by name: imported early, like those of preinit
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS, PR_SET_DUMPABLE = 1, 38, 4


def main() -> None:
    """Decode what comes in; always answers, unless the kernel ends it for going over a limit."""
    pillow_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # counted below, before any pixel is decoded
    filmed = sys.argv[1:] == ["frames"]
    if filmed:
        import av
        import numpy as np

        for module in pkgutil.walk_packages(av.__path__, "av."):  # it imports by need, and then no file may be opened
            if "__main__" not in module.name:
                importlib.import_module(module.name)

        assert np.__version__  # noqa: S101 (imported early, for the same reason)
        av.logging.set_level(av.logging.PANIC)
    Image.preinit()  # it imports what saving needs, while files may still be opened
    body = sys.stdin.buffer.read()
    _confine()
    try:
        if filmed:
            _answer_frames(body)
            return
        picture = _turned(_upright(_open(body)), sys.argv[1:])
        encoded, content_type = _encode(picture)
    except MemoryError:
        _refuse("too_large", "the picture needs more memory than a photo may")
    except Exception:  # whatever a hostile file makes a decoder raise
        _refuse("undecodable", "this is not a picture that can be read: use JPEG, PNG, WebP or HEIC")
    head = {"width": picture.width, "height": picture.height, "content_type": content_type}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + encoded)


def _answer_frames(body: bytes) -> None:
    """Up to FRAMES pictures, evenly over the video, as PNG."""
    import av
    from av.container import InputContainer

    frames: dict[int, bytes] = {}
    with av.open(io.BytesIO(body), options={"format_whitelist": CONTAINERS, "protocol_whitelist": ""}) as container:
        assert isinstance(container, InputContainer)  # noqa: S101 (it was opened for reading)
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > MOST_FRAME_PIXELS:
            _refuse("too_large", f"a video may have at most 1920 x 1080 pixels, not {width} x {height}")
        for number in range(FRAMES):
            wanted = (container.duration or 0) * number // FRAMES
            if container.duration:
                container.seek(wanted)  # to the key frame before it
            frame = None
            for frame in itertools.islice(container.decode(stream), MOST_FORWARD):
                if (frame.time or 0) * 1_000_000 >= wanted:
                    break
            if frame is None:
                break
            if frame.width * frame.height > MOST_FRAME_PIXELS:
                _refuse("too_large", "a frame of the video is larger than its header says")
            picture = Image.frombytes("RGB", (frame.width, frame.height), frame.to_ndarray(format="rgb24").tobytes())
            frames.setdefault(frame.pts or 0, _encode(picture)[0])
    if not frames:
        _refuse("undecodable", "the video has no frame that can be read")
    bodies = list(frames.values())
    sys.stdout.buffer.write(json.dumps({"lengths": [len(each) for each in bodies]}).encode() + b"\n")
    sys.stdout.buffer.write(b"".join(bodies))


def _confine() -> None:
    """Only tightening; where a kernel does not offer something, the rest still holds."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 0)
    if libc.unshare(CLONE_NEWNET) != 0:  # root may; others need a user namespace around it
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    os.closerange(3, 256)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # no further file, no socket


def _open(body: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(body), formats=FORMATS)
    if picture.width * picture.height > MOST_PIXELS:
        _refuse(
            "too_large",
            f"the picture has {picture.width} x {picture.height} pixels; "
            f"at most {MOST_PIXELS // 1_000_000} megapixels are accepted",
        )
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG only: decode no more than will be kept
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """Upright, sRGB, opaque, no larger than is useful."""
    profile = picture.info.get("icc_profile")
    picture.load()
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    picture = ImageOps.exif_transpose(picture)
    return _in_srgb(_opaque(picture), profile)


def _turned(picture: Image.Image, mode: list[str]) -> Image.Image:
    """Turned by as many degrees, counter-clockwise, as the mode says: where the face lies and no EXIF says so."""
    turns = {"90": Image.Transpose.ROTATE_90, "180": Image.Transpose.ROTATE_180, "270": Image.Transpose.ROTATE_270}
    return picture.transpose(turns[mode[0]]) if mode and mode[0] in turns else picture


def _opaque(picture: Image.Image) -> Image.Image:
    if picture.has_transparency_data:
        ground = Image.new("RGBA", picture.size, "white")
        ground.alpha_composite(picture.convert("RGBA"))
        return ground.convert("RGB")
    if picture.mode.startswith("I"):  # 16 bits a sample; Pillow would clip instead of scaling
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    return picture.convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if not profile:
        return picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture  # a broken or foreign profile: the pixels as they are
    return converted if converted is not None else picture


def _encode(picture: Image.Image) -> tuple[bytes, str]:
    """PNG keeps small pictures exactly; larger ones become a JPEG without chroma subsampling."""
    clean = Image.frombytes("RGB", picture.size, picture.tobytes())  # pixels alone: no info, no profile
    stream = io.BytesIO()
    if max(clean.size) <= 1024:
        clean.save(stream, "PNG", compress_level=3)
        return stream.getvalue(), "image/png"
    clean.save(stream, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return stream.getvalue(), "image/jpeg"


def _refuse(refusal: str, words: str) -> NoReturn:
    sys.stdout.buffer.write(json.dumps({"refusal": refusal, "words": words}).encode() + b"\n")
    sys.stdout.buffer.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
