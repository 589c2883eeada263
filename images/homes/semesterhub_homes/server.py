"""Where requests come in: a unix socket for the hub and root, TLS for a hub on another machine."""

import contextlib
import logging
import os
import socket
import socketserver
import ssl
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from semesterhub_homes.handler import Handler, NetworkHandler, peer_uid
from semesterhub_homes.service import HomesService
from semesterhub_homes.settings import HUB_UID
from semesterhub_homes.tls import is_hub

log = logging.getLogger("homes")

SOCKET_MODE = 0o660
HANDSHAKE_SECONDS = 10
POLL_SECONDS = 0.2


class _Listening(socketserver.ThreadingMixIn):
    """One thread a connection; few at a time at work, since they wait for one disk."""

    request_queue_size = 1024
    daemon_threads = False
    block_on_close = True
    concurrent: ClassVar[int] = 16

    def prepare(self, service: HomesService) -> None:
        """Say whose requests these are."""
        self.service = service
        self.at_work = threading.Semaphore(self.concurrent)
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": POLL_SECONDS}
        )

    def start(self) -> None:
        """Accept connections, in a thread of its own."""
        self._thread.start()

    @property
    def accepts(self) -> bool:
        """Whether connections are accepted: false before the start and after an end."""
        return self._thread.is_alive()

    def problem(self) -> str | None:
        """Say what is wrong with the service; None: nothing."""
        return None

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
        with self._open_lock:
            for connection in self._open:
                # Reading ends, an answer that is being worked on still goes out. The plain socket's
                # method: TLS's own would send what follows in the clear.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RD)
        self.server_close()


class HomesServer(_Listening, socketserver.UnixStreamServer):
    """The unix socket, for the hub on the same machine and for root."""

    def __init__(
        self, path: Path, service: HomesService, others: Sequence[_Listening] = ()
    ) -> None:
        """Listen. The socket appears under its name only with its owner and mode.

        The service is well as long as the others, which are started before, accept connections.
        """
        self.prepare(service)
        self._path = path
        self._others = others
        new = path.with_name(f".{path.name}.new")
        new.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            super().__init__(str(new), Handler)
        finally:
            os.umask(before)
        new.chmod(SOCKET_MODE)
        os.chown(new, 0, HUB_UID)
        new.replace(path)
        self._inode = path.stat().st_ino

    def problem(self) -> str | None:
        """Say that nobody listens for the hub's network."""
        if all(other.accepts for other in self._others):
            return None
        return "no connections are accepted over the network any more"

    def verify_request(self, request: socket.socket, client_address: object) -> bool:
        """Refuse whoever is neither hub nor root, before a byte is read."""
        del client_address
        uid = peer_uid(request)
        if uid not in {0, HUB_UID}:
            log.warning("refused a connection from UID %d", uid)
            return False
        return True

    def stop(self) -> None:
        """Take the socket's name away, but not a successor's who listens there already."""
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._inode:
                self._path.unlink()
        super().stop()


class TlsServer(_Listening, socketserver.TCPServer):
    """A port with TLS, for whoever has the hub's certificate."""

    allow_reuse_address = True  # a successor starts while old connections are still remembered

    def __init__(
        self, address: tuple[str, int], service: HomesService, context: ssl.SSLContext
    ) -> None:
        """Listen at a host's address and port."""
        self.prepare(service)
        self._context = context
        super().__init__(address, NetworkHandler)

    def get_request(self) -> tuple[ssl.SSLSocket, object]:
        """Accept a connection. Its handshake is its own thread's: a silent peer delays nobody."""
        connection, address = self.socket.accept()
        return self._context.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        ), address

    def finish_request(self, request: ssl.SSLSocket, client_address: tuple[str, int]) -> None:
        """Shake hands, then serve the hub and nobody else."""
        peer = client_address[0]
        request.settimeout(HANDSHAKE_SECONDS)
        try:
            request.do_handshake()
        except OSError as error:
            log.warning("refused a connection from %s: %s", peer, _reason(error))
            return
        if not is_hub(request):
            log.warning("refused a connection from %s: it is not the hub's certificate", peer)
            return
        super().finish_request(request, client_address)


def _reason(error: OSError) -> str:
    """Say what went wrong in a handshake, without OpenSSL's line numbers."""
    return getattr(error, "verify_message", None) or getattr(error, "reason", None) or str(error)
