"""The way to chp: websockets, event streams, and what happens while chp is away."""

from __future__ import annotations

import base64
import os
import ssl
import time

from proxy_stage import PREFIX, Stage, docker, run, until


class Websocket:
    """The least client that can tell whether a websocket lives."""

    def __init__(self, stage: Stage, path: str) -> None:
        self.connection = stage.connect()
        self.connection.connect()
        self.socket: ssl.SSLSocket = self.connection.sock
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.socket.recv(1)
        self.status = int(head.split()[1])

    def echo(self, text: bytes) -> bytes:
        """Send a short text; return what comes back."""
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(text))
        self.socket.sendall(bytes([0x81, 0x80 | len(text)]) + mask + masked)
        answer = b""
        while len(answer) < len(text) + 2:
            part = self.socket.recv(200)
            assert part, "the websocket was closed"
            answer += part
        return answer[2:]


def test_websockets(stage: Stage) -> None:
    one = Websocket(stage, "/user/ada/api/kernels/1/channels")
    assert one.status == 101
    assert one.echo(b"hello") == b"hello"
    one.connection.close()


def test_a_reload_drops_no_websocket(stage: Stage) -> None:
    one = Websocket(stage, "/user/ada/terminals/websocket/1")
    before = docker("exec", f"{PREFIX}-proxy", "cat", "/tmp/nginx.pid")
    docker("exec", f"{PREFIX}-proxy", "nginx", "-t", "-q")
    docker("exec", f"{PREFIX}-proxy", "nginx", "-s", "reload")
    until("nginx answers", lambda: stage.get("/semesterhub/health").status == 200)
    for number in range(20):
        assert one.echo(b"still %d" % number) == b"still %d" % number
        assert stage.reaches_upstream()
        time.sleep(0.05)
    after = docker("exec", f"{PREFIX}-proxy", "cat", "/tmp/nginx.pid")
    assert before == after
    one.connection.close()


def test_events_arrive_as_they_happen(stage: Stage) -> None:
    connection = stage.connect()
    started = time.monotonic()
    connection.request(
        "GET", "/hub/api/users/ada/server/events", headers={"Accept": "text/event-stream"}
    )
    response = connection.getresponse()
    assert response.readline() == b"data: first\n"
    assert time.monotonic() - started < 2, "the first event waited for the last one"
    assert b"last" in response.read()
    connection.close()


def test_connections_to_chp_are_kept(stage: Stage) -> None:
    """Two hundred requests, a handful of connections (8000 is 1F40)."""
    for _ in range(200):
        assert stage.reaches_upstream()
    table = docker("exec", f"{PREFIX}-chp", "cat", "/proc/net/tcp")
    lines = [line.split() for line in table.splitlines()[1:]]
    # 01 established, 06 waiting after its end.
    ours = [line for line in lines if line[1].endswith(":1F40") and line[3] in ("01", "06")]
    assert 0 < len(ours) <= 70


def test_chp_at_a_new_address_is_found_within_three_seconds(stage: Stage) -> None:
    for _ in range(20):
        assert stage.reaches_upstream()
    old = address(f"{PREFIX}-chp")
    stage.remove(f"{PREFIX}-chp")
    down(stage)
    # Takes the old address, so that chp cannot have it again.
    squatter = stage.start("squatter", "--ip", old, stage.chp_image, "sleep", "600")
    chp = stage.start_chp("chp-moved")
    assert address(chp) != old
    until("chp is up", lambda: docker("exec", chp, "chp-health") == "")
    started = time.monotonic()
    until("nginx finds it", stage.reaches_upstream, 10)
    took = time.monotonic() - started
    print(f"chp at a new address: found {took:.2f} s after it was healthy")
    assert took < 3
    for _ in range(20):
        assert stage.reaches_upstream()
    stage.remove(squatter)


def down(stage: Stage) -> None:
    """While chp is away: a page for people, JSON for programs, whatever the method."""
    page = stage.get("/hub/home", {"Accept": "text/html,application/xhtml+xml"})
    assert page.status == 503
    assert b"Back in a moment" in page.body
    assert b"location.reload()" in page.body
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Retry-After"] == "5"
    assert page.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    for method, accept in (("GET", "*/*"), ("POST", "application/json"), ("PUT", "*/*")):
        answer = stage.get("/user/ada/api/kernels?token=s3cr3t", {"Accept": accept}, method=method)
        assert (answer.status, answer.json()["status"]) == (503, 503)
        assert answer.headers["Content-Type"] == "application/json"
    assert stage.get("/user/ada/lab", {"Accept": "*/*"}).status == 503
    assert stage.get("/semesterhub/health").status == 200
    assert stage.get("/hub/static/css/style.min.css").status == 200, "files need no chp"
    # nginx's error log would quote the whole request.
    logs = run("sh", "-c", f"docker logs {PREFIX}-proxy 2>&1")
    assert "s3cr3t" not in logs


def test_somebody_else_at_chps_address_gets_nothing(stage: Stage) -> None:
    """A certificate that the stack's CA has not signed is not believed."""
    running = [one for one in stage.containers if "-chp" in one]
    if running:
        stage.remove(*running)
    false = stage.start_chp("chp-false", certificate_of="other")
    until("the false chp is up", lambda: docker("exec", false, "chp-health") == "")
    # nginx learns of the new address within 2 s.
    end = time.monotonic() + 4
    while time.monotonic() < end:
        assert stage.get("/hub/home?token=x").status == 503
    stage.remove(false)
    stage.start_chp()
    until("the true chp is found", stage.reaches_upstream)


def address(container: str) -> str:
    """Return a container's address on the stage's network."""
    template = f'{{{{(index .NetworkSettings.Networks "{PREFIX}").IPAddress}}}}'
    return docker("inspect", "-f", template, container)
