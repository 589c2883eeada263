"""A kernel of a student's server, as the page in a browser speaks to it."""

import json
import secrets
from collections.abc import Callable
from typing import Any

from tornado.websocket import WebSocketClientConnection

from semesterhub.check_browser import AnswerError, Browser


class Kernel:
    """One kernel, with the connection over which its cells run."""

    def __init__(self, channels: WebSocketClientConnection, session: str) -> None:
        """Take an open connection; `started` makes one."""
        self._channels = channels
        self._session = session

    @classmethod
    async def started(cls, browser: Browser, base: str) -> "Kernel":
        """Start a kernel in the server below a path."""
        kernels = f"{base}api/kernels"
        answer = (await browser.call("POST", kernels, {"name": "python3"})).expect(201)
        kernel = json.loads(answer.text)["id"]
        session = secrets.token_hex(8)
        path = f"{kernels}/{kernel}/channels?session_id={session}"
        return cls(await browser.open_socket(path), session)

    async def run(self, code: str) -> str:
        """Run a cell; return what it printed."""
        message = secrets.token_hex(8)
        await self._channels.write_message(json.dumps(_execute(code, self._session, message)))
        return await _output(self._channels.read_message, message)

    def close(self) -> None:
        """Close the connection; the kernel goes on, as it does without a browser."""
        self._channels.close()


def _execute(code: str, session: str, message: str) -> dict[str, object]:
    header = {"msg_id": message, "msg_type": "execute_request", "session": session}
    return {
        "channel": "shell",
        "header": {**header, "username": "", "version": "5.3"},
        "parent_header": {},
        "metadata": {},
        "content": {"code": code, "silent": False, "store_history": False},
    }


async def _output(read: Callable[[], Any], message_id: str) -> str:
    """Return what the cell prints until its kernel is idle again."""
    printed = ""
    while (text := await read()) is not None:
        message = json.loads(text)
        if message.get("parent_header", {}).get("msg_id") != message_id:
            continue
        content = message["content"]
        if message["msg_type"] == "stream":
            printed += content["text"]
        elif message["msg_type"] == "error":
            raise AnswerError(f"the cell ended with {content['ename']}: {content['evalue']}")
        elif message["msg_type"] == "status" and content["execution_state"] == "idle":
            return printed
    raise AnswerError("the connection to the kernel was closed")
