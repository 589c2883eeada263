"""Start a kernel and run code in it, as a notebook page does."""

import secrets
from typing import Self

from testing.student import Student
from testing.websocket import WebSocket


class Kernel:
    """A running kernel; a context manager that leaves it to its server."""

    def __init__(self, student: Student, name: str = "python3") -> None:
        model = student.request("POST", "api/kernels", {"name": name}).json()
        self.id: str = model["id"]
        self._session = secrets.token_hex(8)
        path = f"{student.prefix}api/kernels/{self.id}/channels?session_id={self._session}"
        self._socket = WebSocket(student.address, 8888, path, student.hub.browser_token)

    def __enter__(self) -> Self:
        """Nothing more than being connected."""
        return self

    def __exit__(self, *_: object) -> None:
        """Disconnect."""
        self._socket.__exit__()

    def run(self, code: str) -> str:
        """Run code; answers what it printed, or raises what it raised."""
        message_id = secrets.token_hex(8)
        self._socket.send(
            {
                "channel": "shell",
                "header": {
                    "msg_id": message_id,
                    "msg_type": "execute_request",
                    "session": self._session,
                    "username": "",
                    "version": "5.3",
                },
                "parent_header": {},
                "metadata": {},
                "content": {"code": code, "silent": False, "store_history": False},
            }
        )
        printed = ""
        while True:
            message = self._socket.receive()
            if message["parent_header"].get("msg_id") != message_id:
                continue
            content = message["content"]
            if message["msg_type"] == "stream":
                printed += content["text"]
            elif message["msg_type"] == "error":
                raise RuntimeError(f"{content['ename']}: {content['evalue']}")
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                return printed
