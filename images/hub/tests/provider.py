"""Whoever keeps the accounts: Google, GitHub, CILogon or Globus, as far as a login asks them."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT_ID = "course"
CLIENT_SECRET = "correct horse battery"


@dataclass
class Provider:
    """Who is at its page now, and what it was asked."""

    url: str = ""
    #: What /user says of who is there.
    account: dict[str, Any] = field(default_factory=dict)
    #: "organization/name": what GitHub calls members.
    members: set[str] = field(default_factory=set)
    #: The query of each visit to the page where one logs in.
    visits: list[dict[str, str]] = field(default_factory=list)
    #: What a code or a token stands for: the address to go back to, and who it is.
    codes: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)

    def authorize(self, query: dict[str, str]) -> str:
        """Let in whoever is there; answer where the browser goes next."""
        self.visits.append(query)
        assert query["client_id"] == CLIENT_ID
        assert query["response_type"] == "code"
        code = secrets.token_urlsafe()
        self.codes[code] = (query["redirect_uri"], self.account)
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Change a code, once, for a token, if it is the hub that asks."""
        back, account = self.codes.pop(form["code"], ("", {}))
        client = (form.get("client_id"), form.get("client_secret"))
        if client != (CLIENT_ID, CLIENT_SECRET) or back != form["redirect_uri"]:
            return None
        token = secrets.token_urlsafe()
        self.tokens[token] = account
        # the last one is Globus's: tokens for its other services
        return {"access_token": token, "token_type": "Bearer", "other_tokens": []}


@contextmanager
def running_provider() -> Iterator[Provider]:
    """Start one."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        """Its pages."""

        def do_GET(self) -> None:
            """Show the login page, an account, a membership."""
            place = urlsplit(self.path)
            if place.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(_flat(place.query)))
                self.end_headers()
                return
            account = provider.tokens.get(self.headers.get("Authorization", "").split(" ")[-1])
            if account is None:
                self.answer(401)
            elif place.path == "/user":
                self.answer(200, account)
            else:
                organization, _, name = place.path[len("/orgs/") :].partition("/members/")
                self.answer(204 if f"{organization}/{name}" in provider.members else 404)

        def do_POST(self) -> None:
            """Give a token."""
            form = _flat(self.rfile.read(int(self.headers["Content-Length"])).decode())
            token = provider.token(form)
            self.answer(200 if token else 401, token)

        def answer(self, status: int, body: dict[str, Any] | None = None) -> None:
            """Answer in JSON."""
            text = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield provider
        server.shutdown()


def _flat(query: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(query).items()}
