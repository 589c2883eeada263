"""How the firewall follows the engine, with an engine that the test controls."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from semesterhub_firewall.__main__ import Watch
from semesterhub_firewall.engine import Engine, EngineError, Student
from semesterhub_firewall.guard import Guard


class FakeEngine:
    """Answers /events and /containers/json on a unix socket; ends the events when told."""

    def __init__(self, path: Path) -> None:
        self.running: list[str] = []
        self.details: dict[str, Any] = {}
        self.listeners: list[socket.socket] = []
        self.listening = threading.Event()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(20)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self._server.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += client.recv(4096)
        path = head.split()[1].decode()
        if path.startswith("/events"):
            client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            self.listeners.append(client)
            self.listening.set()
            return
        if path.startswith("/containers/json"):
            found: Any = [{"Id": one, "Names": [f"/{one}"]} for one in self.running]
        else:
            found = self.details.get(path.split("/")[2])
        body = json.dumps(found).encode()
        status = b"200 OK" if found is not None else b"404 Not Found"
        length = str(len(body)).encode()
        client.sendall(b"HTTP/1.1 %s\r\nContent-Length: %s\r\n" % (status, length))
        client.sendall(b"Connection: close\r\n\r\n" + body)
        client.close()

    def tell(self, container: str) -> None:
        """Send a start event."""
        event = {"Actor": {"ID": container, "Attributes": {"name": container}}, "timeNano": 1}
        line = json.dumps(event).encode() + b"\n"
        self.listeners[-1].sendall(b"%x\r\n%s\r\n" % (len(line), line))

    def hang_up(self) -> None:
        """End the events, as a restarting engine does."""
        self.listening.clear()
        self.listeners.pop().shutdown(socket.SHUT_RDWR)


class Recorder(Guard):
    """A guard that only writes down what it would close."""

    def __init__(self, engine: Engine) -> None:
        # Not its own __init__: this machine may have no libnftables, and nothing here needs it.
        self.engine, self.rules, self.closed, self.failed = engine, "", {}, {}
        self.asked: list[str] = []
        self.changed = threading.Condition()

    def submit(self, student: Student) -> Any:
        """Write it down."""
        with self.changed:
            self.asked.append(student.id)
            self.changed.notify_all()

    def wait_for(self, *ids: str) -> None:
        """Wait until it was asked to close these, in this order."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.asked == list(ids), 10), self.asked


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[tuple[FakeEngine, Engine]]:
    """Make an engine of the test's own."""
    path = tmp_path / "docker.sock"
    yield FakeEngine(path), Engine(str(path), "t")


def test_nothing_is_missed_when_the_engine_comes_back(
    fake: tuple[FakeEngine, Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("semesterhub_firewall.state.FILE", tmp_path / "well-until")
    fake_engine, engine = fake
    guard = Recorder(engine)
    fake_engine.running = ["ada"]
    threading.Thread(target=Watch(engine, guard, 60).follow, daemon=True).start()
    guard.wait_for("ada")
    assert int((tmp_path / "well-until").read_text()) > time.time()
    fake_engine.tell("bob")
    guard.wait_for("ada", "bob")
    # Eve starts while nobody listens: no event will ever tell of her.
    fake_engine.running = ["eve"]
    fake_engine.hang_up()
    guard.wait_for("ada", "bob", "eve")


def test_a_container_on_the_machines_own_network_is_never_entered(
    fake: tuple[FakeEngine, Engine],
) -> None:
    fake_engine, engine = fake
    state = {"Running": True, "Pid": 1}
    fake_engine.details["eve"] = {"State": state, "HostConfig": {"NetworkMode": "host"}}
    with pytest.raises(EngineError, match="on the machine's own network"):
        engine.pid("eve")


def test_a_container_that_is_gone_has_no_pid(fake: tuple[FakeEngine, Engine]) -> None:
    fake_engine, engine = fake
    assert engine.pid("nobody") is None
    state = {"Running": False, "Pid": 0}
    fake_engine.details["ada"] = {"State": state, "HostConfig": {"NetworkMode": "default"}}
    assert engine.pid("ada") is None
