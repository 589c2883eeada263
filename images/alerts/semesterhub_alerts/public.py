"""Asks the course's public address as a browser does, and looks at its certificate."""

import http.client
import socket
import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from semesterhub_alerts.facts import Public
from semesterhub_alerts.message import in_words

TIMEOUT_SECONDS = 10
DAY = 86400
ROUTES = Path("/proc/net/route")


def ask(url: str, authority: str) -> Public:
    """Ask once. Nothing secret is sent, so any certificate will do to see which one it is."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    certificate: bytes | None = None
    try:
        with (
            socket.create_connection((reachable(host), port), TIMEOUT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as connection,
        ):
            certificate = connection.getpeercert(binary_form=True)
            status, date = _login_page(connection, parts.netloc)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Public(error=in_words(error), **_certificate(certificate, authority))
    ahead = None if date is None else date.timestamp() - time.time()
    return Public(status=status, clock_ahead=ahead, **_certificate(certificate, authority))


def _login_page(connection: ssl.SSLSocket, host: str) -> tuple[int, datetime | None]:
    connection.settimeout(TIMEOUT_SECONDS)
    connection.sendall(
        f"GET /hub/login HTTP/1.1\r\nHost: {host}\r\nUser-Agent: semesterhub-alerts\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    response = http.client.HTTPResponse(connection)
    try:
        response.begin()
        date = response.getheader("Date")
        response.read(1 << 20)
    finally:
        response.close()
    try:
        return response.status, parsedate_to_datetime(date) if date else None
    except ValueError:
        return response.status, None


def _certificate(der: bytes | None, authority: str) -> dict[str, float | bool]:
    if der is None:
        return {}
    try:
        shown = x509.load_der_x509_certificate(der)
    except ValueError:
        return {}
    days = (shown.not_valid_after_utc - datetime.now(UTC)).total_seconds() / DAY
    return {"certificate_days": days, "own_authority": bool(authority) and _by(shown, authority)}


def _by(shown: x509.Certificate, authority: str) -> bool:
    try:
        shown.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.encode()))
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def reachable(host: str, routes: Path = ROUTES) -> str:
    """Tell where the address is for a container: this computer itself is its gateway there."""
    if host != "localhost":
        return host
    for line in routes.read_text(encoding="ascii").splitlines()[1:]:
        _, target, gateway, *_ = line.split()
        if target == "00000000":
            return socket.inet_ntoa(bytes.fromhex(gateway)[::-1])
    return host
