"""Caddy before several replicas: TLS, each request to the next one, past one that is dead."""

from __future__ import annotations

import ipaddress
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from tests.tls_proxy import certify

ADDRESS = "127.0.0.1"
SERVED_BY = "x-served-by"  # of a reply: the replica, as host:port
READY_WITHIN_S = 30.0
# A replica that does not answer is left out for two seconds, and its request goes to another one. Events are not
# gathered on their way.
CADDYFILE = """
{{
    admin off
    auto_https off
    persist_config off
}}
{url} {{
    tls {certificate} {certificate}
    reverse_proxy {upstreams} {{
        lb_policy round_robin
        lb_try_duration 5s
        lb_try_interval 50ms
        fail_duration 2s
        flush_interval -1
        header_down X-Served-By {{http.reverse_proxy.upstream.hostport}}
    }}
}}
"""


class CaddyMissing(RuntimeError):
    """Caddy is not installed here."""


@dataclass(frozen=True)
class RoundRobin:
    """Where it listens, and the certificate to trust."""

    url: str
    certificate: Path


@contextmanager
def round_robin(folder: Path, port: int, upstream_ports: Sequence[int]) -> Iterator[RoundRobin]:
    """A proxy at `port`, in a process of its own. Raises CaddyMissing."""
    program = shutil.which("caddy", path=sysconfig.get_path("scripts"))
    if program is None:
        raise CaddyMissing("caddy is not installed (it comes with the extra `dev`)")
    folder.mkdir(parents=True, exist_ok=True)
    certificate = certify(folder, x509.IPAddress(ipaddress.ip_address(ADDRESS)))
    url = f"https://{ADDRESS}:{port}"
    upstreams = " ".join(f"{ADDRESS}:{each}" for each in upstream_ports)
    config = folder / "Caddyfile"
    config.write_text(CADDYFILE.format(url=url, certificate=certificate, upstreams=upstreams))
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "caddy.log").open("ab") as log:
        command = [program, "run", "--config", str(config), "--adapter", "caddyfile"]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        _await_listener(process, port, folder / "caddy.log")
        yield RoundRobin(url, certificate)
    finally:
        process.terminate()
        process.wait(10)


def _await_listener(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while True:
        assert process.poll() is None, f"the proxy has ended: {log.read_text()[-2000:]}"
        try:
            socket.create_connection((ADDRESS, port), 1).close()
            return
        except OSError:
            assert time.monotonic() < until, f"the proxy does not answer: {log.read_text()[-2000:]}"
            time.sleep(0.05)
