"""The Triton process: what it is told, who may do what with it, and how its models are loaded.

gRPC is for the product: by a token, over TLS, where it leaves this machine. Everything else of Triton's API is closed
by a key that is made at each start and that nobody but this process knows: loading and unloading models, shared
memory, logging, traces. HTTP, over which models are loaded, is on the loopback alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import ipaddress
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inference.protocol import STATUS_MODEL, TRITON_TOKEN_HEADER
from inference.triton_repo.packaged_server import Installation
from inference.triton_repo.shared_memory import remove_regions
from inference.worker.child_process import die_with_parent

_FOR_PRODUCT = "inference,metadata,model-config,statistics"
_FOR_NOBODY = "model-repository,shared-memory,trace,logging"
_ADMIN = "dramatis-admin"
_LOAD_WITHIN_S = 120.0
_END_WITHIN_S = 15.0


class ServerRefused(ValueError):
    """The server may not be opened so; the message says what is missing."""


@dataclass(frozen=True)
class Access:
    """Who reaches the server. token: what callers show; certificate, key: its own; client_ca: whose callers it lets in.

    Raises ServerRefused where it would be open to a network.
    """

    host: str = "127.0.0.1"
    grpc_port: int = 8001
    http_port: int = 8000
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 8002
    token: str | None = None
    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ServerRefused("--tls-certificate and --tls-key belong together")
        if self.client_ca is not None and self.certificate is None:
            raise ServerRefused("--tls-client-ca needs --tls-certificate and --tls-key")
        if not is_loopback(self.host) and (self.token is None or self.certificate is None):
            missing = "give --token-file, --tls-certificate and --tls-key"
            raise ServerRefused(f"other machines reach {self.host}: {missing}")

    def words(self) -> list[str]:
        """Of the command line."""
        said = [
            f"--grpc-address={self.host}", f"--grpc-port={self.grpc_port}", "--http-address=127.0.0.1",
            f"--http-port={self.http_port}", f"--metrics-address={self.metrics_host}",
            f"--metrics-port={self.metrics_port}",
        ]  # fmt: skip
        if self.token is not None:
            said.append(f"--grpc-restricted-protocol={_FOR_PRODUCT}:{TRITON_TOKEN_HEADER}={self.token}")
            said.append(f"--http-restricted-api={_FOR_PRODUCT}:{TRITON_TOKEN_HEADER}={self.token}")
        if self.certificate is not None:
            said += ["--grpc-use-ssl=true", f"--grpc-server-cert={self.certificate}", f"--grpc-server-key={self.key}"]
        if self.client_ca is not None:
            said += ["--grpc-use-ssl-mutual=true", f"--grpc-root-cert={self.client_ca}"]
        return said


@dataclass
class TritonServer:
    """One server process, started again by who keeps it. shm_prefix: of the regions that its stubs leave behind."""

    installation: Installation
    repository: Path
    access: Access
    environment: Mapping[str, str]
    shm_prefix: str
    process: asyncio.subprocess.Process | None = None
    _admin_key: str = field(default_factory=secrets.token_urlsafe)

    async def run(self) -> int:
        """Until it ends, however that is; returns its exit status. One that this is cancelled in is ended."""
        self.process = await asyncio.create_subprocess_exec(
            *self._command(), env={**self.environment, **self.installation.environment}, preexec_fn=die_with_parent
        )
        try:
            return await self.process.wait()
        finally:
            await self._end()
            remove_regions(self.shm_prefix)

    async def is_live(self) -> bool:
        """Whether its HTTP endpoint answers."""
        return await asyncio.to_thread(self._ask, "GET", "/v2/health/live") == 200

    async def load(self, model: str) -> bool:
        """Load a model, or load it anew; whether that succeeded. Triton passes over one whose files are unchanged."""
        (self.repository / model / "1" / "model.py").touch()
        return await asyncio.to_thread(self._ask, "POST", f"/v2/repository/models/{model}/load") == 200

    def _command(self) -> list[str]:
        closed = [f"{_FOR_NOBODY}:{_ADMIN}={self._admin_key}"]
        return [
            str(self.installation.program), f"--model-repository={self.repository}",
            f"--backend-directory={self.installation.backends}", "--model-control-mode=explicit",
            f"--load-model={STATUS_MODEL}", "--allow-gpu-metrics=false", "--exit-timeout-secs=5",
            f"--backend-config=python,shm-region-prefix-name={self.shm_prefix}",
            *(f"--grpc-restricted-protocol={one}" for one in closed),
            *(f"--http-restricted-api={one}" for one in closed), *self.access.words(),
        ]  # fmt: skip

    def _ask(self, method: str, path: str) -> int | None:
        """The answer's status, None where there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.access.http_port, timeout=_LOAD_WITHIN_S)
        try:
            connection.request(method, path, headers={_ADMIN: self._admin_key})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    async def _end(self) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            async with asyncio.timeout(_END_WITHIN_S):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it there."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
