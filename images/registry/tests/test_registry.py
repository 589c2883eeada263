"""The real image on a real engine: who gets in, what is kept, what it can do without."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest

ROOT = Path(__file__).parent.parent
IMAGE = "t-registry-img"
NAME = f"t-registry-{os.getpid()}"
PASSWORD = "not-a-secret-of-anybody"
OWNER = 10993


def run(*command: str, text: str | None = None, check: bool = True) -> str:
    """Run a command; fail with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, input=text)
    assert not check or done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return (done.stdout + done.stderr).strip()


pytestmark = [
    pytest.mark.skipif(
        shutil.which("docker") is None or "Server:" not in run("docker", "version", check=False),
        reason="no Docker engine answers",
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="making files of other owners takes root"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a registry on a free port of this machine, whose engine asks no authority there."""
    run("docker", "build", "--quiet", "--tag", IMAGE, str(ROOT))
    folder = tmp_path_factory.mktemp("registry")
    secrets, storage = folder / "secrets", folder / "storage"
    for one in (secrets, storage):
        one.mkdir()
        os.chown(one, OWNER, OWNER)
    run(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-days", "2", "-subj", "/CN=registry"),
        *("-keyout", str(secrets / "registry-key"), "-out", str(secrets / "registry-cert")),
    )
    digest = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4, prefix=b"2a")).decode()
    (secrets / "registry-htpasswd").write_text(f"semesterhub:{digest}\n")
    for file in secrets.iterdir():
        os.chown(file, OWNER, OWNER)
        file.chmod(0o400)
    # As the service runs: a read-only root and no capability.
    run(
        *("docker", "run", "--detach", "--name", NAME, "--read-only", "--cap-drop", "ALL"),
        *("--tmpfs", "/tmp", "--publish", "127.0.0.1::5000"),
        *("--volume", f"{secrets}:/run/secrets:ro", "--volume", f"{storage}:/srv/registry", IMAGE),
    )
    try:
        run("timeout", "30", "sh", "-c", f"until docker exec {NAME} registry-health; do :; done")
        yield run("docker", "port", NAME, "5000").splitlines()[0]
    finally:
        run("docker", "rm", "--force", NAME, check=False)


@pytest.fixture
def client(server: str, tmp_path: Path) -> tuple[str, ...]:
    """Return a docker command that is logged in."""
    command = ("docker", "--config", str(tmp_path))
    login = ("login", "--username", "semesterhub", "--password-stdin", server)
    run(*command, *login, text=PASSWORD)
    return command


def test_what_is_sent_can_be_fetched(server: str, client: tuple[str, ...]) -> None:
    there = f"{server}/semesterhub/registry:test"
    run("docker", "tag", IMAGE, there)
    try:
        run(*client, "push", "--quiet", there)
        run("docker", "rmi", there)
        assert there in run(*client, "pull", "--quiet", there)
    finally:
        run("docker", "rmi", there, check=False)


def test_nobody_gets_in_without_the_password(server: str, tmp_path: Path) -> None:
    stranger = ("docker", "--config", str(tmp_path))
    login = ("login", "--username", "semesterhub", "--password-stdin", server)
    assert "401" in run(*stranger, *login, text="another", check=False)
    # On this machine's own address the engine tries plain HTTP next, and tells of that.
    refused = run(*stranger, "pull", f"{server}/semesterhub/registry:test", check=False)
    assert "no basic auth credentials" in refused or "HTTP 400" in refused


def test_it_runs_as_nobody_in_particular(server: str) -> None:
    assert server
    assert run("docker", "exec", NAME, "id", "-u") == str(OWNER)


def test_it_is_well_only_while_it_listens(server: str) -> None:
    assert server
    assert run("docker", "exec", NAME, "registry-health") == ""
    alone = ("docker", "run", "--rm", "--network", "none", IMAGE, "registry-health")
    assert "refused" in run(*alone, check=False)
