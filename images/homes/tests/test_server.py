"""The real process on a real socket."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import database, serving

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the service runs as root")


@pytest.fixture
def process(storage: Path) -> Iterator[subprocess.Popen[str]]:
    with serving(storage) as running:
        yield running


def request(
    storage: Path, method: str, path: str, body: bytes = b""
) -> tuple[int, dict[str, object]]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(storage / "run" / "homes.sock"))
        head = f"{method} {path} HTTP/1.1\r\nHost: homes\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    if not answer:
        return 0, {}
    first, _, rest = answer.partition(b"\r\n")
    return int(first.split()[1]), json.loads(rest.partition(b"\r\n\r\n")[2])


def test_requests(storage: Path, process: subprocess.Popen[str]) -> None:
    assert process.poll() is None
    mode = (storage / "run" / "homes.sock").stat()
    assert (mode.st_mode & 0o777, mode.st_uid, mode.st_gid) == (0o660, 0, 10990)
    assert request(storage, "GET", "/health") == (200, {"status": "ok"})
    status, answer = request(storage, "POST", "/homes", b'{"username": "ada"}')
    assert (status, answer["uid"]) == (200, 20000)
    assert request(storage, "POST", "/homes", b"{")[0] == 400
    assert request(storage, "POST", "/homes", b"[" * 16000)[0] == 400
    assert request(storage, "POST", "/homes", b" " * 20000)[0] == 400
    assert request(storage, "GET", "/homes")[0] == 404
    assert request(storage, "POST", "/else", b"{}")[0] == 404


def connect_as(storage: Path, uid: int) -> int:
    """Exit code 0 if a process of that UID gets an answer, in a child of its own."""
    # The socket's mode would stop most of them; the kernel's word on the peer must do alone.
    (storage / "run" / "homes.sock").chmod(0o666)
    for folder in [storage, *storage.parents]:
        if folder.stat().st_uid == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        try:
            os._exit(0 if request(storage, "GET", "/health")[0] == 200 else 1)
        except OSError:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_who_may_connect(storage: Path, process: subprocess.Popen[str]) -> None:
    assert process.poll() is None
    assert connect_as(storage, 10990) == 0
    assert connect_as(storage, 20000) == 1
    assert connect_as(storage, 10991) == 1


def test_200_homes_within_seconds(storage: Path, process: subprocess.Popen[str]) -> None:
    assert process.poll() is None
    statuses: list[int] = []

    def one(number: int) -> None:
        body = json.dumps({"username": f"student-{number}"}).encode()
        statuses.append(request(storage, "POST", "/homes", body)[0])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(200)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - begin
    print(f"200 homes in {seconds:.2f} s")
    assert statuses == [200] * 200
    assert seconds < 10


def test_an_orderly_stop(storage: Path, process: subprocess.Popen[str]) -> None:
    with socket.socket(socket.AF_UNIX) as idle:
        idle.connect(str(storage / "run" / "homes.sock"))
        request(storage, "POST", "/homes", b'{"username": "ada"}')
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
    assert not (storage / "run" / "homes.sock").exists()
    assert "ada" in (storage / "homes" / "INDEX.tsv").read_text()
    assert not (storage / "uids" / "uids.sqlite-wal").exists()


def test_a_new_process_takes_over_a_dead_ones_socket(
    storage: Path, process: subprocess.Popen[str]
) -> None:
    process.kill()
    process.wait()
    assert (storage / "run" / "homes.sock").exists()
    with serving(storage) as second:
        assert request(storage, "GET", "/health")[0] == 200
        second.terminate()
        assert second.wait(timeout=5) == 0


def test_the_hubs_database_by_the_socket(
    storage: Path, process: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert process.poll() is None
    content, digest = database(tmp_path / "made", "ada")
    assert request(storage, "GET", "/hub-database")[0] == 404
    head = f"PUT /hub-database HTTP/1.1\r\nContent-Length: {len(content)}\r\nIf-None-Match: *\r\n"
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(storage / "run" / "homes.sock"))
        connection.sendall(f"{head}X-Content-SHA256: {digest}\r\n\r\n".encode() + content)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert (storage / "hub" / "jupyterhub.sqlite").read_bytes() == content
