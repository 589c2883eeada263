"""A mail server and a web server of the tests' own, with certificates of their own."""

# ruff: noqa: D102, N802, N815 (the names are those of aiosmtpd and http.server)

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

AUTHORITY = trustme.CA()
PASSWORD = "pass-word-of-mail"
TOKEN = "token-of-the-webhook"


def authority_pem() -> str:
    return AUTHORITY.cert_pem.bytes().decode()


@dataclass
class MailServer:
    """What came in."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)
    broken: str = ""

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.broken:
            return self.broken
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data == LoginPassword(b"course", PASSWORD.encode())
    return AuthResult(success=good, handled=False)


class AnyPort(Controller):
    """A controller whose own start-up check knows which free port it got."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        socket.create_connection(self.server.sockets[0].getsockname()).close()


@contextmanager
def mail_server(*, tls: bool = True, login: bool = True, immediate: bool = False) -> Iterator[Any]:
    """Run a server that takes mail, after STARTTLS and a login."""
    context = None
    if tls or immediate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        AUTHORITY.issue_cert("localhost").configure_cert(context)
    taken = MailServer()
    options: dict[str, Any] = {"authenticator": check, "auth_required": login}
    if immediate:
        options |= {"ssl_context": context, "auth_require_tls": False}
    elif tls:
        options |= {"tls_context": context, "require_starttls": True}
    else:
        options |= {"auth_require_tls": False}
    controller = AnyPort(taken, hostname="127.0.0.1", port=0, **options)
    controller.start()
    assert controller.server is not None
    taken.port = controller.server.sockets[0].getsockname()[1]
    try:
        yield taken
    finally:
        controller.stop(no_assert=True)


@dataclass
class WebServer:
    """What was posted, and what to answer."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    """Statuses of the next answers; then 200."""
    requests: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)


@contextmanager
def web_server() -> Iterator[WebServer]:
    """Run a server that takes what is posted."""
    taken = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parsed = json.loads(body) if body else None
            taken.requests.append((self.command, self.path, dict(self.headers), parsed))
            status = taken.answers.pop(0) if taken.answers else 200
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{taken.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    taken.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
