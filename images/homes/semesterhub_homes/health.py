"""Ask the service whether it is well: exit code 0 if so."""

import http.client
import os
import socket
import sys
from http import HTTPStatus
from pathlib import Path

TIMEOUT_SECONDS = 4


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("homes", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect(str(self._path))


def main() -> int:
    """Get /health once."""
    storage = Path(os.environ.get("SEMESTERHUB_STORAGE", "/srv/semesterhub"))
    connection = _UnixConnection(storage / "run" / "homes.sock")
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except OSError as error:
        print(f"the homes service does not answer: {error}", file=sys.stderr)
        return 1
    finally:
        connection.close()
    return 0 if status == HTTPStatus.OK else 1


if __name__ == "__main__":
    sys.exit(main())
