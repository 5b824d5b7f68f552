"""`python -m inference.triton_repo`: a real Triton server on this machine, with the engine behind it.

The server is taken out of the nvidia-pytriton wheel as data, checked by SHA-256, and kept in the cache. In production
it is NVIDIA's container with the same model repository; see docs/triton.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path
from typing import get_args

from inference.pipelines.device_placement import Attention, Graphs, Offload, Products
from inference.protocol import PROTOCOL_VERSION
from inference.registry.packaged import PackagedModel, PackagedModelUnavailable, default_cache_dir, fetch_wheel

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
_REPOSITORY = Path(__file__).parent / "models"
_KEPT = ("HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "PATH")


def main() -> int:
    """Prepare, start, wait; SIGTERM and Ctrl-C stop the server and its engine."""
    parser = argparse.ArgumentParser(prog="scripts/triton", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cache", type=Path, default=default_cache_dir(), help="where models and the server are kept")
    parser.add_argument("--data", type=Path, required=True, help="this server's folder: signing key, unfinished files")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; open it to the product's network only")
    parser.add_argument("--grpc-port", type=int, default=8001)
    parser.add_argument("--http-port", type=int, default=8000)
    parser.add_argument("--metrics-port", type=int, default=8002)
    parser.add_argument("--ranks", default="1x1", help="GUIDANCExSEQUENCE processes that share a render")
    parser.add_argument("--offload", choices=get_args(Offload), default="auto", help="as of the engine")
    parser.add_argument("--attention", choices=get_args(Attention), default="auto", help="as of the engine")
    parser.add_argument("--products", choices=get_args(Products), default="auto", help="as of the engine")
    parser.add_argument("--graphs", choices=get_args(Graphs), default="off", help="as of the engine")
    parser.add_argument("--engine", default="inference.worker", help="the module that is run as the engine")
    parser.add_argument("--prepare", action="store_true", help="only fetch what is needed")
    args = parser.parse_args()
    try:
        home = prepare(args.cache)
    except PackagedModelUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0 if args.prepare else serve(home, args)


def prepare(cache_dir: Path) -> Path:
    """The server, its Python backend and the stub's environment, made once. Raises PackagedModelUnavailable."""
    if sys.version_info[:2] != (3, 11):
        raise PackagedModelUnavailable("the packaged Triton server needs Python 3.11: use it, or NVIDIA's container")
    home = cache_dir / f"triton-{SERVER.wheel_sha256[:12]}"
    if home.is_dir():
        return home
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
    return home


def serve(home: Path, args: argparse.Namespace) -> int:
    """Run the server until it is told to stop; returns its exit status."""
    args.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = [
        sys.executable, "-m", args.engine, "--cache", str(args.cache), "--signer", str(args.data / "signer"),
        "--scratch", str(args.data / "scratch"), "--ranks", args.ranks,
        "--offload", args.offload, "--attention", args.attention, "--products", args.products, "--graphs", args.graphs,
    ]  # fmt: skip
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment = kept | {
        "DRAMATIS_ENGINE_COMMAND": json.dumps(engine),
        "DRAMATIS_ENGINE_ENVIRONMENT": json.dumps(kept | {"PYTHONPATH": _import_path()}),
        "DRAMATIS_PROTOCOL": str(PROTOCOL_VERSION),
        "LD_LIBRARY_PATH": f"{home / 'nvidia_pytriton.libs'}:{sysconfig.get_config_var('LIBDIR')}",
        "PATH": f"{home / 'stub' / 'bin'}:{os.environ.get('PATH', '')}",
    }
    environment.pop("PYTHONPATH", None)
    server = subprocess.Popen(
        [
            str(home / "pytriton" / "tritonserver" / "bin" / "tritonserver"), f"--model-repository={_REPOSITORY}",
            f"--backend-directory={home / 'backends'}", f"--http-address={args.host}", f"--grpc-address={args.host}",
            f"--metrics-address={args.host}", f"--http-port={args.http_port}", f"--grpc-port={args.grpc_port}",
            f"--metrics-port={args.metrics_port}", "--allow-gpu-metrics=false", "--exit-timeout-secs=5",
            "--model-control-mode=none", f"--backend-config=python,shm-region-prefix-name=dramatis{os.getpid()}_",
        ],
        env=environment,
    )  # fmt: skip
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: server.terminate())
    try:
        return server.wait()
    finally:
        for region in Path("/dev/shm").glob(f"dramatis{os.getpid()}_*"):  # noqa: S108 (where the stub keeps them)
            region.unlink(missing_ok=True)


def _import_path() -> str:
    """So that the engine finds this very package, whatever folder it is started from."""
    mine = str(Path(__file__).parents[2])
    return os.pathsep.join([mine, *filter(None, [os.environ.get("PYTHONPATH")])])


if __name__ == "__main__":
    sys.exit(main())
