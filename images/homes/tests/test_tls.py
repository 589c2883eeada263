"""The real process over TLS: the hub is served, and nobody else."""

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from authority import Authority
from semesterhub_homes import health, server
from semesterhub_homes.server import HomesServer, TlsServer
from semesterhub_homes.service import HomesService
from semesterhub_homes.settings import SettingsError, read_settings
from semesterhub_homes.tls import server_context
from serving import database, environment, free_port, serving

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the service runs as root")


class Course:
    """A stack's certificates, and a port."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.authority = Authority()
        self.authority.write(folder / "homes-ca")
        names = ["localhost"]
        self.authority.issue(folder / "homes-cert", folder / "homes-key", "homes", names)
        self.port = free_port()

    @property
    def environment(self) -> dict[str, str]:
        """What the service is told of TLS."""
        return {"HOMES_TLS_PORT": str(self.port), "SEMESTERHUB_SECRETS": str(self.folder)}

    def client(self, common_name: str | None, authority: Authority | None = None) -> ssl.SSLContext:
        """Make what somebody of that name dials with; None: somebody without a certificate."""
        context = ssl.create_default_context(cafile=self.folder / "homes-ca")
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if common_name is not None:
            paths = (self.folder / f"{common_name}.pem", self.folder / f"{common_name}.key")
            context.load_cert_chain(*(authority or self.authority).issue(*paths, common_name))
        return context


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path / "secrets")


@pytest.fixture
def process(storage: Path, course: Course) -> Iterator[subprocess.Popen[str]]:
    with serving(storage, **course.environment) as running:
        yield running


def ask(
    port: int,
    context: ssl.SSLContext,
    method: str,
    path: str,
    body: bytes | None = None,
    **headers: str,
) -> tuple[int, bytes]:
    connection = http.client.HTTPSConnection("localhost", port, context=context, timeout=10)
    with contextlib.closing(connection):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        return response.status, response.read()


def test_what_the_hub_may_ask(course: Course, process: subprocess.Popen[str]) -> None:
    assert process.poll() is None
    hub = course.client("hub")
    assert ask(course.port, hub, "GET", "/health") == (200, b'{"status": "ok"}\n')
    status, body = ask(course.port, hub, "POST", "/homes", b'{"username": "ada"}')
    assert (status, json.loads(body)["uid"]) == (200, 20000)
    assert ask(course.port, hub, "GET", "/quotas")[0] == 404
    assert ask(course.port, hub, "POST", "/quotas", b'{"username": "ada", "bytes": null}')[0] == 404
    assert ask(course.port, hub, "PUT", "/homes", b"x")[0] == 404


def test_the_database_there_and_back(
    course: Course, process: subprocess.Popen[str], storage: Path, tmp_path: Path
) -> None:
    assert process.poll() is None
    hub = course.client("hub")
    status, body = ask(course.port, hub, "GET", "/hub-database")
    assert (status, json.loads(body)["digest"]) == (404, None)
    content, digest = database(tmp_path / "made", *(f"student-{number}" for number in range(60000)))
    assert len(content) > 2**20
    sent = {"X_Content_SHA256": digest}
    put = ask(course.port, hub, "PUT", "/hub-database", content, If_None_Match="*", **sent)
    assert put[0] == 200
    assert ask(course.port, hub, "GET", "/hub-database") == (200, content)
    etags = f'"{"0" * 64}", "{digest}"'
    assert ask(course.port, hub, "GET", "/hub-database", If_None_Match=etags) == (304, b"")
    # Refused, and told so although the whole body was sent.
    status, body = ask(course.port, hub, "PUT", "/hub-database", content, If_None_Match="*", **sent)
    assert (status, json.loads(body)["digest"]) == (412, digest)
    same = {"If_Match": f'"{digest}"'}
    assert ask(course.port, hub, "PUT", "/hub-database", content, **same)[0] == 400
    # More than the kernel's buffers hold: who sends it all is told only if it is read.
    assert ask(course.port, hub, "PUT", "/else", bytes(32 * 2**20))[0] == 404
    assert (storage / "hub" / "jupyterhub.sqlite").read_bytes() == content


def test_a_body_that_is_too_long(course: Course, process: subprocess.Popen[str]) -> None:
    assert process.poll() is None
    hub = course.client("hub")
    length = str(256 * 2**20 + 1)
    status, body = ask(course.port, hub, "PUT", "/hub-database", b"x", Content_Length=length)
    assert (status, "at most 268435456" in body.decode()) == (400, True)


def test_nobody_else_is_served(
    course: Course, process: subprocess.Popen[str], storage: Path
) -> None:
    strangers = {
        "the operator": course.client("operator"),
        "an engine": course.client("manager"),
        "nearly the hub": course.client("hub.example.org"),
        "no certificate": course.client(None),
        "another authority": course.client("hub", Authority()),
    }
    for name, context in strangers.items():
        with pytest.raises(OSError):  # reset, alert or end
            print(name, ask(course.port, context, "POST", "/homes", b'{"username": "ada"}'))
    old = course.client("hub")
    with pytest.warns(DeprecationWarning):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(OSError):
        ask(course.port, old, "GET", "/health")
    with socket.create_connection(("localhost", course.port), timeout=10) as plain:
        plain.sendall(b"GET /health HTTP/1.1\r\n\r\n")
        assert b"200" not in plain.recv(1000)
    assert list((storage / "homes").glob("ada")) == []
    assert ask(course.port, course.client("hub"), "GET", "/health")[0] == 200
    process.terminate()
    assert process.stdout is not None
    refused = [line for line in process.stdout if "refused" in line]
    assert len(refused) == len(strangers) + 2
    assert sum("not the hub's certificate" in line for line in refused) == 3


def test_silent_peers_delay_nobody_and_no_stop(
    course: Course, process: subprocess.Popen[str]
) -> None:
    hub = course.client("hub")
    with contextlib.ExitStack() as silent:
        for _ in range(20):
            silent.enter_context(socket.create_connection(("localhost", course.port)))
        idle = hub.wrap_socket(
            silent.enter_context(socket.create_connection(("localhost", course.port))),
            server_hostname="localhost",
        )
        silent.enter_context(idle)
        assert ask(course.port, hub, "GET", "/health")[0] == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0


def test_many_connections_at_once(
    course: Course, process: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert process.poll() is None
    hub = course.client("hub")
    content, digest = database(tmp_path / "made", "ada")
    homes: list[int] = []
    puts: list[int] = []

    def home(number: int) -> None:
        body = json.dumps({"username": f"student-{number}"}).encode()
        homes.append(ask(course.port, hub, "POST", "/homes", body)[0])

    def put(_: int) -> None:
        headers = {"If_None_Match": "*", "X_Content_SHA256": digest}
        puts.append(ask(course.port, hub, "PUT", "/hub-database", content, **headers)[0])

    threads = [threading.Thread(target=each, args=(n,)) for n in range(30) for each in (home, put)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert homes == [200] * 30
    assert sorted(puts) == [200] + [412] * 29


@pytest.fixture
def service(storage: Path, course: Course) -> Iterator[HomesService]:
    made = HomesService(read_settings(environment(storage, **course.environment)))
    yield made
    made.close()


@contextlib.contextmanager
def listening(*listeners: HomesServer | TlsServer) -> Iterator[None]:
    for each in listeners:
        each.start()
    try:
        yield
    finally:
        for each in listeners:
            each.stop()


def test_a_silent_peer_is_sent_away(
    service: HomesService, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HANDSHAKE_SECONDS", 0.1)
    tls = read_settings(environment(Path("/"), **course.environment)).tls
    assert tls is not None
    listener = TlsServer(("127.0.0.1", course.port), service, server_context(tls))
    address = ("127.0.0.1", course.port)
    with listening(listener), socket.create_connection(address, timeout=5) as silent:
        assert silent.recv(1) == b""


def test_the_health_of_a_service_whose_port_died(
    service: HomesService, course: Course, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEMESTERHUB_STORAGE", str(storage))
    tls = read_settings(environment(storage, **course.environment)).tls
    assert tls is not None
    network = TlsServer(("127.0.0.1", course.port), service, server_context(tls))
    socket_ = HomesServer(storage / "run" / "homes.sock", service, [network])
    with listening(network, socket_):
        assert health.problem() == ""
        network.stop()
        assert health.problem() == "no connections are accepted over the network any more"


@pytest.mark.parametrize("missing", ["homes-cert", "homes-key", "homes-ca"])
def test_a_file_that_is_missing(course: Course, storage: Path, missing: str) -> None:
    (course.folder / missing).unlink()
    command = [sys.executable, "-m", "semesterhub_homes"]
    env = environment(storage, **course.environment)
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)
    path = course.folder / missing
    assert done.returncode == 1
    assert done.stdout == f"ERROR cannot start: {path} can't be read: No such file or directory\n"


def test_files_that_are_wrong(course: Course) -> None:
    tls = read_settings(environment(Path("/"), **course.environment)).tls
    assert tls is not None
    assert server_context(tls).minimum_version == ssl.TLSVersion.TLSv1_2
    good = tls.key.read_bytes()
    tls.key.write_text("x")
    with pytest.raises(SettingsError, match="no certificate and its key"):
        server_context(tls)
    tls.key.write_bytes(good)
    tls.authority.write_text("x")
    with pytest.raises(SettingsError, match="homes-ca is no certificate"):
        server_context(tls)


@pytest.mark.parametrize("port", ["0", "65536", "https"])
def test_no_port(port: str) -> None:
    with pytest.raises(SettingsError, match="HOMES_TLS_PORT"):
        read_settings({"HOMES_PATH": "/x", "HOMES_TLS_PORT": port})
