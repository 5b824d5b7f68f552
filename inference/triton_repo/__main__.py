"""`python -m inference.triton_repo`: a real Triton server on this machine, with the engines behind it.

The server comes out of a wheel, or is another one that is installed, as in NVIDIA's container; see docs/triton.md.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import get_args

from inference.catalogue import known_models
from inference.pipelines.device_placement import Attention, Graphs, Offload, Products
from inference.registry.packaged import PackagedModelUnavailable, default_cache_dir
from inference.triton_repo.device_groups import DeviceGroup, GroupsDoNotFit, count_ranks, find_devices, make_groups
from inference.triton_repo.dispatcher import Dispatcher
from inference.triton_repo.packaged_server import Installation, find_installed, prepare_packaged
from inference.triton_repo.repository import write_repository
from inference.triton_repo.server import Access, ServerRefused, TritonServer
from inference.triton_repo.shared_memory import claimed_prefix
from inference.triton_repo.supervisor import Supervisor
from inference.worker.logs import log_as_json

_KEPT = ("HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "PATH", "OTEL_EXPORTER_OTLP_ENDPOINT")


def main() -> int:
    """Prepare, start, wait; SIGTERM and Ctrl-C stop the server and its engines."""
    args = _parser().parse_args()
    log_as_json()
    try:
        installation = find_installed(args.server) if args.server else prepare_packaged(args.cache, os.environ["PATH"])
        if args.prepare:
            return 0
        models = _choose_models(args)
        groups = make_groups(find_devices(os.environ), count_ranks(args.ranks), args.groups)
        return asyncio.run(serve(args, installation, _access(args), groups, models))
    except (PackagedModelUnavailable, ServerRefused, GroupsDoNotFit, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


async def serve(
    args: argparse.Namespace,
    installation: Installation,
    access: Access,
    groups: tuple[DeviceGroup, ...],
    models: tuple[str, ...],
) -> int:
    """Run until told to stop; returns the exit status."""
    args.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    engines = [_engine_command(args, group, models) for group in groups]
    dispatcher = Dispatcher(groups, engines, kept | {"PYTHONPATH": _import_path()}, args.patience)
    for_server = {name: value for name, value in kept.items() if name != "PYTHONPATH"}
    folders = tempfile.TemporaryDirectory(prefix="triton-")  # short: a socket's path holds 107 bytes
    with folders as folder, claimed_prefix() as shm_prefix:
        door, repository = Path(folder) / "door", Path(folder) / "models"
        write_repository(repository, models, len(groups), door)
        server = TritonServer(installation, repository, access, for_server, shm_prefix)
        supervising = asyncio.create_task(Supervisor(server, dispatcher, models).run(door))
        for stop in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(stop, supervising.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            return await supervising
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scripts/triton", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cache", type=Path, default=default_cache_dir(), help="where models and the server are kept")
    parser.add_argument("--data", type=Path, required=True, help="this server's folder: signing key, unfinished files")
    parser.add_argument(
        "--serves", action="append", metavar="MODEL", help="serve this model; without: all that are here"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="where gRPC listens; another machine's way in needs TLS and a token"
    )
    parser.add_argument("--grpc-port", type=int, default=8001)
    parser.add_argument(
        "--http-port", type=int, default=8000, help="on the loopback: health, and how models are loaded"
    )
    parser.add_argument("--metrics-host", default="127.0.0.1", help="where metrics are read")
    parser.add_argument("--metrics-port", type=int, default=8002)
    parser.add_argument("--token-file", type=Path, help="a file with the token that callers have to show")
    parser.add_argument("--tls-certificate", type=Path, help="PEM, with its chain")
    parser.add_argument("--tls-key", type=Path, help="PEM")
    parser.add_argument("--tls-client-ca", type=Path, help="PEM: let in those alone whose certificate it signed")
    parser.add_argument("--groups", type=int, help="device groups; without: as many as the devices make, one on a CPU")
    parser.add_argument("--ranks", default="1x1", help="GUIDANCExSEQUENCE processes, one a device, that share a render")
    parser.add_argument(
        "--patience", type=float, default=90.0, help="seconds of silence after which an engine is stuck"
    )
    parser.add_argument("--offload", choices=get_args(Offload), default="auto", help="as of the engine")
    parser.add_argument("--attention", choices=get_args(Attention), default="auto", help="as of the engine")
    parser.add_argument("--products", choices=get_args(Products), default="auto", help="as of the engine")
    parser.add_argument("--graphs", choices=get_args(Graphs), default="off", help="as of the engine")
    parser.add_argument("--engine", default="inference.worker", help="the module that is run as the engine")
    parser.add_argument("--files-root", type=Path, action="append", default=[], help="as of the engine")
    parser.add_argument("--server", type=Path, help="an installed Triton (/opt/tritonserver), not the packaged one")
    parser.add_argument("--prepare", action="store_true", help="only fetch what is needed")
    return parser


def _access(args: argparse.Namespace) -> Access:
    token = args.token_file.read_text().strip() if args.token_file else None
    if token == "":
        raise ServerRefused(f"{args.token_file} is empty")
    return Access(
        args.host, args.grpc_port, args.http_port, args.metrics_host, args.metrics_port, token,
        args.tls_certificate, args.tls_key, args.tls_client_ca,
    )  # fmt: skip


def _choose_models(args: argparse.Namespace) -> tuple[str, ...]:
    """Those asked for, of those that can be had here. Raises PackagedModelUnavailable."""
    known = known_models(args.cache)
    missing = [name for name in args.serves or () if name not in known]
    if missing and args.engine == "inference.worker":
        raise PackagedModelUnavailable(f"{', '.join(missing)} cannot be served here: there are {', '.join(known)}")
    return tuple(args.serves or known)


def _engine_command(args: argparse.Namespace, group: DeviceGroup, models: tuple[str, ...]) -> list[str]:
    roots = [word for root in args.files_root for word in ("--files-root", str(root))]
    return [
        sys.executable, "-m", args.engine, "--cache", str(args.cache), "--signer", str(args.data / "signer"),
        "--scratch", str(args.data / "scratch" / str(group.number)), "--ranks", args.ranks,
        "--offload", args.offload, "--attention", args.attention, "--products", args.products, "--graphs", args.graphs,
        *(word for name in models for word in ("--serves", name)), *roots,
    ]  # fmt: skip


def _import_path() -> str:
    """So that the engine finds this very package, whatever folder it is started from."""
    mine = str(Path(__file__).parents[2])
    return os.pathsep.join([mine, *filter(None, [os.environ.get("PYTHONPATH")])])


if __name__ == "__main__":
    sys.exit(main())
