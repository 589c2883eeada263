"""ACME Renewal Information (RFC 9773): when the authority wants a certificate to be replaced.

It is how an authority says that it is going to revoke many certificates. certbot 4.0 can't ask yet.
"""

import base64
import tempfile
from datetime import datetime, timedelta
from typing import Any

import requests
from cryptography import x509

from semesterhub_acme.certificate import Certificate
from semesterhub_acme.settings import Settings

PATIENCE_SECONDS = 20


def wanted(settings: Settings, certificate: Certificate) -> datetime | None:
    """Ask the authority; an answer that is not there or makes no sense is no wish."""
    try:
        with tempfile.NamedTemporaryFile("w") as bundle:
            verify: str | bool = True
            if settings.authority:
                bundle.write(settings.authority)
                bundle.flush()
                verify = bundle.name
            address = _get(settings.directory, verify=verify).get("renewalInfo")
            if not isinstance(address, str):
                return None
            return chosen(_get(f"{address}/{identifier(certificate)}", verify=verify), certificate)
    except (requests.RequestException, ValueError, TypeError, KeyError, x509.ExtensionNotFound):
        return None


def _get(address: str, *, verify: str | bool) -> dict[str, Any]:
    answer = requests.get(address, timeout=PATIENCE_SECONDS, verify=verify)
    answer.raise_for_status()
    document: dict[str, Any] = answer.json()
    return document


def identifier(certificate: Certificate) -> str:
    """Return what the authority calls the certificate: its own key's and the certificate's."""
    leaf = certificate.leaf
    authority = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    # One bit more than the number has: DER's numbers have a sign.
    serial = leaf.serial_number.to_bytes(leaf.serial_number.bit_length() // 8 + 1)
    return f"{_base64url(authority.key_identifier or b'')}.{_base64url(serial)}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def chosen(answer: dict[str, Any], certificate: Certificate) -> datetime:
    """Choose a moment of the window, always the same one of a certificate."""
    window = answer["suggestedWindow"]
    start, end = (datetime.fromisoformat(window[key]) for key in ("start", "end"))
    length: timedelta = end - start
    return start + length * (certificate.leaf.serial_number % 997 / 997)
