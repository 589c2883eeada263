"""Who may come over the network: the hub, by a certificate of the stack's own authority."""

import ssl
from pathlib import Path

from semesterhub_homes.settings import SettingsError, Tls

HUB_NAME = "hub"


def server_context(tls: Tls) -> ssl.SSLContext:
    """Read certificate, key and authority; raise SettingsError that names the file at fault."""
    for path in (tls.certificate, tls.key, tls.authority):
        _check_readable(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_cert_chain(tls.certificate, tls.key)
    except ssl.SSLError as error:
        raise SettingsError(
            f"{tls.certificate} and {tls.key} are no certificate and its key: {error.reason}"
        ) from error
    try:
        context.load_verify_locations(tls.authority)
    except ssl.SSLError as error:
        raise SettingsError(f"{tls.authority} is no certificate: {error.reason}") from error
    return context


def is_hub(connection: ssl.SSLSocket) -> bool:
    """Whether the other end, whose certificate OpenSSL has verified, is called the hub.

    The same authority signs for the operator and for engines, who have no business here.
    """
    subject = (connection.getpeercert() or {}).get("subject", ())
    names = [value for part in subject for key, value in part if key == "commonName"]
    return names == [HUB_NAME]


def _check_readable(path: Path) -> None:
    try:
        path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror}") from error
