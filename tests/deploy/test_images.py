"""The recipe of the images holds what it promises; building them is a campaign of its own (`scripts/images`)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from deploy.images.build import NoEngine, find_engine
from deploy.images.check import ImageRefused, check_image
from tests.conftest import skip_or_fail

CONTAINERFILE = Path(__file__).parents[2] / "deploy" / "images" / "Containerfile"


def test_the_images_end_without_root_compiler_or_cache() -> None:
    stages = re.split(r"^FROM ", CONTAINERFILE.read_text(), flags=re.MULTILINE)
    for name in ("studio", "node"):
        (final,) = (stage for stage in stages if stage.startswith(f"runtime AS {name}\n"))
        assert "USER 10001:10001" in final
        assert "HEALTHCHECK" in final
        assert not re.search(r"apt-get install|pip ", final), "the last stage installs nothing"
    (base,) = (stage for stage in stages if stage.startswith("${BASE} AS runtime"))
    assert not re.search(r"gcc|build-essential|python3-pip|-dev\b", base)


def test_an_image_that_runs_as_root_is_refused(tmp_path: Path) -> None:
    try:
        engine = find_engine()
    except NoEngine as absent:
        skip_or_fail(str(absent))
    name = f"localhost/dramatis-test-of-root:{tmp_path.name}"
    archive = tmp_path / "empty.tar"
    subprocess.run(["tar", "--create", "--file", archive, "--files-from", "/dev/null"], check=True)
    subprocess.run([engine, "import", archive, name], check=True, capture_output=True)
    try:
        with pytest.raises(ImageRefused, match="revision"):
            check_image(engine, name, "studio", tmp_path)
    finally:
        subprocess.run([engine, "image", "rm", name], check=True, capture_output=True)
