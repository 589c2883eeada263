"""As much of a websocket client as a test of kernels and terminals needs (RFC 6455)."""

import base64
import json
import os
import socket
import struct
from typing import Any, Self

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_SWITCHING = b" 101 "


class WebSocket:
    """A text-message websocket; a context manager."""

    def __init__(self, host: str, port: int, path: str, token: str, timeout: float = 60.0) -> None:
        self._socket = socket.create_connection((host, port), timeout=timeout)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: token {token}\r\n\r\n".encode()
        )
        self._buffer = b""
        head = self._until(b"\r\n\r\n")
        if _SWITCHING not in head.split(b"\r\n", 1)[0]:
            raise ConnectionError(f"no websocket at {path}: {head.decode(errors='replace')}")

    def __enter__(self) -> Self:
        """Nothing more than being open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self._socket.close()

    def send(self, message: object) -> None:
        """Send JSON."""
        self._frame(_TEXT, json.dumps(message).encode())

    def receive(self) -> Any:
        """Wait for the next message."""
        whole = b""
        while True:
            first, second = self._exactly(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", self._exactly(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", self._exactly(8))
            body = self._exactly(length)
            kind = first & 0x0F
            if kind == _CLOSE:
                raise ConnectionError(f"closed: {body[2:].decode(errors='replace')}")
            if kind == _PING:
                self._frame(_PONG, body)
            elif kind != _PONG:
                whole += body
                if first & 0x80:
                    return json.loads(whole)

    def _frame(self, kind: int, body: bytes) -> None:
        size = len(body)
        if size < 126:
            head = struct.pack(">BB", 0x80 | kind, 0x80 | size)
        elif size < 2**16:
            head = struct.pack(">BBH", 0x80 | kind, 0x80 | 126, size)
        else:
            head = struct.pack(">BBQ", 0x80 | kind, 0x80 | 127, size)
        mask = os.urandom(4)
        self._socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(body)))

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._more()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _more(self) -> None:
        got = self._socket.recv(65536)
        if not got:
            raise ConnectionError("the server hung up")
        self._buffer += got
