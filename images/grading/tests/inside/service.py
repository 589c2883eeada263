"""The service on a port of this computer, with a hub that knows three people."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from semesterhub_grading import actions, formgrader
from semesterhub_grading.jobs import Jobs
from semesterhub_grading.settings import Settings
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

PREFIX = "/services/grading"
SCOPES = {
    "grace": ["access:services!service=grading"],
    "barbara": ["access:services!service=grading"],
    "ada": ["access:servers!server=ada/"],
}


class Hub(BaseHTTPRequestHandler):
    """Tells whose a token is; the token is the name."""

    def do_GET(self) -> None:
        """Answer whatever is asked."""
        name = self.headers.get("Authorization", "").removeprefix("token ").removeprefix("Bearer ")
        known = name in SCOPES
        self.send_response(200 if known else 403)
        self.end_headers()
        user = {"kind": "user", "name": name, "scopes": SCOPES.get(name, []), "groups": []}
        self.wfile.write(json.dumps(user if known else {}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Answer:
    """What a request came to."""

    status: int
    headers: HTTPMessage
    text: str

    def json(self) -> Any:
        """Read it as JSON."""
        return json.loads(self.text)


class Service:
    """Runs while the `with` block does."""

    def __init__(self, settings: Settings, perform: Callable[..., None] = actions.perform) -> None:
        self._hub = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
        api = f"http://127.0.0.1:{self._hub.server_address[1]}/hub/api"
        self._settings = replace(settings, hub_api_url=api)
        self._perform = perform
        self._loop = asyncio.new_event_loop()
        self.port = 0

    def __enter__(self) -> Self:
        """Start."""
        ready = threading.Event()
        threading.Thread(target=self._hub.serve_forever, daemon=True).start()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._hub.shutdown()

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)

        async def start() -> None:
            self.jobs = Jobs(self._settings, self._perform)
            auth = formgrader.hub_auth(self._settings, "the service's own")
            self.app = formgrader.application(self._settings, auth, self.jobs)
            # Who may do what is tested apart from what another site may make a browser do.
            self.app.settings["xsrf_cookies"] = False
            server = HTTPServer(self.app)
            sockets = bind_sockets(0, "127.0.0.1")
            self.port = sockets[0].getsockname()[1]
            server.add_sockets(sockets)
            ready.set()

        self._loop.run_until_complete(start())
        self._loop.run_forever()

    def ask(
        self,
        path: str,
        who: str | None = "grace",
        method: str = "GET",
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Ask for something as somebody."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Authorization": f"token {who}"} if who else {}
        content = None if body is None else json.dumps(body)
        connection.request(method, f"{PREFIX}{path}", content, {**sent, **(headers or {})})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read().decode("utf-8", "replace"))
