"""Keys and certificates: made, read, and held against each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from semesterhub_acme.errors import AcmeError


@dataclass(frozen=True)
class Request:
    """A new key, and the request for its certificate; both PEM."""

    key: bytes
    csr: bytes


def new_request(domains: Sequence[str]) -> Request:
    """Make a key, as every certificate has one of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(domain) for domain in domains]
    csr = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .add_extension(x509.SubjectAlternativeName(names), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Request(
        key=key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        csr=csr.public_bytes(serialization.Encoding.PEM),
    )


@dataclass(frozen=True)
class Certificate:
    """A certificate with its chain and key."""

    # The key, then the certificate, then its chain: one file, so that no reader sees an old key
    # beside a new certificate.
    pem: bytes
    leaf: x509.Certificate

    @property
    def starts(self) -> datetime:
        """From when it holds."""
        return self.leaf.not_valid_before_utc

    @property
    def ends(self) -> datetime:
        """Until when it holds."""
        return self.leaf.not_valid_after_utc

    @property
    def lifetime(self) -> timedelta:
        """How long it holds in all."""
        return self.ends - self.starts

    @property
    def issuer(self) -> str:
        """The authority, as it calls itself."""
        for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
            names = self.leaf.issuer.get_attributes_for_oid(oid)
            if names:
                return str(names[0].value)
        return self.leaf.issuer.rfc4514_string()

    @property
    def serial(self) -> str:
        """Its number, in hexadecimal."""
        return f"{self.leaf.serial_number:x}"

    def covers(self, domains: Sequence[str]) -> bool:
        """Tell whether it is for all of these names."""
        names = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return set(domains) <= set(names.get_values_for_type(x509.DNSName))


def join(key: bytes, chain: bytes, domains: Sequence[str]) -> Certificate:
    """Put a key and what an authority answered together, if they belong together."""
    certificate = parse(key.rstrip() + b"\n" + chain)
    if not certificate.covers(domains):
        wanted = " and ".join(domains)
        raise AcmeError(f"the authority sent a certificate that is not for {wanted}")
    return certificate


def parse(pem: bytes) -> Certificate:
    """Read a key and its certificate from one text."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
        leaf = x509.load_pem_x509_certificates(pem)[0]
        fits = key.public_key() == leaf.public_key()
    except (ValueError, TypeError, IndexError, x509.ExtensionNotFound) as error:
        raise AcmeError(f"this is no key with its certificate: {error}") from error
    if not fits:
        raise AcmeError("the certificate is not for this key")
    return Certificate(pem=pem, leaf=leaf)


def load(path: Path) -> Certificate | None:
    """Read a certificate from a file, if one is there."""
    try:
        return parse(path.read_bytes())
    except FileNotFoundError:
        return None
