"""A TLS proxy in front of a studio, as a team's box has one: ends TLS, and passes on what is said inside."""

from __future__ import annotations

import asyncio
import datetime
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "films.example"
CHUNK = 65536


@dataclass(frozen=True)
class TlsProxy:
    """Where it listens, under which name, and the certificate to trust."""

    port: int
    certificate: Path

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    def client(self, api_key: str | None = None) -> httpx.Client:
        """Who finds the proxy by its name, and can reach nothing else."""
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        return httpx.Client(base_url=self.url, headers=headers, transport=_OnlyTheProxy(self), timeout=60)


class _OnlyTheProxy(httpx.HTTPTransport):
    """Resolves one name; every other address is out of reach."""

    def __init__(self, proxy: TlsProxy) -> None:
        super().__init__(verify=ssl.create_default_context(cafile=str(proxy.certificate)))
        self._at = (HOST, proxy.port)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if (request.url.host, request.url.port) != self._at:
            raise httpx.ConnectError(f"{request.url.host}:{request.url.port} cannot be reached from here")
        there, named = request.url.copy_with(host="127.0.0.1"), {**request.extensions, "sni_hostname": HOST}
        assert isinstance(request.stream, httpx.SyncByteStream)
        onward = httpx.Request(request.method, there, headers=request.headers, stream=request.stream, extensions=named)
        return super().handle_request(onward)


@contextmanager
def tls_proxy(folder: Path, upstream_port: int) -> Iterator[TlsProxy]:
    """A proxy to a port of this machine, in a thread of its own, with a fresh certificate in `folder`."""
    certificate = certify(folder, x509.DNSName(HOST))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop = asyncio.new_event_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            onward, back = await asyncio.open_connection("127.0.0.1", upstream_port)
            await asyncio.gather(_pump(reader, back), _pump(onward, writer))

    thread = threading.Thread(target=loop.run_forever, name="tls-proxy")
    thread.start()
    opening = asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    server = asyncio.run_coroutine_threadsafe(opening, loop).result()
    yield TlsProxy(server.sockets[0].getsockname()[1], certificate)
    asyncio.run_coroutine_threadsafe(_end(server), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(CHUNK):
            target.write(chunk)
            await target.drain()
    target.close()


def certify(folder: Path, name_of_host: x509.GeneralName) -> Path:
    """A key and a certificate for a host, good for three hours, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=3))
        .add_extension(x509.SubjectAlternativeName([name_of_host]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "certificate.pem"
    path.write_bytes(secret + certificate.public_bytes(pem))
    return path
