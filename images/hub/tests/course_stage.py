"""A course as a browser sees it, made of one little server with TLS."""

import asyncio
import datetime
import ipaddress
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tornado import httpserver, netutil, web, websocket

NAME = "course-check-0123abcde"
CODE = "code"


class Course:
    """What it answers; a test spoils one thing of it."""

    def __init__(self) -> None:
        self.login = 200
        self.last: dict[str, object] = {"progress": 100, "ready": True}
        self.waiting = asyncio.Event()
        self.before: list[dict[str, object]] = [{"progress": 5, "message": "Opening"}]
        self.home = f"/user/{NAME}/oauth"
        self.kept = True
        self.output: list[tuple[str, dict[str, object]]] | None = None
        self.files: dict[str, str] = {}
        self.asked: list[str] = []
        self.codes = {CODE: NAME}
        self.refused: dict[str, int] = {}
        """The status for whose server is not started."""
        self.functions: dict[str, Callable[[], dict[str, object]]] = {}
        """What a rehearsal calls in a kernel."""


class _Page(web.RequestHandler):
    """The hub and the server, each with its cookie."""

    def initialize(self, course: Course) -> None:
        self.course = course
        course.asked.append(f"{self.request.method} {self.request.path}")

    async def get(self) -> None:
        """Answer a page."""
        path = self.request.path
        if path == "/hub/login":
            self.set_status(self.course.login)
            self.set_cookie("_xsrf", "hub", path="/hub/")
        elif path == "/hub/home":
            known = self.get_cookie("login") in self.course.codes.values()
            self.set_status(200 if known else 403)
        elif path.endswith("/progress"):
            for event in [*self.course.before, self.course.last]:
                self.write(f"data: {json.dumps(event)}\n\n")
            if not self.course.last:
                await self.flush()
                await self.course.waiting.wait()
        elif path.endswith("/lab") and not self.get_cookie("server"):
            self.redirect(self.course.home.replace(NAME, path.split("/")[2]))
        elif path.endswith("/oauth"):
            server = path.removesuffix("oauth")
            self.set_cookie("server", "1", path=server)
            self.set_cookie("_xsrf", "server", path=server)
            self.redirect(f"{server}lab")
        elif "/api/contents/" in path:
            self.write({"content": self.course.files[path]})

    def post(self) -> None:
        """Log in, start a server or a kernel."""
        path = self.request.path
        own = "server" if path.startswith("/user/") else "hub"
        sent = self.request.headers.get("X-XSRFToken") or self.get_body_argument("_xsrf", "")
        if sent != own:
            self.set_status(403)
        elif path == "/hub/course-check" and self.get_body_argument("code") in self.course.codes:
            name = self.course.codes[self.get_body_argument("code")]
            self.set_cookie("login", name, path="/hub/", secure=True)
            self.redirect("/hub/home")
        elif path.endswith("/server"):
            self.set_status(self.course.refused.get(path.split("/")[4], 202))
        elif path.endswith("/api/kernels"):
            self.set_status(201)
            self.write({"id": "k1"})
        else:
            self.set_status(403)

    def put(self) -> None:
        """Save a file."""
        content = json.loads(self.request.body)["content"]
        self.course.files[self.request.path] = content if self.course.kept else ""
        self.set_status(201)

    def check_xsrf_cookie(self) -> None:
        """Is done above, as JupyterHub does it."""


class _Channels(websocket.WebSocketHandler):
    """A kernel that has read the file."""

    def initialize(self, course: Course) -> None:
        self.course = course

    def on_message(self, message: str | bytes) -> None:
        """Run a cell."""
        sent = json.loads(message)
        asked = sent["header"]["msg_id"]
        text = next(iter(self.course.files.values()), "")
        usual = [
            ("status", {"execution_state": "busy"}),
            ("stream", {"text": f"{text} "}),
            ("stream", {"text": "42\n"}),
            ("status", {"execution_state": "idle"}),
        ]
        self.write_message(json.dumps({"msg_type": "status", "content": {}, "parent_header": {}}))
        for kind, content in self._called(sent["content"]["code"]) or self.course.output or usual:
            parent = {"msg_id": asked}
            self.write_message(
                json.dumps({"msg_type": kind, "content": content, "parent_header": parent})
            )

    def _called(self, code: str) -> list[tuple[str, dict[str, object]]]:
        """Answer with what a function returns, if the cell calls one."""
        for name, function in self.course.functions.items():
            if f"json.dumps({name}())" in code:
                text = f"{json.dumps(function())}\n"
                return [("stream", {"text": text}), ("status", {"execution_state": "idle"})]
        return []


def certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    """Write a certificate that signs itself, for these names, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "course")])
    now = datetime.datetime.now(datetime.UTC)
    alternatives = [
        x509.IPAddress(ipaddress.ip_address(each)) if each[0].isdigit() else x509.DNSName(each)
        for each in names
    ]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    written = (folder / "site.crt", folder / "site.key")
    written[0].write_bytes(made.public_bytes(pem))
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    written[1].write_bytes(key.private_bytes(pem, kind, serialization.NoEncryption()))
    return written


@asynccontextmanager
async def serving(course: Course, files: tuple[Path, Path]) -> AsyncIterator[int]:
    """Serve it on a port of this computer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    routes = [
        (r"/user/[^/]+/api/kernels/k1/channels", _Channels, {"course": course}),
        (r"/.*", _Page, {"course": course}),
    ]
    server = httpserver.HTTPServer(web.Application(routes), ssl_options=context)
    sockets = netutil.bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    try:
        yield sockets[0].getsockname()[1]
    finally:
        course.waiting.set()
        server.stop()
        await server.close_all_connections()
