"""The certificates of the simulated site: an authority and its servers', good, wrongly named, expired, self-signed.

Keys are EC P-256 (made in about a millisecond), signatures SHA-256, so the channel binding of every certificate made
here is its SHA-256 hash (RFC 5929 section 4.1).  Everything is written as PEM into a folder that the caller gives and
removes; key files are readable by their owner only.
"""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Validity = Literal["now", "expired", "not yet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A server certificate with its key, both PEM files; `trust` is the PEM file a client must trust to accept it."""

    certificate: Path
    key: Path
    trust: Path

    @property
    def binding(self) -> bytes:
        """The `tls-server-end-point` channel binding data of this certificate (RFC 5929 section 4)."""
        made = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        return b"tls-server-end-point:" + made.fingerprint(hashes.SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate authority of the lab; its key stays in memory."""

    folder: Path
    certificate: Path
    subject: x509.Name
    key: ec.EllipticCurvePrivateKey = field(repr=False)


def make_authority(folder: Path, name: str = "nlbwiz lab authority") -> Authority:
    """A new authority, its certificate in `folder`/authority.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    made = (
        _builder(subject, subject, key.public_key(), "now")
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "authority.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return Authority(folder=folder, certificate=path, subject=subject, key=key)


def make_certificate(
    authority: Authority, file_name: str, names: Sequence[str], *, validity: Validity = "now"
) -> Certificate:
    """A server certificate signed by `authority` for `names` (IP addresses and DNS names), in `file_name`.pem and .key.

    A certificate for somebody else is one whose `names` are not the server's.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    made = _server(names, key, authority.subject, validity, authority.key).sign(authority.key, hashes.SHA256())
    return _write(authority.folder, file_name, made, key, trust=authority.certificate)


def make_self_signed(folder: Path, file_name: str, names: Sequence[str]) -> Certificate:
    """A certificate that vouches for itself, as `winrm quickconfig -transport:https` hosts often have."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _server(names, key, _name(names[0]), "now", key).sign(key, hashes.SHA256())
    return _write(folder, file_name, made, key, trust=folder / f"{file_name}.pem")


def _server(
    names: Sequence[str],
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    validity: Validity,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.CertificateBuilder:
    return (
        _builder(_name(names[0]), issuer, key.public_key(), validity)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, validity: Validity
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    first, last = {
        "now": (now - timedelta(days=1), now + timedelta(days=365)),
        "expired": (now - timedelta(days=365), now - timedelta(days=1)),
        "not yet": (now + timedelta(days=1), now + timedelta(days=365)),
    }[validity]
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last)
    )


def _write(
    folder: Path, file_name: str, made: x509.Certificate, key: ec.EllipticCurvePrivateKey, *, trust: Path
) -> Certificate:
    certificate, key_file = folder / f"{file_name}.pem", folder / f"{file_name}.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
    return Certificate(certificate=certificate, key=key_file, trust=trust)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
