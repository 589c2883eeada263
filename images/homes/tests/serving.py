"""The service as a process of its own, and a database for it to keep."""

import contextlib
import hashlib
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECRETS = ("homes-cert", "homes-key", "homes-ca")


def environment(storage: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "HOMES_PATH": "/machine/homes",
        "SEMESTERHUB_STORAGE": str(storage),
        "SEMESTERHUB_SKELETON": str(ROOT / "skel"),
        "PYTHONPATH": str(ROOT),
        **more,
    }


@contextmanager
def serving(storage: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    """Start the service; give it when it listens, and end it."""
    command = [sys.executable, "-m", "semesterhub_homes"]
    with subprocess.Popen(
        command, env=environment(storage, **more), stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if "listening" in line:
                break
        try:
            yield running
        finally:
            running.kill()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def database(path: Path, *people: str) -> tuple[bytes, str]:
    """Make a database with these people in it; give its bytes and their digest."""
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE people (name TEXT)")
        made.executemany("INSERT INTO people VALUES (?)", [(name,) for name in people])
        made.commit()
    content = path.read_bytes()
    return content, hashlib.sha256(content).hexdigest()


def people(path: Path) -> list[str]:
    """Read who is in a database."""
    with contextlib.closing(sqlite3.connect(path)) as made:
        return [row[0] for row in made.execute("SELECT name FROM people")]
