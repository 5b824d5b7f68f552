"""Who signs: a certificate chain of this installation alone, made once, which nobody is asked to trust.

A reader of a signed clip sees that nothing changed since this installation signed it, and that the signer is unknown
to every trust list. A production deployment puts a chain from a certificate authority into the same two files.
"""

from __future__ import annotations

import datetime
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CHAIN_FILE = "chain.pem"
KEY_FILE = "key.pem"
_VALID_FOR = datetime.timedelta(days=3650)
_CLOCK_SLACK = datetime.timedelta(hours=1)


@dataclass(frozen=True)
class SigningIdentity:
    """PEM texts: the certificates from the signing one upwards, and the signing key (PKCS#8)."""

    chain_pem: str
    key_pem: str


def ensure_signing_identity(folder: Path) -> SigningIdentity:
    """The identity kept in `folder` (0700, files 0600); made there first when there is none.

    Safe against two processes making it at once: whichever renames its folder into place first is right.
    """
    if not (folder / KEY_FILE).is_file():
        _make(folder)
    return SigningIdentity((folder / CHAIN_FILE).read_text(), (folder / KEY_FILE).read_text())


def _make(folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = _make_chain()
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".signer-"))  # 0700
    try:
        _write_private(scratch / CHAIN_FILE, made.chain_pem)
        _write_private(scratch / KEY_FILE, made.key_pem)
        os.rename(scratch, folder)  # replaces an empty folder, refuses one that another process has just filled
    except OSError:
        if not (folder / KEY_FILE).is_file():
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def _make_chain() -> SigningIdentity:
    """A root that signs one leaf and is then forgotten: no key that could make a second leaf is kept."""
    tag = secrets.token_hex(4)
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name(f"Dramatis installation {tag} root")
    root = (
        _begin(root_name, root_name, root_key.public_key(), root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(sign=False, certify=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        _begin(_name(f"Dramatis installation {tag}"), root_name, leaf_key.public_key(), root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(sign=True, certify=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    chain = b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in (leaf, root))
    key = leaf_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningIdentity(chain.decode(), key.decode())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Dramatis, unverified installation"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + _VALID_FOR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _key_usage(*, sign: bool, certify: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        key_cert_sign=certify,
        crl_sign=certify,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
