"""A film's title card: its name on a dark ground, in a font of this machine that has every letter of it."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inference.media.encode import RgbFrame

_GROUND, _INK = (16, 16, 18), (236, 234, 228)
_TALL = 0.11  # of the frame's shorter side
_SMALLEST_PX = 10
_WIDE = 0.84  # of the frame's width
_MOST_LINES = 3
_LINE = 1.25
_NOWHERE = "\U0010ffff"  # no font has it: what is drawn instead stands for every missing letter
_PATIENCE_S = 5.0

Font = ImageFont.FreeTypeFont


class TitleUndrawable(Exception):
    """No font of this machine has every letter of the name."""


def draw_title_card(name: str, width: int, height: int) -> RgbFrame:
    """One frame [H, W, 3] with the name in its middle; a long one is wrapped and made smaller.

    Raises TitleUndrawable.
    """
    words = " ".join(name.split())
    picture = Image.new("RGB", (width, height), _GROUND)
    size = max(round(min(width, height) * _TALL), _SMALLEST_PX)
    path = _find_font(words)
    while True:
        font = _load(path, size)
        lines = _wrap(words, font, width * _WIDE)
        if size <= _SMALLEST_PX or (
            len(lines) <= _MOST_LINES and max(map(font.getlength, lines), default=0) <= width * _WIDE
        ):
            break
        size = max(size * 9 // 10, _SMALLEST_PX)
    pen = ImageDraw.Draw(picture)
    for row, line in enumerate(lines):
        y = height / 2 + (row - (len(lines) - 1) / 2) * size * _LINE
        pen.text((width / 2, y), line, font=font, fill=_INK, anchor="mm")
    return np.asarray(picture)


def blank_card(width: int, height: int) -> RgbFrame:
    """The ground alone [H, W, 3]."""
    return np.asarray(Image.new("RGB", (width, height), _GROUND))


def _find_font(words: str) -> str | None:
    """None: Pillow's own font has every letter. Else the file of one of this machine's. Raises TitleUndrawable."""
    if _has(_load(None, 20), words):
        return None
    path = _ask_fontconfig(words)
    if path is None or not _has(_load(path, 20), words):
        raise TitleUndrawable(words)
    return path


def _ask_fontconfig(words: str) -> str | None:
    if shutil.which("fc-match") is None:
        return None
    letters = " ".join(sorted({f"{ord(letter):x}" for letter in words if not letter.isspace()}))
    try:
        found = subprocess.run(
            ["fc-match", "--format=%{file}", f"sans:charset={letters}"],
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.decode(errors="replace") or None


def _load(path: str | None, size: int) -> Font:
    font = ImageFont.load_default(size) if path is None else ImageFont.truetype(path, size)
    assert isinstance(font, Font), "Pillow was built with FreeType"
    return font


def _has(font: Font, words: str) -> bool:
    missing = bytes(font.getmask(_NOWHERE))
    return all(letter.isspace() or bytes(font.getmask(letter)) != missing for letter in set(words))


def _wrap(words: str, font: Font, width: float) -> list[str]:
    """Lines no wider than `width` where that can be; where words have no spaces, between any two letters."""
    pieces = words.split(" ") if " " in words else list(words)
    joint = " " if " " in words else ""
    lines = [pieces[0]] if pieces else []
    for piece in pieces[1:]:
        longer = lines[-1] + joint + piece
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines
