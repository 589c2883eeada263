"""What Prometheus and Alertmanager reach, with their token: GET /metrics and POST /notices.

A notice is a file before it is answered, and goes when the loop has noted it: a restart loses none.
"""

import hmac
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from semesterhub_alerts.handover import Notice, notices_of
from semesterhub_alerts.metrics import Seen, exposition

PORT = 8091
LARGEST = 1 << 20
MOST = 200
"""Notices that wait: the loop takes all of them every minute."""
ODD = (OSError, ValueError, KeyError, TypeError, AttributeError)


class Server(ThreadingHTTPServer):
    """Answers whoever has the token."""

    daemon_threads = True

    def __init__(
        self, token: str, folder: Path, seen: Callable[[], Seen | None], port: int = PORT
    ) -> None:
        super().__init__(("", port), _Handler)
        self.authorization = f"Bearer {token}".encode()
        self.folder = folder
        self.seen = seen
        folder.mkdir(mode=0o700, exist_ok=True)

    def start(self) -> None:
        """Answer from now on, beside whatever else this process does."""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def keep(self, body: bytes) -> None:
        """Keep a notice for the loop; raise one of ODD for what is none."""
        notices_of(json.loads(body))
        if len(list(self.folder.glob("*.json"))) >= MOST:
            raise OSError("too many notices wait")
        name = f"{time.time_ns()}-{threading.get_ident()}"
        new = self.folder / f"{name}.new"
        new.write_bytes(body)
        new.replace(self.folder / f"{name}.json")


class _Handler(BaseHTTPRequestHandler):
    timeout = 10
    server_version = "alerts"
    sys_version = ""
    server: Server

    def do_GET(self) -> None:
        """Answer with the metrics."""
        if not self._is_known():
            return
        if self.path != "/metrics":
            self._answer(404)
            return
        kind = "text/plain; version=0.0.4; charset=utf-8"
        self._answer(200, exposition(self.server.seen()), kind)

    def do_POST(self) -> None:
        """Take what Alertmanager notifies."""
        if not self._is_known():
            return
        try:
            length = int(self.headers.get("Content-Length", "-1"))
            if self.path != "/notices" or not 0 <= length <= LARGEST:
                self._answer(404 if self.path != "/notices" else 413)
                return
            self.server.keep(self.rfile.read(length))
        except OSError:
            self._answer(503)  # Alertmanager tries again
        except ODD:
            self._answer(400)
        else:
            self._answer(200)

    def _is_known(self) -> bool:
        said = self.headers.get("Authorization", "").encode()
        if hmac.compare_digest(said, self.server.authorization):
            return True
        self._answer(401)
        return False

    def _answer(self, status: int, body: bytes = b"", kind: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: it is asked every half minute."""


def waiting(folder: Path) -> tuple[list[Notice], list[Path]]:
    """Read the notices that wait, the oldest first; return the files that had them too."""
    files = sorted(folder.glob("*.json"))
    found: list[Notice] = []
    for file in files:
        try:
            payload: Any = json.loads(file.read_text(encoding="utf-8"))
            found += notices_of(payload)
        except ODD:
            continue  # a disk that spoilt it: it would stop the loop for ever
    return found, files


def forget(files: list[Path]) -> None:
    """Remove notices that are noted."""
    for file in files:
        file.unlink(missing_ok=True)
