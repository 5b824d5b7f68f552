"""Whom a webhook may be sent to: the public internet and nobody else, whatever the URL or the name's servers say."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from studio.webhooks.addresses import is_public
from studio.webhooks.destination import DestinationRefused, choose_address, read_destination
from studio.webhooks.sender import Sender
from tests.studio.webhooks.receiver import Receiver, Say, open_receiver
from tests.tls_proxy import certify

HOSTILE = [
    "0.0.0.0",  # noqa: S104 (nothing listens there)
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.1.2.3",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.0.192",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "192.175.48.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::a00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2620:4f:8000::1",
    "3ffe::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::a9fe:a9fe",
    "fec0::1",
    "feff::1",
    "ff01::1",
    "ff02::1",
    "ff0e::1",
    "2400:cb00::5efe:7f00:1",
    "2400:cb00::200:5efe:a00:1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2400:cb00:2048:1::6814:55"]


def test_more_than_sixty_addresses_are_hostile() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("address", HOSTILE)
def test_an_address_inside_is_refused_as_an_address_and_behind_a_name(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(DestinationRefused):
        read_destination(f"https://{host}/hooks")


@pytest.mark.parametrize("address", HOSTILE)
async def test_a_name_that_leads_inside_is_refused_even_beside_a_public_address(address: str) -> None:
    for found in ([address], ["8.8.8.8", address], [address, "8.8.8.8"]):

        async def resolve(host: str, port: int, found: list[str] = found) -> list[str]:
            return found

        with pytest.raises(DestinationRefused):
            await choose_address(read_destination("https://hooks.example.com/"), resolve=resolve)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_spoken_to(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hooks",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/",
        "example.com",
        "https:///hooks",
        "https://",
        "",
        "https://user:word@example.com/",
        "https://example.com@127.0.0.1/",
        "https://example.com/#here",
        "https://example.com:22/",
        "https://example.com:25/",
        "https://example.com:80/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/\r\nHost: inside",
        "https://[::1",
        "https://" + "a" * 2100 + ".example.com/",
        "http://localhost:8420/",
        "http://127.0.0.1:8420/",
    ],
)
def test_a_url_that_is_no_public_https_address_is_refused(url: str) -> None:
    with pytest.raises(DestinationRefused):
        read_destination(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://localhost/",
        "https://localhost./",
        "https://①②⑦.⓪.⓪.①/",
        "https://0/",
    ],
)
async def test_other_spellings_of_this_machine_are_refused_when_they_are_resolved(url: str) -> None:
    with pytest.raises(DestinationRefused):
        await choose_address(read_destination(url))


async def test_a_name_that_changes_between_the_judgement_and_the_connection_changes_nothing() -> None:
    asked = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["192.0.2.1", "8.8.8.8"][1:] if len(asked) == 1 else ["127.0.0.1"]

    with open_receiver() as inside:
        sender = Sender(resolve=rebinding, timeout_s=1.0)
        answer = await sender.send(f"https://rebinding.example:{inside.port}/", "{}", {})
        await sender.close()
    assert asked == ["rebinding.example"]  # once: the connection goes to what was judged, and finds nobody there
    assert answer.status is None
    assert inside.received == []


def _tls(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side for this name, and who trusts it."""
    certificate = certify(folder, x509.DNSName(name))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    return server, ssl.create_default_context(cafile=str(certificate))


async def _to_this_machine(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def test_tls_and_the_host_header_have_the_name_while_the_connection_goes_to_the_address(tmp_path: Path) -> None:
    server, trust = _tls(tmp_path, "hooks.example")
    with open_receiver(server) as receiver:
        sender = Sender(resolve=_to_this_machine, trust=trust, loopback=True)
        answer = await sender.send(f"https://hooks.example:{receiver.port}/a?b=c", "{}", {})
        other = await sender.send(f"https://elsewhere.example:{receiver.port}/", "{}", {})
        await sender.close()
    assert answer.is_success, answer
    assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"
    assert receiver.received[0].path == "/a?b=c"
    assert other.status is None  # the certificate is for another name
    assert len(receiver.received) == 1


@pytest.fixture
async def sender() -> Sender:
    return Sender(loopback=True, timeout_s=5.0)


async def test_a_redirect_is_a_failure_and_is_not_followed(sender: Sender, receiver: Receiver) -> None:
    receiver.answers = [Say(302, {"Location": receiver.url})]
    answer = await sender.send(receiver.url, "{}", {})
    assert (answer.status, answer.is_success) == (302, False)
    assert len(receiver.received) == 1


async def test_of_a_long_reply_the_beginning_is_read(sender: Sender, receiver: Receiver) -> None:
    receiver.answers = [Say(200, {}, b"x" * 10_000_000)]
    answer = await sender.send(receiver.url, "{}", {})
    assert answer.is_success
    assert answer.reply == "x" * 4096


async def test_a_reply_that_is_packed_is_not_unpacked(sender: Sender, receiver: Receiver) -> None:
    bomb = b"\x1f\x8b" + b"\0" * 100
    receiver.answers = [Say(200, {"Content-Encoding": "gzip"}, bomb)]
    assert (await sender.send(receiver.url, "{}", {})).is_success


async def test_silence_ends_after_the_time_out(receiver: Receiver) -> None:
    import threading

    late = threading.Event()

    def wait() -> Say:
        late.wait(30)
        return Say()

    receiver.answers = [wait]
    sender = Sender(loopback=True, timeout_s=0.3)
    answer = await sender.send(receiver.url, "{}", {})
    late.set()
    await sender.close()
    assert answer.status is None
    assert answer.error == "no answer within 0.3 s"


async def test_nobody_there_is_told_without_saying_more_of_our_network(sender: Sender) -> None:
    answer = await sender.send("http://127.0.0.1:1/", "{}", {})
    assert answer.error == "no connection: ConnectError"
