"""`python -m inference.identity calibrate DIR [--json]`: measure a face pack's threshold on one's own photos.

DIR has a folder a person, with two photos or more in each. Exit 0 when both kinds of pairs could be measured.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from inference.identity.calibrate import AtThreshold, Calibration, Rate, Spread, calibrate
from inference.identity.pack import FacePackUnusable, FaceSettings, default_settings, load_faces, newest_default_pack
from inference.identity.warp import RGB

DEFAULT_CACHE = Path.home() / ".cache" / "dramatis" / "models"
PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"}
MAX_PIXELS = 50_000_000


def main() -> int:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m inference.identity")
    parser.add_argument("command", choices=("calibrate",))
    parser.add_argument("folder", type=Path, help="a folder a person, with two photos or more in each")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE, help="where the default face pack is")
    parser.add_argument("--pack", type=Path, help="folder of another face pack")
    parser.add_argument("--threshold", type=float, default=0.4, help="the threshold in use for --pack")
    args = parser.parse_args()
    try:
        settings = _settings(args)
        calibration = calibrate(load_faces(settings), _read_people(args.folder))
    except (FacePackUnusable, PhotoUnreadable) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(calibration.as_dict(), indent=2) + "\n" if args.json else _table(calibration))
    return 0 if calibration.in_use is not None else 1


class PhotoUnreadable(RuntimeError):
    """A folder or a photo cannot be read; the message names it."""


def _settings(args: argparse.Namespace) -> FaceSettings:
    if args.pack is not None:
        return FaceSettings(args.pack.name, args.pack, args.threshold, threads=2)
    return default_settings(newest_default_pack(args.cache), threads=2)


def _read_people(folder: Path) -> dict[str, list[tuple[str, RGB]]]:
    people = {
        person.name: [(path.name, _read_photo(path)) for path in sorted(person.iterdir()) if _is_photo(path)]
        for person in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if person.is_dir()
    }
    if not any(people.values()):
        raise PhotoUnreadable(f"{folder} holds no folders with photos: make one folder a person, photos inside")
    return people


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in PHOTO_SUFFIXES


def _read_photo(path: Path) -> RGB:
    """Upright RGB, [H, W, 3]. Raises PhotoUnreadable."""
    pillow_heif.register_heif_opener()
    try:
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PhotoUnreadable(f"{path} has more than {MAX_PIXELS // 1_000_000} megapixels")
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise PhotoUnreadable(f"{path} cannot be read as a picture") from error


def _table(calibration: Calibration) -> str:
    lines = [
        f"face pack           {calibration.pack}",
        f"people, photos      {calibration.people}, {calibration.photos}",
        f"same person         {_spread_words(calibration.same)}",
        f"different people    {_spread_words(calibration.different)}",
    ]
    for name, at in (("in use", calibration.in_use), ("suggested", calibration.suggested)):
        lines += [] if at is None else _threshold_lines(name, at)
    lines += [f"not used            {one.person}/{one.photo}: {one.words}" for one in calibration.unused]
    lines += [f"note                {note}" for note in calibration.notes]
    return "\n".join(lines) + "\n"


def _spread_words(spread: Spread | None) -> str:
    if spread is None:
        return "no pairs"
    return f"{spread.pairs} pairs, cosine {spread.lowest:.3f} to {spread.highest:.3f}, mean {spread.mean:.3f}"


def _threshold_lines(name: str, at: AtThreshold) -> list[str]:
    return [
        f"threshold {name:10s}{at.threshold:.3f}",
        f"  false match       {_rate_words(at.false_match)}",
        f"  false non-match   {_rate_words(at.false_non_match)}",
    ]


def _rate_words(rate: Rate) -> str:
    return f"{rate.errors} of {rate.pairs}: {rate.rate:.2%} (95% interval {rate.low:.2%} to {rate.high:.2%})"


if __name__ == "__main__":
    sys.exit(main())
