"""What the worst client can send: broken and bloated files, and whatever the OpenAPI document allows. Never a 5xx."""

from __future__ import annotations

import io
import itertools
import socket
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from PIL import Image
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from studio.assets import intake
from studio.examples import example_path
from tests.faults.server import Server


def _png(width: int, height: int, data: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(chunk(*each) for each in chunks)
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


def _encoded(kind: str, size: tuple[int, int] = (64, 64), **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, "red").save(stream, kind, **options)
    return stream.getvalue()


def _hostile() -> dict[str, bytes]:
    """Files by what is wrong with them."""
    bomb = zlib.compress(b"\0" * 20_000_000, 9)
    good = {kind: _encoded(kind) for kind in ("PNG", "JPEG", "WEBP")}
    files = {
        "nothing but zeros": b"\0" * 5000,
        "one byte": b"x",
        "a script": b"<script>alert(1)</script>",
        "an SVG with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "an SVG that reads a file": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
        "a PDF": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n",
        "a GIF": _encoded("GIF"),
        "a BMP": _encoded("BMP"),
        "a TIFF": _encoded("TIFF"),
        "an ICO": _encoded("ICO"),
        "a PCX": _encoded("PCX"),
        "a TGA": _encoded("TGA"),
        "a PPM": _encoded("PPM"),
        "a PPM that promises a lot": b"P6 60000 60000 255\n" + b"\0" * 100,
        "an ELF": b"\x7fELF" + b"\2\1\1" + b"\0" * 200,
        "a zip": b"PK\3\4" + b"\0" * 100,
        "gzip": zlib.compress(b"\0" * 100_000),
        "a pickle": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
        "a playlist": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "a concat script": b"ffconcat version 1.0\nfile /etc/passwd\n",
        "a PNG bomb": _png(30_000, 30_000, bomb),
        "a PNG bomb within the pixels": _png(6_000, 6_000, bomb),
        "a PNG of no width": _png(0, 10, b""),
        "a PNG of the widest kind": _png(2**31 - 1, 1, bomb[:100]),
        "a PNG of the highest kind": _png(1, 2**31 - 1, bomb[:100]),
        "a PNG with broken data": _png(64, 64, b"not deflated"),
        "a PNG with a text bomb": _png(64, 64, bomb[:100], (b"zTXt", b"a\0\0" + bomb)),
        "a PNG with a profile bomb": _png(64, 64, bomb[:100], (b"iCCP", b"a\0\0" + bomb)),
        "a PNG with a bad checksum": good["PNG"][:-8] + b"\0" * 8,
        "a JPEG that claims 65500 squared": good["JPEG"].replace(b"\0\x40\0\x40\3", b"\xff\xdc\xff\xdc\3"),
        "a JPEG of many scans": good["JPEG"][:-2] + b"\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0" * 20_000,
        "a JPEG of markers": b"\xff\xd8" + b"\xff\xe0\0\2" * 100_000,
        "HEIC in name": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 500,
        "AVIF in name": b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + b"\xff" * 500,
        "an MP4 in name": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0" * 500,
        "a box of its own size": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\0meta" * 50,
        "a RIFF that lies": b"RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\xff/" + b"\xff" * 100,
    }
    for kind, body in good.items():
        files[f"half a {kind}"] = body[: len(body) // 2]
        files[f"the head of a {kind}"] = body[:20]
        files[f"a {kind} turned inside out"] = body[:30] + bytes(255 - byte for byte in body[30:])
    return files


HOSTILE = _hostile()
AT_ONCE = 2  # as many as the studio decodes side by side


# A process is charged the peak of whoever forked it, so the decoder is started by a small one, not by these tests.
MEASURED = """
import resource, subprocess, sys
quiet = dict(stdin=sys.stdin, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"OMP_NUM_THREADS": "1"})
subprocess.run([sys.executable, "-I", *sys.argv[1:]], **quiet)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime)
"""


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("mode", [(), ("frames",)], ids=["as a photo", "as a video"])
def test_the_decoder_keeps_within_memory_and_time_at_every_one_of_them(mode: tuple[str, ...]) -> None:
    """The child that decodes, one for each file: its own peak, and the CPU time that it used."""

    def measure(body: bytes) -> list[bytes]:
        command = [sys.executable, "-I", "-c", MEASURED, str(intake._DECODER), *mode]
        return subprocess.run(command, input=body, capture_output=True).stdout.split()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for what, (peak_kib, cpu_s) in zip(HOSTILE, threads.map(measure, HOSTILE.values()), strict=True):
            assert int(peak_kib) < 512 * 1024, f"{what}: {int(peak_kib) // 1024} MiB"
            assert float(cpu_s) < 6, f"{what}: {float(cpu_s):.1f} s"


@pytest.mark.one_process
def test_no_hostile_file_is_taken_in_or_breaks_anything(live: Server) -> None:
    headers = {"Authorization": f"Bearer {live.api_key}"}
    with httpx.Client(base_url=live.url, headers=headers, timeout=30) as http:

        def send(what: str) -> None:
            body, sent = HOSTILE[what], {"name": "X", "consent": "own"}
            reply = http.post("/v1/videos/characters", data=sent, files={"references": ("x.png", body, "image/png")})
            assert reply.status_code == 400, f"{what}: {reply.status_code} {reply.text}"
            assert reply.json()["error"]["code"] in ("undecodable", "too_large", "photos_refused"), (
                f"{what}: {reply.text}"
            )
            reply = http.post("/v1/videos/characters", data=sent, files={"video": ("x.mp4", body, "video/mp4")})
            assert reply.status_code == 400, f"as a video, {what}: {reply.status_code} {reply.text}"

        with ThreadPoolExecutor(AT_ONCE) as threads:
            list(threads.map(send, HOSTILE))
        assert http.get("/v1/characters").status_code == 200
    assert max(map(_peak_kb, live.pids)) < 512 * 1024  # the decoder's child is bounded by its own limit


def _peak_kb(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


BROKEN_BODIES: dict[str, Callable[[], tuple[str, bytes]]] = {
    "no boundary": lambda: ("multipart/form-data", b"x"),
    "a boundary that never comes": lambda: ("multipart/form-data; boundary=a", b"--b\r\n\r\n"),
    "half a part": lambda: ("multipart/form-data; boundary=a", b'--a\r\nContent-Disposition: form-data; name="prompt"'),
    "a thousand fields": lambda: ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(1000))),
    "a deep JSON": lambda: ("application/json", b'{"characters":' + b"[" * 100_000),
    "a list": lambda: ("application/json", b"[1]"),
    "not JSON": lambda: ("application/json", b"{"),
    "not UTF-8": lambda: ("application/json", b'{"prompt": "\xff"}'),
    "a zero byte": lambda: ("application/json", b'{"prompt": "a\\u0000"}'),
    "half a surrogate": lambda: ("application/json", b'{"prompt": "\\ud800", "characters": ["chr_0"]}'),
    "a huge seed": lambda: ("application/json", b'{"prompt": "a", "seed": 1e400}'),
    "not a number": lambda: ("application/json", b'{"prompt": "a", "seconds": NaN}'),
    "no type": lambda: ("", b'{"prompt": "a"}'),
    "a deep name": lambda: ("application/x-www-form-urlencoded", b"prompt=a&a[b][c][d][e]=1&a]=2&[=3"),
    "one name in two ways": lambda: ("application/x-www-form-urlencoded", b"prompt=a&consent=own&consent[kind]=own"),
    "uneven items": lambda: (
        "application/x-www-form-urlencoded",
        b"prompt=a&characters[][id]=a&characters[][id]=b&characters[][placement]=left",
    ),
}


@pytest.mark.parametrize("case", BROKEN_BODIES)
def test_a_broken_body_is_refused_in_words(live: Server, case: str) -> None:
    kind, body = BROKEN_BODIES[case]()
    headers = {"Authorization": f"Bearer {live.api_key}", "Content-Type": kind}
    reply = httpx.post(f"{live.url}/v1/videos", headers=headers, content=body)
    assert reply.status_code == 400, reply.text
    assert reply.json()["error"]["message"]


def test_a_body_beyond_the_limit_is_refused_while_it_comes(live: Server) -> None:
    def endless() -> object:
        yield b'--a\r\nContent-Disposition: form-data; name="input_reference"; filename="x"\r\n\r\n'
        for _ in range(80):
            yield b"\0" * 2**20

    headers = {"Authorization": f"Bearer {live.api_key}", "Content-Type": "multipart/form-data; boundary=a"}
    reply = httpx.post(f"{live.url}/v1/videos", headers=headers, content=endless(), timeout=60)  # type: ignore[arg-type]
    assert reply.status_code == 413, reply.text


@pytest.mark.one_process
@pytest.mark.parametrize(
    "head",
    [
        "GET /healthz HTTP/1.1",
        "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b",
        "GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: \0",
        "GET /healthz HTTP/1.1\r\nHost : a",
        "POST /v1/takes HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked",
        "POST /v1/takes HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5",
        "POST /v1/takes HTTP/1.1\r\nHost: a\r\nContent-Length: -4",
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused(live: Server, head: str) -> None:
    with _connect(live) as connection:
        connection.sendall(f"{head}\r\n\r\n".encode())
        with connection.makefile("rb") as reply:
            assert reply.readline() == b"HTTP/1.1 400 Bad Request\r\n"


@pytest.mark.one_process
@pytest.mark.parametrize(
    ("head", "more"),
    [
        ("GET /", "a" * 1000),
        ("GET /healthz HTTP/1.1\r\nX-A: ", "a" * 1000),
        ("GET /healthz HTTP/1.1\r\n", "X-A: " + "b" * 993 + "\r\n"),
    ],
)
def test_a_head_without_an_end_is_cut_off(live: Server, head: str, more: str) -> None:
    def send() -> None:
        connection.sendall(head.encode())
        for _ in range(50_000):
            connection.sendall(more.encode())

    with _connect(live) as connection, pytest.raises(OSError, match=r"[Bb]roken pipe|reset by peer"):
        send()


def _connect(live: Server) -> socket.socket:
    url = httpx.URL(live.url)
    return socket.create_connection((url.host, url.port), timeout=30)


def test_every_reply_says_what_browsers_may_not_do(live: Server) -> None:
    for path in ("/healthz", "/v1/videos", "/nowhere", "/openapi.json"):
        headers = httpx.get(live.url + path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-request-id"].startswith("req_")


def test_nothing_secret_is_in_the_log(live: Server) -> None:
    headers = {"Authorization": f"Bearer {live.api_key}"}
    files = {"input_reference": ("x.png", example_path().read_bytes(), "image/png")}
    sent = {"prompt": "a secret of hers", "consent": "licensed_example", "seconds": "0.5", "size": "256x256"}
    made = httpx.post(f"{live.url}/v1/videos", headers=headers, data=sent, files=files, timeout=60).json()["id"]
    httpx.get(f"{live.url}/v1/videos", headers={"Authorization": "Bearer drm_wrong_but_secret"}, timeout=60)
    link = httpx.get(f"{live.url}/v1/videos/{made}/content", headers=headers, timeout=60)
    assert link.status_code in (302, 404)
    httpx.delete(f"{live.url}/v1/videos/{made}", headers=headers, timeout=60)
    told = "".join(log.read_text() for log in live.logs)
    for secret in (live.api_key, "X-Amz-Signature", "drm_wrong_but_secret", "a secret of hers"):
        assert secret not in told
    for secret in live.store_secrets:
        assert secret not in told


@pytest.mark.one_process
def test_the_document_holds_under_whatever_it_allows(live: Server) -> None:
    """Few examples of every route, always the same: 5xx, undocumented statuses and undocumented shapes are failures.

    Half of them name things that are there wherever a path asks for one; what deletes comes last.
    """
    document = httpx.get(f"{live.url}/openapi.json", timeout=30).json()
    schema = schemathesis.openapi.from_dict(document)
    headers = {"Authorization": f"Bearer {live.api_key}"}
    there = _things(live)
    bounded = settings(
        max_examples=6,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    operations = [found.ok() for found in schema.get_all_operations()]
    numbers = itertools.count()
    for operation in sorted(operations, key=lambda each: each.method.upper() == "DELETE"):
        if operation.path == "/v1/events":  # a stream that does not end
            continue

        @bounded
        @operation_given(operation)
        def call(case: schemathesis.Case) -> None:
            if next(numbers) % 2:
                case.path_parameters.update({name: there[name] for name in case.path_parameters if name in there})
            reply = case.call(base_url=live.url, headers=headers, timeout=30, allow_redirects=False)
            case.validate_response(
                reply, checks=[not_a_server_error, status_code_conformance, response_schema_conformance]
            )

        call()


def _things(live: Server) -> dict[str, str]:
    """One of most things that a path can name, by the name of the path's parameter."""
    with httpx.Client(base_url=live.url, headers={"Authorization": f"Bearer {live.api_key}"}, timeout=30) as http:
        files = {"input_reference": ("x.png", example_path().read_bytes(), "image/png")}
        sent = {"prompt": "She nods", "consent": "licensed_example", "seconds": "0.5", "size": "256x256"}
        video = http.post("/v1/videos", data=sent, files=files).json()
        while (video := http.get(f"/v1/videos/{video['id']}").json())["status"] not in ("completed", "failed"):
            time.sleep(0.1)
        character_id = video["characters"][0]["id"]
        character = http.get(f"/v1/characters/{character_id}").json()
        project = http.post("/v1/projects", json={"name": "A film"}).json()
        scene_body = {"heading": "INT. STUDIO - DAY"}
        http.post(f"/v1/projects/{project['id']}/scenes", json=scene_body).raise_for_status()
        scene_id = http.get(f"/v1/projects/{project['id']}/board").json()["scenes"][0]["id"]
        http.post(f"/v1/scenes/{scene_id}/shots", json={"prompt": "She smiles"}).raise_for_status()
        shot = http.get(f"/v1/projects/{project['id']}/board").json()["scenes"][0]["shots"][0]
        return {
            "video_id": video["id"],
            "take_id": "take_" + video["id"].removeprefix("video_"),
            "character_id": character_id,
            "asset_id": character["references"][0]["asset_id"],
            "upload_id": character["references"][0]["asset_id"],
            "project_id": project["id"],
            "scene_id": scene_id,
            "shot_id": shot["id"],
            "model": "previs",
        }


def operation_given(operation: object) -> Callable[[Callable[..., None]], Callable[..., None]]:
    from hypothesis import given

    return given(case=operation.as_strategy())  # type: ignore[attr-defined]
