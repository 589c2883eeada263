"""One connection's requests: what is asked, and what goes out."""

import contextlib
import json
import socket
import sqlite3
import struct
import threading
from collections.abc import Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import BinaryIO, ClassVar, Protocol

from semesterhub_homes.answers import Answer, refusal
from semesterhub_homes.kept import MAX_DATABASE, tags
from semesterhub_homes.service import HomesService

MAX_BODY = 16384
MAX_DISCARDED = 1 << 20
CHUNK = 1 << 16
PEER = struct.Struct("3i")  # struct ucred: pid, uid, gid

HUB_REQUESTS = frozenset(
    {
        ("GET", "/health"),
        ("POST", "/homes"),
        ("DELETE", "/homes"),
        ("GET", "/hub-database"),
        ("PUT", "/hub-database"),
    }
)
# Limits are the operator's, who comes by way of the container.
ALL_REQUESTS = HUB_REQUESTS | {("GET", "/quotas"), ("POST", "/quotas")}


class Listener(Protocol):
    """What a handler needs of the server that it belongs to."""

    service: HomesService
    at_work: threading.Semaphore

    def problem(self) -> str | None:
        """Say what is wrong with the service; None: nothing."""


class PeerGoneError(Exception):
    """The other end went away in the middle of what it sent."""


class Body:
    """A request's body, in parts as it comes in."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        """Take the length that the head promised, in bytes."""
        self._file = file
        self._left = length

    def __iter__(self) -> Iterator[bytes]:
        """Go on where the last iteration ended; raise PeerGoneError if less comes than promised."""
        while self._left:
            try:
                part = self._file.read(min(CHUNK, self._left))
            except OSError as error:
                raise PeerGoneError from error
            if not part:
                raise PeerGoneError
            self._left -= len(part)
            yield part

    def discard(self) -> None:
        """Read what nobody wanted: the other end reads the answer when it has sent all."""
        for _ in self:
            pass


def peer_uid(connection: socket.socket) -> int:
    """Tell, from the kernel, as whom the process at the other end of a unix socket runs."""
    _, uid, _ = PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
    return uid


class Handler(BaseHTTPRequestHandler):
    """Requests by the unix socket."""

    protocol_version = "HTTP/1.1"
    server_version = "homes"
    sys_version = ""
    timeout = 30  # of an idle connection
    disable_nagle_algorithm = False  # there is none on a unix socket
    known: ClassVar[frozenset[tuple[str, str]]] = ALL_REQUESTS
    server: Listener

    def do_GET(self) -> None:
        """Answer a request that changes nothing."""
        if not self._is_known():
            self._send(self._unknown())
        elif self.path == "/health":
            problem = self.server.problem()
            well = Answer(HTTPStatus.OK, {"status": "ok"})
            self._send(refusal(HTTPStatus.SERVICE_UNAVAILABLE, problem) if problem else well)
        elif self.path == "/hub-database":
            self._send_database()
        else:
            with self.server.at_work:
                answer = self.server.service.quotas()
            self._send(answer)

    def do_POST(self) -> None:
        """Make a home, or set a limit."""
        length = self._length(MAX_BODY)
        if length is None:
            return
        body = self.rfile.read(length)
        if not self._is_known():
            self._send(self._unknown())
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
            if self.command == "DELETE":
                answer = service.remove_home(request)
            elif self.path == "/homes":
                answer = service.home(request)
            else:
                answer = service.set_quota(request)
        self._send(answer)

    def do_DELETE(self) -> None:
        """Remove a home: a workshop's guest's, or one that was made for a check."""
        self.do_POST()

    def do_PUT(self) -> None:
        """Keep a copy of the hub's database."""
        length = self._length(MAX_DATABASE)
        if length is None:
            return
        body = Body(self.rfile, length)
        if self._is_known():
            answer = self.server.service.database.put(self.headers, body)
        else:
            answer = self._unknown()
        body.discard()
        self._send(answer)

    def _send_database(self) -> None:
        try:
            kept = self.server.service.database.get()
        except (OSError, sqlite3.Error) as error:
            text = f"the copy of the hub's database can't be read: {error}"
            self._send(refusal(HTTPStatus.INTERNAL_SERVER_ERROR, text))
            return
        if kept is None:
            body: dict[str, object] = {"error": "there is no copy", "digest": None}
            self._send(Answer(HTTPStatus.NOT_FOUND, body))
            return
        with kept.file:
            same = kept.digest in tags(self.headers.get("If-None-Match", ""))
            self.send_response(HTTPStatus.NOT_MODIFIED if same else HTTPStatus.OK)
            self.send_header("ETag", f'"{kept.digest}"')
            if not same:
                self.send_header("Content-Type", "application/vnd.sqlite3")
                self.send_header("Content-Length", str(kept.size))
            self.end_headers()
            while not same and (part := kept.file.read(CHUNK)):
                self.wfile.write(part)

    def _is_known(self) -> bool:
        return (self.command, self.path) in self.known

    def _unknown(self) -> Answer:
        known = ", ".join(f"{method} {path}" for method, path in sorted(self.known))
        return refusal(HTTPStatus.NOT_FOUND, f"there are {known}")

    def _length(self, most: int) -> int | None:
        """Read how long the body is; None if that is not to be, which is then answered."""
        length = self.headers.get("Content-Length", "")
        if length.isascii() and length.isdigit() and int(length) <= most:
            return int(length)
        self.close_connection = True
        # With unread bytes the kernel would reset the connection and lose the answer.
        self.connection.settimeout(0)
        with contextlib.suppress(OSError):
            self.rfile.read(MAX_DISCARDED)
        self.connection.settimeout(self.timeout)
        text = f"Content-Length must say how long the body is, at most {most}"
        self._send(refusal(HTTPStatus.BAD_REQUEST, text))
        return None

    def _send(self, answer: Answer) -> None:
        body = json.dumps(answer.body).encode() + b"\n"
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        """Name the other end; nothing is looked up."""
        return "hub"

    def log_message(self, *_: object) -> None:
        """Log nothing here: the service logs what it makes."""


class NetworkHandler(Handler):
    """Requests by TLS: the hub's and no others."""

    disable_nagle_algorithm = True
    known = HUB_REQUESTS
