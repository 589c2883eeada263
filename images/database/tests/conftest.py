"""Tests with a real PostgreSQL of the version that this computer has; as root, who becomes nobody.

python -m pytest images/database/tests
"""

import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PASSWORD = "0123456789abcdef" * 2
GRADEBOOK_PASSWORD = "fedcba9876543210" * 2
NOBODY = 65534


def programs() -> Path | None:
    """Find the newest PostgreSQL's programs, as Debian installs them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


class Database:
    """The service in folders of its own."""

    def __init__(self, folder: Path) -> None:
        bin_folder = programs()
        assert bin_folder is not None
        self.version = bin_folder.parent.name
        self.data, self.dumps = folder / "data", folder / "dumps"
        for made in (self.data, self.dumps):
            made.mkdir(mode=0o700)
            os.chown(made, NOBODY, NOBODY)
        for file, password in (
            ("database-password", PASSWORD),
            ("gradebook-password", GRADEBOOK_PASSWORD),
        ):
            (folder / file).write_text(password)
            (folder / file).chmod(0o644)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.environment = {
            "PATH": f"{bin_folder}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "SEMESTERHUB_SECRETS": str(folder),
            "SEMESTERHUB_STACK": "dev",
            "DATABASE_DATA": str(self.data),
            "DATABASE_DUMPS": str(self.dumps),
            "DATABASE_PORT": str(self.port),
            "DUMP_SECONDS": "1",
        }
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start it; return what it says until it is ready, or ends."""
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-m", "semesterhub_database"],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
        )
        said = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said += line
            if "ready" in line:
                break
        else:
            self.process.wait(60)
            self.process = None
        return said

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        if self.process is None:
            return
        self.process.send_signal(how)
        assert self.process.stdout is not None
        self.process.stdout.read()
        self.process.wait(60)
        self.process = None

    def crash(self) -> None:
        """End the server and the service at once."""
        assert self.process is not None
        pid = int((self.data / self.version / "postmaster.pid").read_text().split()[0])
        self.process.kill()
        os.kill(pid, signal.SIGKILL)
        self.process.wait(60)
        self.process = None
        # its children end when they notice; the data are free then
        subprocess.run(["tail", f"--pid={pid}", "--follow", "/dev/null"], check=True)

    def ask(
        self, sql: str, password: str = PASSWORD, role: str = "hub", database: str | None = None
    ) -> str:
        """Ask as the hub does, or as another."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", role, database or role]
        done = subprocess.run(
            ["psql", "-Atqc", sql, *where],
            env={**self.environment, "PGPASSWORD": password},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip() or done.stderr.strip()


@contextmanager
def running_in_a_folder() -> Iterator[Database]:
    """Give a database in a folder that nobody can reach: pytest's own are root's alone."""
    with tempfile.TemporaryDirectory(prefix="semesterhub-database-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        one = Database(folder)
        yield one
        one.stop()


@pytest.fixture
def database() -> Iterator[Database]:
    if os.geteuid() != 0 or programs() is None:
        pytest.skip("it takes root and a PostgreSQL from Debian")
    with running_in_a_folder() as one:
        yield one
