"""Intake: real photos of every format come out upright, clean and bounded; hostile ones are refused by name."""

from __future__ import annotations

import io
import json
import resource
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from studio.assets import intake
from studio.assets.intake import PhotoRefused, normalise_photo
from tests.photos import astronaut

pillow_heif.register_heif_opener()


def _encode(picture: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def _open(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    return Image.fromarray(astronaut())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_format_is_read(portrait: Image.Image, kind: str) -> None:
    photo = normalise_photo(_encode(portrait, kind))
    assert (photo.width, photo.height, photo.content_type) == (512, 512, "image/png")
    difference = np.abs(np.asarray(_open(photo.body), np.int16) - np.asarray(portrait, np.int16))
    assert difference.mean() < 6


def test_a_small_lossless_picture_keeps_every_pixel_and_its_hash_is_of_the_body(
    portrait: Image.Image, tmp_path: Path
) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(_encode(portrait, "PNG"))
    first, second = normalise_photo(path), normalise_photo(path.read_bytes())
    assert first == second
    assert np.array_equal(np.asarray(_open(first.body)), np.asarray(portrait))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_turned_upright_and_keeps_no_metadata(portrait: Image.Image, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show me a quarter to the right
    exif[0x010F] = "camera"
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 0.0)  # GPS
    lying = portrait.crop((0, 0, 512, 300))
    photo = normalise_photo(_encode(lying, kind, exif=exif))
    assert (photo.width, photo.height) == (300, 512)
    shown = _open(photo.body)
    assert not shown.getexif()
    assert not set(shown.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"camera" not in photo.body
    expected = np.asarray(lying.transpose(Image.Transpose.ROTATE_270), np.int16)
    assert np.abs(np.asarray(shown, np.int16) - expected).mean() < 6


def test_a_large_photo_is_made_smaller(portrait: Image.Image) -> None:
    photo = normalise_photo(_encode(portrait.resize((4000, 3000)), "JPEG", quality=70))
    assert (photo.width, photo.height, photo.content_type) == (2048, 1536, "image/jpeg")


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "CMYK", "I;16"])
def test_every_mode_becomes_plain_rgb(portrait: Image.Image, mode: str) -> None:
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(portrait.convert("L")).astype(np.uint16) * 257)
    else:
        picture = portrait.convert(mode)
    shown = _open(normalise_photo(_encode(picture, "JPEG" if mode == "CMYK" else "PNG")).body)
    assert shown.mode == "RGB"
    grey = np.asarray(portrait.convert("L"), np.int16)
    assert np.abs(np.asarray(shown.convert("L"), np.int16) - grey).mean() < 12


def test_colours_of_another_profile_are_converted(portrait: Image.Image) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    photo = normalise_photo(_encode(portrait, "PNG", icc_profile=profile))  # does not fit RGB: pixels as they are
    assert "icc_profile" not in _open(photo.body).info


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png(width: int, height: int, pixels: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _text_bomb(portrait: Image.Image) -> bytes:
    png = _encode(portrait, "PNG")
    text = b"comment\0\0" + zlib.compress(b"\0" * 200_000_000, 9)
    return png[:33] + _chunk(b"zTXt", text) + png[33:]


def hostile_pictures(portrait: Image.Image) -> dict[str, tuple[bytes, str]]:
    """Files that mean harm or are broken, by name, each with the verdict that it deserves."""
    jpeg, webp, heif = (_encode(portrait, kind) for kind in ("JPEG", "WEBP", "HEIF"))
    zeros = zlib.compress(b"\0" * 10_000_000, 9)
    return {
        "empty": (b"", "undecodable"),
        "words": (b"<svg onload=alert(1)>", "undecodable"),
        "gif": (_encode(portrait.convert("P"), "GIF"), "undecodable"),
        "cut jpeg": (jpeg[:5000], "undecodable"),
        "cut webp": (webp[: len(webp) // 2], "undecodable"),
        "cut heif": (heif[: len(heif) // 2], "undecodable"),
        "60000 x 60000 png": (_png(60_000, 60_000, zeros), "too_large"),
        "41 megapixels": (_png(6_403, 6_404, zeros), "too_large"),
        "wide line": (_png(2**31 - 1, 1, zeros), "too_large"),
        "zeros where pixels should be": (_png(3_000, 3_000, b"\0" * 100), "undecodable"),
        "text bomb": (_text_bomb(portrait), "undecodable"),
        "jpeg of lies": (jpeg.replace(struct.pack(">HH", 512, 512), struct.pack(">HH", 65_000, 65_000)), "too_large"),
        "noise": (np.random.default_rng(7).bytes(200_000), "undecodable"),
    }


def _verdict(body: bytes) -> str:
    try:
        normalise_photo(body)
    except PhotoRefused as refused:
        return refused.refusal if refused.words else "refused without a word"
    return "taken in"


def _child_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_hostile_pictures_are_refused_by_name_and_quickly(portrait: Image.Image) -> None:
    for name, (body, verdict) in hostile_pictures(portrait).items():
        before = _child_seconds()
        assert _verdict(body) == verdict, name
        assert _child_seconds() - before < 6, name  # of CPU: a busy machine may take longer


def test_a_file_that_is_too_large_is_not_even_decoded(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as stream:
        stream.truncate(intake.MOST_BYTES + 1)
    with pytest.raises(PhotoRefused) as refused:
        normalise_photo(path)
    assert refused.value.refusal == "too_large"


CONFINED = """
import json, os, runpy, socket, sys
decoder = runpy.run_path(sys.argv[1])
decoder["_confine"]()
found = {}
def attempt(name, call):
    try:
        call()
        found[name] = "done"
    except BaseException as error:
        found[name] = type(error).__name__
attempt("file", lambda: open("/etc/passwd"))
attempt("socket", lambda: socket.socket())
attempt("memory", lambda: bytearray(2**30))
print(json.dumps(found))
"""


def test_the_decoder_can_open_no_file_no_socket_and_little_memory() -> None:
    decoder = Path(intake.__file__).with_name("decoder.py")
    shown = subprocess.run([sys.executable, "-c", CONFINED, str(decoder)], capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout) == {"file": "OSError", "socket": "OSError", "memory": "MemoryError"}


def test_taking_in_a_photo_imports_no_torch() -> None:
    code = "import sys, studio.assets.routes, studio.characters.routes; print('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
