"""HTTP on a unix socket that only the hub and root can use."""

import contextlib
import json
import logging
import os
import socket
import socketserver
import struct
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar

from semesterhub_homes.service import Answer, HomesService, refusal

log = logging.getLogger("homes")

MAX_BODY = 16384
MAX_DISCARDED = 1 << 20
SOCKET_MODE = 0o660
HUB_UID = 10990
UNKNOWN = refusal(HTTPStatus.NOT_FOUND, "there are POST /homes, GET and POST /quotas, GET /health")
PEER = struct.Struct("3i")  # struct ucred: pid, uid, gid


def peer_uid(connection: socket.socket) -> int:
    """Tell, from the kernel, as whom the process at the other end runs."""
    _, uid, _ = PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
    return uid


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "homes"
    sys_version = ""
    timeout = 30  # of an idle connection
    disable_nagle_algorithm = False  # there is none on a unix socket
    server: "HomesServer"

    def do_GET(self) -> None:
        if self.path == "/health":
            self._send(Answer(HTTPStatus.OK, {"status": "ok"}))
        elif self.path == "/quotas":
            with self.server.at_work:
                answer = self.server.service.quotas()
            self._send(answer)
        else:
            self._send(UNKNOWN)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            # With unread bytes the kernel would reset the connection and lose the answer.
            self.connection.settimeout(0)
            with contextlib.suppress(OSError):
                self.rfile.read(MAX_DISCARDED)
            self.connection.settimeout(self.timeout)
            text = f"Content-Length must say how long the body is, at most {MAX_BODY}"
            self._send(refusal(HTTPStatus.BAD_REQUEST, text))
            return
        body = self.rfile.read(int(length))
        if self.path not in {"/homes", "/quotas"}:
            self._send(UNKNOWN)
            return
        # The hub asks for homes; limits are the operator's.
        if self.path == "/quotas" and peer_uid(self.connection) != 0:
            self._send(refusal(HTTPStatus.FORBIDDEN, "limits are changed by root alone"))
            return
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            self._send(refusal(HTTPStatus.BAD_REQUEST, "the body is no JSON"))
            return
        with self.server.at_work:
            service = self.server.service
            answer = service.home(request) if self.path == "/homes" else service.set_quota(request)
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        body = json.dumps(answer.body).encode() + b"\n"
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "hub"

    def log_message(self, *_: object) -> None:
        """Log nothing here: the service logs what it makes."""


class HomesServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One thread a connection; few at a time at work, since they wait for one disk."""

    request_queue_size = 1024
    daemon_threads = False
    block_on_close = True
    concurrent: ClassVar[int] = 16

    def __init__(self, path: Path, service: HomesService) -> None:
        """Listen. The socket appears under its name only with its owner and mode."""
        self.service = service
        self.at_work = threading.Semaphore(self.concurrent)
        self._path = path
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        new = path.with_name(f".{path.name}.new")
        new.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            super().__init__(str(new), _Handler)
        finally:
            os.umask(before)
        new.chmod(SOCKET_MODE)
        os.chown(new, 0, HUB_UID)
        new.replace(path)
        self._inode = path.stat().st_ino

    def verify_request(self, request: socket.socket, client_address: object) -> bool:
        """Refuse whoever is neither hub nor root, before a byte is read."""
        del client_address
        uid = peer_uid(request)
        if uid not in {0, HUB_UID}:
            log.warning("refused a connection from UID %d", uid)
            return False
        return True

    def process_request_thread(self, request: socket.socket, client_address: object) -> None:
        """Serve one connection, known to stop()."""
        with self._open_lock:
            self._open.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._open_lock:
                self._open.discard(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay calm: a caller that goes away is no error of ours."""
        del request, client_address
        log.debug("a connection broke", exc_info=True)

    def stop(self) -> None:
        """Accept nothing more, let what is at work end, close idle connections."""
        self.shutdown()
        with contextlib.suppress(OSError):
            # Not if a successor listens there already.
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()
        with self._open_lock:
            for connection in self._open:
                # Reading ends, an answer that is being worked on still goes out.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)
        self.server_close()
