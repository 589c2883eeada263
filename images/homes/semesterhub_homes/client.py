"""Ask the service, from inside its container."""

import http.client
import json
import os
import socket
from http import HTTPStatus
from pathlib import Path

TIMEOUT_SECONDS = 4
# Many homes are looked at, one after the other.
PATIENT_SECONDS = 20


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("homes", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask(
    method: str, path: str, body: object = None, timeout: float = TIMEOUT_SECONDS
) -> tuple[HTTPStatus, dict[str, object]]:
    """Make one request; raise OSError if nobody answers."""
    storage = Path(os.environ.get("SEMESTERHUB_STORAGE", "/srv/semesterhub"))
    connection = _UnixConnection(storage / "run" / "homes.sock", timeout)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        response = connection.getresponse()
        return HTTPStatus(response.status), json.loads(response.read())
    finally:
        connection.close()
