"""A browser's worth of HTTP for a check: the course's public name, at the proxy's own address."""

import email.message
import http.cookiejar
import json
import socket
import ssl
import types
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import HTTPRequest, HTTPResponse
from tornado.netutil import Resolver
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, websocket_connect

CONNECT_SECONDS = 10
MOST_REDIRECTS = 10


class AnswerError(Exception):
    """An answer that is not the expected one; the message says which."""

    def __init__(self, said: str, status: int = 0) -> None:
        super().__init__(said)
        self.status = status
        """HTTP's, where that was not the expected one."""


@dataclass(frozen=True)
class Answer:
    """What came back, and for which path after redirects."""

    status: int
    text: str
    path: str

    def expect(self, *statuses: int) -> "Answer":
        """Return this, or raise AnswerError with what the other end said."""
        if self.status in statuses:
            return self
        said = _message(self.text)
        raise AnswerError(
            f"{self.path} answered {self.status}{f': {said}' if said else ''}", self.status
        )


class _Fixed(Resolver):
    """Every name is at one address: what the name service says is not what is checked."""

    def initialize(self, address: str, port: int) -> None:  # type: ignore[override] (tornado's way)
        self._address = address
        self._port = port
        self._resolver = Resolver()

    async def resolve(self, host: str, port: int, family: int = 0) -> list[tuple[int, Any]]:  # type: ignore[override] (AddressFamily is an int)
        del host, port
        return list(await self._resolver.resolve(self._address, self._port, family))  # type: ignore[arg-type]


class Browser:
    """Somebody with cookies of their own, at one course."""

    def __init__(self, url: str, address: str, port: int, trust: ssl.SSLContext) -> None:
        """Take the course's URL, and where the proxy listens."""
        self._url = url.rstrip("/")
        # Where people's servers are: a name of its own for each, or the course's.
        self._server = self._url
        self._trust = trust
        self._resolver = _Fixed(address=address, port=port)
        # A client of its own: tornado would share one, with another resolver.
        self._client = SimpleAsyncHTTPClient(force_instance=True, resolver=self._resolver)
        self._cookies = http.cookiejar.CookieJar()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def cookie(self, name: str, path: str) -> str:
        """Return a cookie's value for a path; the one of the longest path counts."""
        host = urllib.parse.urlsplit(self._origin(path)).hostname or ""
        # A name without a dot is kept with one.
        found = [
            each
            for each in self._cookies
            if each.name == name
            and path.startswith(each.path)
            and each.domain.removesuffix(".local") == host
        ]
        return max(found, key=lambda each: len(each.path)).value or "" if found else ""

    async def visit(self, path: str) -> Answer:
        """Open a page, and follow the course's redirects."""
        for _ in range(MOST_REDIRECTS):
            response = await self._fetch("GET", path)
            place = response.headers.get("Location")
            if place is None:
                return _answer(response, path)
            path = self._within(urllib.parse.urljoin(self._origin(path) + path, place), path)
        raise AnswerError(f"{path} leads round in a circle")

    def _origin(self, path: str) -> str:
        return self._server if path.startswith("/user/") else self._url

    def _within(self, there: str, before: str) -> str:
        """Return the path of an address of the course's, and remember where a server is."""
        scheme, host, path, query, _ = urllib.parse.urlsplit(there)
        origin = f"{scheme}://{host}"
        own = urllib.parse.urlsplit(self._url)
        below = scheme == own.scheme and host.endswith(f".{own.netloc}")
        if below and path.startswith("/user/"):
            self._server = origin
        elif origin != self._url:
            raise AnswerError(f"{before} leads away from the course: {origin}{path}")
        return f"{path or '/'}{f'?{query}' if query else ''}"

    async def send_form(self, path: str, form: dict[str, str]) -> Answer:
        """Send a form of the hub's, and follow no redirect."""
        fields = {**form, "_xsrf": self.cookie("_xsrf", path)}
        body = urllib.parse.urlencode(fields)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return _answer(await self._fetch("POST", path, headers, body=body), path)

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        seconds: float = 30,
        each: Callable[[bytes], None] | None = None,
    ) -> Answer:
        """Call an API, as a page does; `each` gets an event stream piece by piece."""
        headers = {
            "X-XSRFToken": self.cookie("_xsrf", path),
            "Referer": f"{self._origin(path)}/",
            **({"Accept": "text/event-stream"} if each else {"Content-Type": "application/json"}),
        }
        data = None if method == "GET" else json.dumps(body or {})
        more = {"body": data, "request_timeout": seconds, "streaming_callback": each}
        return _answer(await self._fetch(method, path, headers, **more), path)

    async def open_socket(self, path: str) -> WebSocketClientConnection:
        """Open a websocket."""
        origin = self._origin(path)
        headers = {"Origin": origin, "Cookie": self._cookie_header(path)}
        request = HTTPRequest(
            f"wss{origin.removeprefix('https')}{path}",
            headers=headers,
            ssl_options=self._trust,
            connect_timeout=CONNECT_SECONDS,
        )
        return await websocket_connect(request, resolver=self._resolver)

    async def _fetch(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        **more: Any,  # noqa: ANN401 (what tornado takes)
    ) -> HTTPResponse:
        url = self._origin(path) + path
        request = HTTPRequest(
            url,
            method,
            headers={**(headers or {}), "Cookie": self._cookie_header(path)},
            follow_redirects=False,
            connect_timeout=CONNECT_SECONDS,
            ssl_options=self._trust,
            **more,
        )
        response = await self._client.fetch(request, raise_error=False)
        if response.error and not response.headers:  # no answer, but an error on the way
            raise response.error
        message = email.message.Message()
        for line in response.headers.get_list("Set-Cookie"):
            message["Set-Cookie"] = line
        said = types.SimpleNamespace(info=lambda: message)
        self._cookies.extract_cookies(said, urllib.request.Request(url))  # type: ignore[arg-type]  # noqa: S310 (https)
        return response

    def _cookie_header(self, path: str) -> str:
        request = urllib.request.Request(self._origin(path) + path)  # noqa: S310 (https)
        self._cookies.add_cookie_header(request)
        return request.get_header("Cookie", "")


def trusting(certificates: str) -> ssl.SSLContext:
    """Believe public authorities, and these: authorities, or the very certificate of the course."""
    context = ssl.create_default_context()
    # Strict is more than browsers ask of a campus's own authority.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if certificates.strip():
        context.load_verify_locations(cadata=certificates)
    return context


def served(host: str, address: str, port: int) -> str:
    """Get the certificate that a site has, to check its name and dates, whoever issued it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection((address, port), CONNECT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return ssl.DER_cert_to_PEM_cert(secured.getpeercert(binary_form=True) or b"")


def _answer(response: HTTPResponse, path: str) -> Answer:
    text = response.body.decode(errors="replace") if response.buffer else ""
    return Answer(response.code, text, path.partition("?")[0])


def _message(text: str) -> str:
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return ""
