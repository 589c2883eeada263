"""What a new student does in a course, by the public address, each step with its time."""

import asyncio
import json
import secrets
import ssl
import time
from collections.abc import Callable, Coroutine
from typing import Any

from tornado.httpclient import HTTPClientError
from tornado.websocket import WebSocketError

from semesterhub.check_browser import AnswerError, Browser
from semesterhub.check_kernel import Kernel
from semesterhub.settings import load_settings
from semesterhub.words import NO_ROOM

FILE = "check.txt"
START, SAVE = "start a server", "save a file"
Step = tuple[str, Callable[[], Coroutine[Any, Any, None]], str]
"""What somebody does, in words; how; and where to look when it fails."""
OPEN_SECONDS = 30
_LOGS = "npm run logs {}"
ERRORS = (AnswerError, OSError, HTTPClientError, WebSocketError, ValueError, KeyError)
"""What goes wrong on the way: no connection, no answer, another answer than the expected one."""


class StepError(Exception):
    """A step failed."""

    def __init__(self, step: str, why: str, advice: str) -> None:
        super().__init__(why)
        self.step = step
        self.why = why
        self.advice = advice


class CourseFullError(Exception):
    """No machine has room for one more server."""


def in_words(error: BaseException) -> str:
    """Say what went wrong."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not right for this address: {error.verify_message}"
    if isinstance(error, ValueError | KeyError):
        return "the answer makes no sense"
    return str(error) or type(error).__name__


class _Events:
    """What the hub tells of a start, an event stream."""

    def __init__(self) -> None:
        self.last: dict[str, Any] = {}
        self.full = asyncio.Event()
        self._rest = b""

    def read(self, part: bytes) -> None:
        """Take the next bytes, which may end in the middle of a line."""
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                self.last = json.loads(line.removeprefix(b"data:"))
                if self.last.get("message") == NO_ROOM:
                    self.full.set()


class NewStudent:
    """One student's way through the course."""

    def __init__(self, browser: Browser, name: str, code: str) -> None:
        self._browser = browser
        self._name = name
        self._code = code
        self._base = f"/user/{name}/"
        self._seconds: list[tuple[str, float]] = []

    def steps(self) -> list[Step]:
        """List the way from the login page to a file that is saved."""
        logs = _LOGS.format
        return [
            ("open the login page", self._open, f"{logs('proxy')}, {logs('chp')}, {logs('hub')}"),
            ("log in", self._log_in, logs("hub")),
            (START, self._start, f"{logs('hub')}, {logs('firewall')}"),
            ("open the server", self._enter, f"{logs('chp')}, {logs('hub')}"),
            (SAVE, self.save, f"npm run status, {logs('homes')}"),
        ]

    async def run(self) -> str:
        """Take every step; return how long each took."""
        where = f"{_LOGS.format('proxy')}, {_LOGS.format('chp')}"
        for step, take, advice in [*self.steps(), ("run a cell", self._run_a_cell, where)]:
            begin = time.monotonic()
            try:
                await take()
            except ERRORS as error:
                raise StepError(step, in_words(error), advice) from error
            self._seconds.append((step, time.monotonic() - begin))
        return ", ".join(f"{step} {seconds:.1f} s" for step, seconds in self._seconds)

    async def _open(self) -> None:
        """Wait until the proxies have found a hub that has just started: none tells when."""
        ends = time.monotonic() + OPEN_SECONDS
        while True:
            try:
                # Some methods lead to their provider at once.
                (await self._browser.call("GET", "/hub/login")).expect(200, 302)
            except ssl.SSLCertVerificationError:
                raise
            except ERRORS:
                if time.monotonic() > ends:
                    raise
            else:
                return
            await asyncio.sleep(0.5)

    async def _log_in(self) -> None:
        answer = await self._browser.send_form("/hub/course-check", {"code": self._code})
        answer.expect(302)
        (await self._browser.visit("/hub/home")).expect(200)

    async def _start(self) -> None:
        server = f"/hub/api/users/{self._name}/server"
        (await self._browser.call("POST", server)).expect(201, 202)
        events = _Events()
        seconds = load_settings().spawn.check_seconds
        progress = asyncio.create_task(
            self._browser.call("GET", f"{server}/progress", seconds=seconds, each=events.read)
        )
        full = asyncio.create_task(events.full.wait())
        try:
            await asyncio.wait({progress, full}, return_when=asyncio.FIRST_COMPLETED)
            if not progress.done():
                raise CourseFullError
            (await progress).expect(200)
        finally:
            progress.cancel()
            full.cancel()
        if not events.last.get("ready"):
            said = events.last.get("message")
            raise AnswerError(said or "the hub did not say whether the server started")

    async def _enter(self) -> None:
        answer = (await self._browser.visit(f"{self._base}lab")).expect(200)
        if not answer.path.startswith(self._base):
            raise AnswerError(f"{self._base}lab leads to {answer.path}")

    async def save(self) -> None:
        """Save a file, and read it again."""
        self._text = secrets.token_hex(8)
        path = f"{self._base}api/contents/{FILE}"
        model = {"type": "file", "format": "text", "content": self._text}
        (await self._browser.call("PUT", path, model)).expect(200, 201)
        read = (await self._browser.call("GET", path)).expect(200)
        if json.loads(read.text)["content"] != self._text:
            raise AnswerError(f"{FILE} has another content than was saved")

    async def _run_a_cell(self) -> None:
        """Compute something, and read the file that was saved."""
        kernel = await Kernel.started(self._browser, self._base)
        try:
            printed = await kernel.run(f"print(open({FILE!r}).read(), 6 * 7)")
        finally:
            kernel.close()
        if printed.strip() != f"{self._text} 42":
            raise AnswerError(f"the cell printed {printed[:80]!r}")
