"""An archive for a closed box: what was packed arrives byte for byte; anything else is refused whole."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from studio.cli import app
from studio.commands.appliance_archive import ArchiveRefused, make_key, pack, unpack


def quiet(_: str) -> None:
    pass


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A folder with a key, and `box.tar`, in which are two folders."""
    for name, words in {"images/studio.tar": b"an image", "models/a/b.bin": bytes(3 << 20), "models/c": b""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(words)
    make_key(tmp_path / "key")
    folders = {"images": tmp_path / "images", "models": tmp_path / "models"}
    assert pack(tmp_path / "box.tar", folders, tmp_path / "key", quiet) == 3
    return tmp_path


def test_what_was_packed_arrives(packed: Path) -> None:
    words = ["appliance", "unpack", str(packed / "box.tar"), "--trust", str(packed / "key.pub")]
    assert CliRunner().invoke(app, [*words, "--verify"]).exit_code == 0
    assert not (packed / "box").exists()
    assert CliRunner().invoke(app, [*words, "--into", str(packed / "box")]).exit_code == 0
    for name in ("images/studio.tar", "models/a/b.bin", "models/c"):
        assert (packed / "box" / name).read_bytes() == (packed / name).read_bytes()
    assert CliRunner().invoke(app, [*words, "--into", str(packed / "box")]).exit_code == 1  # is there already


def one_bit(archive: bytes) -> bytes:
    return archive[: 1 << 20] + bytes([archive[1 << 20] ^ 1]) + archive[(1 << 20) + 1 :]


def cut_off(archive: bytes) -> bytes:
    return archive[: 2 << 20]


def last_file_gone(archive: bytes) -> bytes:
    return rewritten(archive, lambda members: members[:-1])


def another_file(archive: bytes) -> bytes:
    return rewritten(archive, lambda members: [*members, ("../outside", b"evil")])


def another_manifest(archive: bytes) -> bytes:
    return rewritten(
        archive, lambda members: [(members[0][0], members[0][1].replace(b"dramatis", b"Dramatis")), *members[1:]]
    )


Members = list[tuple[str, bytes]]


def rewritten(archive: bytes, change: Callable[[Members], Members]) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        members = [(member.name, (tar.extractfile(member) or io.BytesIO()).read()) for member in tar]
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, body in change(members):
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return made.getvalue()


def as_it_was(archive: bytes) -> bytes:
    return rewritten(archive, lambda members: members)


def test_what_is_only_written_again_is_whole(packed: Path) -> None:
    (packed / "again.tar").write_bytes(as_it_was((packed / "box.tar").read_bytes()))
    assert len(unpack(packed / "again.tar", None, packed / "key.pub", quiet)["files"]) == 3


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (one_bit, "damaged"),
        (cut_off, "cannot be read"),
        (last_file_gone, "missing"),
        (another_file, "not in its manifest"),
        (another_manifest, "not signed by"),
    ],
)
def test_an_archive_that_is_not_as_signed_leaves_nothing(
    packed: Path, harm: Callable[[bytes], bytes], words: str
) -> None:
    harmed = packed / "harmed.tar"
    harmed.write_bytes(harm((packed / "box.tar").read_bytes()))
    before = sorted(packed.iterdir())
    with pytest.raises(ArchiveRefused, match=words):
        unpack(harmed, packed / "box", packed / "key.pub", quiet)
    assert sorted(packed.iterdir()) == before


def test_another_signer_is_not_trusted(packed: Path) -> None:
    make_key(packed / "other")
    with pytest.raises(ArchiveRefused, match="not signed by the key"):
        unpack(packed / "box.tar", packed / "box", packed / "other.pub", quiet)
