"""A real Triton server out of a wheel, for where there is no container: checked by SHA-256, and kept in the cache."""

from __future__ import annotations

import shutil
import sys
import sysconfig
import tempfile
import venv
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inference.registry.packaged import PackagedModel, PackagedModelUnavailable, fetch_wheel

SERVER = PackagedModel(
    name="triton",
    requirement="nvidia-pytriton==0.7.0",
    wheel_sha256="21f063ff93bb426d0c06b7a55e7eb9efcfe62c0dddd9a908e9877e18710128df",
    licence="Apache-2.0 (BSD-3-Clause: Triton Inference Server)",
    purpose="Triton server",
    members={},
)
NUMPY = PackagedModel(  # the stub corrupts tensors with NumPy 2
    name="triton-numpy",
    requirement="numpy==1.26.4",
    wheel_sha256="666dbfb6ec68962c033a450943ded891bed2d54e6755e35e5835d63f4f6931d5",
    licence="BSD-3-Clause",
    purpose="Triton stub",
    members={},
)


@dataclass(frozen=True)
class Installation:
    """A Triton server on this machine. environment: what it is started with, beside its own user's."""

    program: Path
    backends: Path
    environment: Mapping[str, str]


def prepare_packaged(cache_dir: Path, path: str) -> Installation:
    """The server, its Python backend and the stub's environment, made once. path: PATH of this process.

    Raises PackagedModelUnavailable.
    """
    if sys.version_info[:2] != (3, 11):
        raise PackagedModelUnavailable("the packaged Triton server needs Python 3.11: use it, or NVIDIA's container")
    home = cache_dir / f"triton-{SERVER.wheel_sha256[:12]}"
    if not home.is_dir():
        _unpack(cache_dir, home)
    libraries = f"{home / 'nvidia_pytriton.libs'}:{sysconfig.get_config_var('LIBDIR')}"
    environment = {"LD_LIBRARY_PATH": libraries, "PATH": f"{home / 'stub' / 'bin'}:{path}"}
    return Installation(home / "pytriton" / "tritonserver" / "bin" / "tritonserver", home / "backends", environment)


def find_installed(folder: Path) -> Installation:
    """Another Triton server, as in NVIDIA's container below /opt/tritonserver. Raises PackagedModelUnavailable."""
    program = folder / "bin" / "tritonserver"
    if not program.is_file():
        raise PackagedModelUnavailable(f"there is no Triton server: {program} is missing")
    return Installation(program, folder / "backends", {})


def _unpack(cache_dir: Path, home: Path) -> None:
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix=".triton-") as scratch:
        made = Path(scratch) / "home"
        with zipfile.ZipFile(fetch_wheel(SERVER, Path(scratch) / "server")) as wheel:
            wheel.extractall(made)
        backend = made / "backends" / "python"
        packaged = made / "pytriton" / "tritonserver"
        shutil.copytree(packaged / "backends" / "python", backend)
        shutil.copy2(packaged / "python_backend_stubs" / "3.11" / "triton_python_backend_stub", backend)
        for program in (packaged / "bin" / "tritonserver", backend / "triton_python_backend_stub"):
            program.chmod(0o755)
        venv.create(made / "stub", with_pip=False)
        site = made / "stub" / "lib" / "python3.11" / "site-packages"
        with zipfile.ZipFile(fetch_wheel(NUMPY, Path(scratch) / "numpy")) as wheel:
            wheel.extractall(site)
        made.rename(home)
