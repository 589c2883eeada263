"""The part of JupyterHub's API that a student's server talks to, without a hub.

It knows one student, whose browser is logged in already: OAuth's authorize page answers with a
code at once. Everything it is told is kept, so that a test can ask what a server reported.
"""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

VERSION = "6.1.1"


@dataclass
class Seen:
    """What servers told the hub."""

    activity: list[dict[str, Any]] = field(default_factory=list)
    usage: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


class FakeHub:
    """A hub for the time of a `with` block, on every address of this machine."""

    def __init__(self, username: str, server_token: str, browser_token: str) -> None:
        self.username = username
        self.tokens = {server_token, browser_token}
        self.browser_token = browser_token
        self.codes = {"one-time-code"}
        self.seen = Seen()
        self.announcement: dict[str, Any] | None = None
        self._server = ThreadingHTTPServer(("", 0), self._handler_class())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    @property
    def user_model(self) -> dict[str, Any]:
        """Tell what the hub says of whoever holds a good token."""
        return {
            "kind": "user",
            "name": self.username,
            "admin": False,
            "groups": [],
            "session_id": None,
            "scopes": [
                f"access:servers!user={self.username}",
                f"read:users:name!user={self.username}",
            ],
        }

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(_Handler):
            """Bound to this hub."""

        Handler.hub = hub
        return Handler


class _Handler(BaseHTTPRequestHandler):
    hub: FakeHub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Stay quiet: `seen` tells what was asked."""

    def _answer(self, status: int, model: object, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(model).encode()
        self.send_response(status)
        named = {"Content-Type": "application/json", "X-JupyterHub-Version": VERSION}
        for key, value in {**named, **(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)

    def _token_is_good(self) -> bool:
        _, _, token = self.headers.get("Authorization", "").partition(" ")
        return token in self.hub.tokens

    def do_GET(self) -> None:
        """Answer the version, the holder of a token, and OAuth's authorize page."""
        url = urlsplit(self.path)
        self.hub.seen.paths.append(url.path)
        if url.path.rstrip("/") == "/hub/api":
            self._answer(200, {"version": VERSION})
        elif url.path == "/hub/api/user":
            good = self._token_is_good()
            self._answer(200 if good else 403, self.hub.user_model if good else {})
        elif url.path == "/hub/api/oauth2/authorize":
            asked = {key: values[0] for key, values in parse_qs(url.query).items()}
            back = urlencode({"code": "one-time-code", "state": asked["state"]})
            self._answer(302, {}, {"Location": f"{asked['redirect_uri']}?{back}"})
        else:
            self._answer(404, {"message": url.path})

    def do_POST(self) -> None:
        """Take a report of activity or usage, or change an OAuth code into the browser's token."""
        url = urlsplit(self.path)
        self.hub.seen.paths.append(url.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        if url.path == f"/hub/api/users/{self.hub.username}/activity":
            if not self._token_is_good():
                self._answer(403, {})
                return
            self.hub.seen.activity.append(json.loads(body))
            self._answer(200, {})
        elif url.path == "/hub/api/course/news":
            if not self._token_is_good():
                self._answer(403, {})
                return
            self.hub.seen.usage.append(json.loads(body))
            self._answer(200, {"announcement": self.hub.announcement})
        elif url.path == "/hub/api/oauth2/token":
            code = parse_qs(body).get("code", [""])[0]
            if code not in self.hub.codes:
                self._answer(400, {"error": "invalid_grant"})
                return
            self._answer(200, {"access_token": self.hub.browser_token, "token_type": "Bearer"})
        else:
            self._answer(404, {"message": url.path})
