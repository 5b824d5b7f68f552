"""The mark: valid and untrusted, tied to the receipt, broken by one changed byte."""

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from inference.media.encode import ClipEncoder
from inference.media.provenance import ClipSigner
from inference.media.signing_identity import ensure_signing_identity
from inference.media.verify import verify_clip

RECEIPT, MEDIA = "a" * 64, "b" * 64


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    unsigned = tmp_path / "unsigned.mp4"
    with ClipEncoder(unsigned, 128, 128, 24) as clip:
        for level in range(12):
            clip.add(np.full((128, 128, 3), level * 20, np.uint8))
    signer = ClipSigner(ensure_signing_identity(tmp_path / "signer"), "1.2.3")
    signer.sign(unsigned, tmp_path / "clip.mp4", receipt_sha256=RECEIPT, media_sha256=MEDIA, model="previs")
    return tmp_path / "clip.mp4"


def verify_by_command(path: Path) -> tuple[int, dict[str, object]]:
    command = [sys.executable, "-m", "inference.media", "verify", str(path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def test_a_fresh_clip_is_valid_and_claims_no_trust(signed: Path) -> None:
    status, report = verify_by_command(signed)
    assert status == 0
    assert report["state"] == "valid"
    assert report["trusted"] is False
    assert report["problems"] == ["signingCredential.untrusted"]
    assert (report["receipt_sha256"], report["media_sha256"]) == (RECEIPT, MEDIA)
    assert report["claim_generator"] == "Dramatis 1.2.3"
    assert str(report["digital_source_type"]).endswith("/compositeWithTrainedAlgorithmicMedia")


@pytest.mark.parametrize("part", [b"mdat", b"receipt_sha256", b"moov"])
def test_one_changed_bit_is_noticed(signed: Path, part: bytes) -> None:
    data = bytearray(signed.read_bytes())
    data[data.rfind(part) + 40] ^= 1
    signed.write_bytes(data)
    status, report = verify_by_command(signed)
    assert status == 1
    assert report["state"] == "invalid"


def test_a_clip_cut_short_is_noticed(signed: Path) -> None:
    data = signed.read_bytes()
    signed.write_bytes(data[: len(data) - 100])
    assert verify_clip(signed).state == "invalid"


def test_no_mark_is_said_to_be_no_mark(signed: Path) -> None:
    report = verify_clip(signed.with_name("unsigned.mp4"))
    assert report.state == "unsigned"
    assert report.receipt_sha256 is None


def test_the_key_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "signer"
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: ensure_signing_identity(folder), range(4)))
    assert len(set(made)) == 1
    assert {stat.S_IMODE(os.stat(folder / name).st_mode) for name in os.listdir(folder)} == {0o600}
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert [path.name for path in folder.parent.iterdir()] == ["signer"], "nothing half made is left"
