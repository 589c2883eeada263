"""A real hub with its database on its own disk, and a real homes service that keeps a copy."""

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from authority import Authority
from running import await_hub, free_address
from serving import free_port, serving

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the homes service runs as root")
TOKEN = "0123456789abcdef"
STOP_SECONDS = 60


class Course:
    """A hub's machine (a folder with its database) and a storage tree."""

    def __init__(self, folder: Path, storage: Path, data: dict[str, Any]) -> None:
        self.machine = folder / "machine"
        self.kept = storage / "hub" / "jupyterhub.sqlite"
        self.storage = storage
        self.secrets = folder / "secrets"
        for made in (self.machine, self.secrets):
            made.mkdir()
        authority = Authority()
        authority.write(self.secrets / "ca.pem")
        authority.write(self.secrets / "homes-ca")
        authority.issue(self.secrets / "cert.pem", self.secrets / "key.pem", "hub")
        names = ["localhost"]
        authority.issue(self.secrets / "homes-cert", self.secrets / "homes-key", "homes", names)
        self.port = free_port()
        settings = {
            **data,
            "databaseUrl": f"sqlite:///{self.database}",
            "homesUrl": f"https://localhost:{self.port}",
            "keepsDatabase": True,
        }
        (folder / "hub.json").write_text(json.dumps(settings))
        roster = {"students": ["ada"], "staff": [], "groups": {}}
        (folder / "roster.json").write_text(json.dumps(roster))
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "SEMESTERHUB_SETTINGS": str(folder),
            "SEMESTERHUB_SECRETS": str(self.secrets),
            "SEMESTERHUB_ROSTER": str(folder / "roster.json"),
            "LOGIN": '{"method": "dummy"}',
            "SECRET": '{"password": "x"}',
            "OPERATOR_TOKEN": TOKEN,
        }

    @property
    def database(self) -> Path:
        """The hub's own."""
        return self.machine / "jupyterhub.sqlite"

    @contextmanager
    def homes(self) -> Iterator[None]:
        """Run the homes service."""
        port = str(self.port)
        with serving(self.storage, HOMES_TLS_PORT=port, SEMESTERHUB_SECRETS=str(self.secrets)):
            yield

    @contextmanager
    def hub(self) -> Iterator["Hub"]:
        """Run the hub; at the end it is stopped in good order, if it still runs."""
        url = free_address()
        command = [sys.executable, str(Path(__file__).parent / "running_kept.py")]
        env = {**self.environment, "HUB_URL": url}
        with subprocess.Popen(command, cwd=self.machine, env=env) as process:
            try:
                await_hub(url, process)
                yield Hub(url, process)
                if process.poll() is None:
                    process.terminate()
                    assert process.wait(STOP_SECONDS) == 0
            finally:
                process.kill()


class Hub:
    """One that runs."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.process = process

    def make(self, name: str) -> None:
        """Make a user."""
        self._ask("POST", f"/users/{name}")

    def users(self) -> set[str]:
        """List the users."""
        return {user["name"] for user in json.loads(self._ask("GET", "/users"))}

    def _ask(self, method: str, path: str) -> bytes:
        headers = {"Authorization": f"token {TOKEN}"}
        address = f"{self.url}/hub/api{path}"
        request = urllib.request.Request(address, method=method, headers=headers)  # noqa: S310 (our own hub)
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (likewise)
            return answer.read()


@pytest.fixture
def course(tmp_path: Path, storage: Path, data: dict[str, Any]) -> Course:
    return Course(tmp_path, storage, data)


def users(path: Path) -> set[str]:
    """Read who is in a database that no hub has open."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return {row[0] for row in connection.execute("SELECT name FROM users")}


def test_a_database_comes_and_goes(course: Course, tmp_path: Path) -> None:
    with course.homes():
        with course.hub() as hub:
            hub.make("grace")
        # The end sent what came last, as one file.
        assert users(course.kept) == {"ada", "grace"}
        assert [each.name for each in course.kept.parent.iterdir()] == ["jupyterhub.sqlite"]
        shutil.copy(course.kept, tmp_path / "backup")

        # The hub's machine is lost.
        shutil.rmtree(course.machine)
        course.machine.mkdir()
        with course.hub() as hub:
            assert hub.users() == {"ada", "grace"}
            # The hub is killed right after a change: what it had is on its own disk.
            hub.make("late")
            hub.process.kill()
            hub.process.wait()
        assert users(course.kept) == {"ada", "grace"}
        with course.hub() as hub:
            assert hub.users() == {"ada", "grace", "late"}
        assert users(course.kept) == {"ada", "grace", "late"}
        assert not list(course.machine.glob("jupyterhub-replaced-*"))

        # A restore, while no hub runs.
        (tmp_path / "backup").rename(course.kept)
        with course.hub() as hub:
            assert hub.users() == {"ada", "grace"}
        [aside] = course.machine.glob("jupyterhub-replaced-*.sqlite")
        assert users(aside) == {"ada", "grace", "late"}


def test_a_hub_that_waits_for_the_homes_service(course: Course) -> None:
    command = [sys.executable, str(Path(__file__).parent / "running_kept.py")]
    url = free_address()
    env = {**course.environment, "HUB_URL": url}
    with subprocess.Popen(
        command, cwd=course.machine, env=env, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "Waiting for the storage's copy" in line:
                break
        assert "refused" in line
        assert not course.database.exists()
        with course.homes():
            await_hub(url, process)
            process.terminate()
            said = process.stderr.read()
            assert process.wait(STOP_SECONDS) == 0
    assert "Waiting" not in said
    assert users(course.kept) == {"ada"}
