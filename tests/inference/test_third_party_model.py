"""A model of somebody else's joins by its entry points: the worked example of the docs, installed and rendered."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inference.catalogue import DEFAULT_MODEL, check, known_models
from inference.catalogue.known import _added_models
from inference.engine.pulled_models import load_pulled
from inference.parallel.mesh import Layout
from inference.pipelines.contract import CancelToken, CastPhoto
from inference.pipelines.device_placement import DevicePlacement
from tests.inference.pipelines.tiny import noise_photo, request_of

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "slow_zoom"


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What an installer leaves: the package on the path, and its entry points beside it."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    info = tmp_path / "dramatis_slow_zoom-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()) for group, points in groups]
    (info / "entry_points.txt").write_text("\n".join(lines))
    for folder in (tmp_path, EXAMPLE):
        monkeypatch.syspath_prepend(str(folder))
    _added_models.cache_clear()  # as in a process that starts after the installation
    yield tmp_path
    _added_models.cache_clear()
    for name in [name for name in sys.modules if name.startswith("slow_zoom")]:
        del sys.modules[name]


def test_it_is_offered_checked_loaded_and_rendered(installed: Path, tmp_path: Path) -> None:
    known = known_models(tmp_path)
    assert list(known) == [DEFAULT_MODEL, "slow-zoom"]
    cast = (CastPhoto("chr_1", "Ada", "centre", (noise_photo(1),)),)
    request = request_of(
        cast, model="slow-zoom", tier="draft", fps=24, seconds=0.5, width=640, height=360, guidance_scale=0.0, steps=8
    )
    check(request, known)
    model = load_pulled(tmp_path, Layout(), tmp_path, DevicePlacement())["slow-zoom"]
    cancel, steps = CancelToken(), []
    shot = model.prepare(request, cast, None, cancel)
    latents = model.denoise(shot, lambda done, total: steps.append((done, total)), cancel)
    frames = list(model.decode(shot, latents, cancel))
    assert steps == [(k, 8) for k in range(1, 9)]
    assert abs(float(latents[0]) - 0.3) < 0.02
    assert len(frames) == 12
    assert frames[0].shape == (360, 640, 3)
    assert not np.array_equal(frames[0], frames[-1])


def test_its_card_needs_no_torch(installed: Path) -> None:
    """The product reads it, and never loads a model's libraries."""
    program = (
        "import sys; from inference.catalogue import known_models; assert 'slow-zoom' in known_models(None);"
        "assert 'torch' not in sys.modules"
    )
    environment = {"PYTHONPATH": ":".join(map(str, (installed, EXAMPLE, Path.cwd())))}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
