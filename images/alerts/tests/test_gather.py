"""Facts are read as the services tell them; what is odd is not known."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from semesterhub_alerts import gather, machine, public, starts
from semesterhub_alerts.facts import Grading, Homes, Node, Service, Space, Starts
from semesterhub_alerts.gauge import Handler as GaugeHandler
from semesterhub_alerts.message import in_words
from semesterhub_alerts.settings import Settings
from semesterhub_alerts.store import Memory
from servers import AUTHORITY, authority_pem
from test_loop import settings  # noqa: F401 (a fixture)


@contextmanager
def serving(answers: dict[str, Any], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve JSON by path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = answers.get(self.path)
            if isinstance(known, tuple) and self.headers.get("Authorization") != known[0]:
                self.send_error(403)
                return
            if known is None:
                self.send_error(404)
                return
            body = json.dumps(known[1] if isinstance(known, tuple) else known).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


WATCH = {
    "nodes": [{"name": "anna", "state": "down", "availability": "active"}],
    "services": [{"name": "hub", "running": 1, "desired": 1}],
    "servers": 4,
    "limit": 230,
    "starts": {"succeeded": 4, "failed": 0, "buckets": [[1, 0], [30, 4]]},
}


def test_hub_and_grading(settings: Settings) -> None:  # noqa: F811 (the fixture)
    answers: dict[str, Any] = {
        "/hub/api/health": {},
        "/hub/api/course/watch": ("token token-of-the-hub", WATCH),
        "/health": {"queue": {"waiting": 2, "waited": 7.5, "idle": 3}},
    }
    with serving(answers) as port:
        url = f"http://127.0.0.1:{port}"
        asked = replace(settings, hub_url=url, grading_url=f"{url}/health")
        memory = Memory()
        assert gather.hub_error(asked) == ""
        hub = gather.ask_hub(asked, memory)
        assert hub is not None
        assert hub.nodes == (Node("anna", "down"),)
        assert hub.services == (Service("hub", 1, 1),)
        assert (hub.servers, hub.servers_limit, hub.starts) == (4, 230, None)
        assert len(memory.samples) == 1
        assert gather.ask_grading(asked) == Grading(2, 7.5, 3)
        assert gather.ask_hub(replace(asked, token="other"), memory) is None
        answers["/health"] = ["something else"]
        assert gather.ask_grading(asked) is None
        answers["/hub/api/course/watch"] = ("token token-of-the-hub", {**WATCH, "nodes": None})
        hub = gather.ask_hub(asked, memory)
        assert hub is not None
        assert hub.nodes is None
    assert "refused" in gather.hub_error(asked)


def counts(succeeded: int, failed: int, fast: int, at: float) -> starts.Sample:
    told = {
        "succeeded": succeeded,
        "failed": failed,
        "buckets": [[30, fast], [60, succeeded], [1e9, succeeded]],
    }
    return starts.sample_of(told, at)


def test_errors_in_words() -> None:
    assert in_words(ConnectionRefusedError(111, "Connection refused")) == "Connection refused"
    assert in_words(TimeoutError()) == "TimeoutError"
    assert in_words(OSError("HTTP 502\nX: y")) == "HTTP 502 X: y"


def test_starts_of_the_last_minutes() -> None:
    samples: list[starts.Sample] = []
    for minute in range(60):
        fast = 10 * minute if minute < 50 else 490
        samples = starts.add(samples, counts(10 * minute, minute // 30, fast, 60.0 * minute))
    assert len(samples) == 16
    assert starts.starts_of(samples) == Starts(150, 0, 60)
    # a hub that was restarted counts from zero
    samples = starts.add(samples, counts(3, 1, 3, 3600.0))
    assert starts.starts_of(samples) == Starts(3, 1, 30)
    assert starts.starts_of(samples[-1:]) is None


def test_reports(tmp_path: Path) -> None:
    now = time.time()
    homes = tmp_path / "homes.json"
    assert gather.read_homes(homes, now) == (None, None)
    homes.write_text(
        json.dumps(
            {"at": now - 60, "limited": 9, "full": 1, "exchange": [1, 2], "unenforced": False}
        )
    )
    found, age = gather.read_homes(homes, now)
    assert found == Homes(limited=9, full=1, exchange=Space(1, 2))
    assert age == pytest.approx(60, abs=1)
    moment = datetime.fromtimestamp(now, UTC)
    told = {
        "everySeconds": 3600,
        "since": (moment - timedelta(days=3)).isoformat(),
        "lastSuccess": (moment - timedelta(hours=1)).isoformat(),
        "firstSuccess": None,
        "lastDrill": (moment + timedelta(days=1)).isoformat(),
        "drillFailed": False,
        "failed": 1,
        "target": None,
    }
    file = tmp_path / "backup.json"
    file.write_text(json.dumps(told))
    backup = gather.read_backup(file, now)
    assert backup is not None
    assert backup.success_age == pytest.approx(3600, abs=2)
    assert backup.drill_age is None, "the clock was ahead"
    assert backup.failed == 1
    file.write_text("[]")
    assert gather.read_backup(file, now) is None


def test_gauges(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811 (the fixture)
    server = ThreadingHTTPServer(("127.0.0.1", 0), GaugeHandler)
    threading.Thread(target=server.serve_forever).start()
    monkeypatch.setattr(gather, "PORT", server.server_port)
    monkeypatch.setenv("SEMESTERHUB_MACHINE", "berta\n<b>")
    try:
        here, there = gather.measure_all(replace(settings, gauge="localhost"))
    finally:
        server.shutdown()
        server.server_close()
    assert (here.name, there.name) == ("anna", "berta <b>")
    assert there.memory is not None
    assert 0 < there.memory.used < there.memory.total
    assert there.disk is not None
    assert there.clock_ahead is not None
    assert abs(there.clock_ahead) < 2
    [alone] = gather.measure_all(replace(settings, gauge="no-such-name.invalid"))
    assert alone.name == "anna"


def test_memory_and_disks() -> None:
    text = "MemTotal:  100 kB\nMemFree: 1 kB\nMemAvailable:  40 kB\n"
    assert machine.memory_of(text) == Space(60 * 1024, 100 * 1024)
    assert machine.memory_of("") is None
    assert machine.spaces_of(Path("/no/such/folder")) == (None, None)


def test_the_public_address_and_its_certificate() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ends = datetime.now(UTC) + timedelta(days=10, minutes=1)
    AUTHORITY.issue_cert("127.0.0.1", not_after=ends).configure_cert(context)
    with serving({"/hub/login": {}}, context) as port:
        url = f"https://127.0.0.1:{port}"
        asked = public.ask(url, authority_pem())
        assert (asked.status, asked.error, asked.own_authority) == (200, "", True)
        assert asked.certificate_days == pytest.approx(10, abs=0.01)
        assert asked.clock_ahead is not None
        assert abs(asked.clock_ahead) < 3
        other = trustme.CA().cert_pem.bytes().decode()
        assert not public.ask(url, other).own_authority
    away = public.ask(url, authority_pem())
    assert (away.status, away.certificate_days) == (0, None)
    assert "refused" in away.error


def test_a_service_that_speaks_no_http_is_an_error() -> None:
    """It hides no other: each is asked on its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"\x15\x03\x01\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(OSError, match=r"no answer of HTTP's"):
            gather.fetch(f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()


def test_a_server_that_never_answers_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "TIMEOUT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked = public.ask(f"https://127.0.0.1:{server.getsockname()[1]}", "")
    assert "timed out" in asked.error


def test_this_computer_is_the_gateway_of_its_containers(tmp_path: Path) -> None:
    routes = tmp_path / "route"
    routes.write_text("Iface\tDestination\tGateway\neth1\t00000000\t010012AC\t0003\n")
    assert public.reachable("localhost", routes) == "172.18.0.1"
    assert public.reachable("x.example.edu", routes) == "x.example.edu"
    routes.write_text("Iface\n")
    assert public.reachable("localhost", routes) == "localhost"
