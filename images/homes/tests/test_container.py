"""The real image on a real engine, with the capabilities that the README names and no others."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
IMAGE = "t-homes-img"
ASK = """
import json, socket, sys
body = json.dumps({"username": sys.argv[1]}).encode()
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect("/run/semesterhub/homes.sock")
    head = b"POST /homes HTTP/1.1\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n"
    connection.sendall(head % len(body) + body)
    answer = b"".join(iter(lambda: connection.recv(9999), b""))
print(answer.partition(b"\\r\\n\\r\\n")[2].decode())
"""

KEEP = """
import hashlib, socket, sqlite3
sqlite3.connect("/tmp/made").execute("CREATE TABLE people (name TEXT)")
body = open("/tmp/made", "rb").read()
with socket.socket(socket.AF_UNIX) as connection:
    connection.connect("/run/semesterhub/homes.sock")
    head = "PUT /hub-database HTTP/1.1\\r\\nIf-None-Match: *\\r\\nX-Content-SHA256: %s\\r\\n"
    rest = "Content-Length: %d\\r\\n\\r\\n" % len(body)
    connection.sendall((head % hashlib.sha256(body).hexdigest() + rest).encode() + body)
    print(connection.recv(9999).decode())
"""


def docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run docker."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if check:
        assert done.returncode == 0, done.stderr
    return done


pytestmark = [
    pytest.mark.skipif(
        shutil.which("docker") is None or docker("version", check=False).returncode != 0,
        reason="no Docker engine answers",
    ),
    pytest.mark.skipif(os.geteuid() != 0, reason="making files of other owners takes root"),
]


@pytest.fixture
def service(storage: Path) -> Iterator[str]:
    docker("build", "--quiet", "--tag", IMAGE, str(ROOT))
    os.chown(storage / "run", 0, 10990)
    (storage / "run").chmod(0o710)
    name = f"t-homes-{os.getpid()}"
    options = [
        *("--network", "none", "--read-only", "--cap-drop", "ALL"),
        *("--cap-add", "CHOWN", "--cap-add", "DAC_OVERRIDE"),
        *("--volume", f"{storage}:/srv/semesterhub", "--env", "HOMES_PATH=/machine/homes"),
    ]
    docker("run", "--detach", "--name", name, *options, IMAGE)
    yield name
    docker("rm", "--force", name, check=False)


def ask(storage: Path, user: str, *script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a container of its own, as the hub asks."""
    options = ["--rm", "--network", "none", "--cap-drop", "ALL", "--user", user]
    options += ["--volume", f"{storage}/run:/run/semesterhub"]
    return docker("run", *options, IMAGE, "python3", "-c", *script, check=False)


def test_in_a_container(storage: Path, service: str) -> None:
    for _ in range(100):
        if docker("exec", service, "homes-health", check=False).returncode == 0:
            break
    # What a crash left, given to the student already and closed to others.
    half = storage / "homes" / ".making-ada" / "closed"
    half.mkdir(parents=True)
    (half / "file").write_text("")
    for path in (half / "file", half, half.parent):
        path.chmod(0)
        os.chown(path, 20000, 20000)

    answer = json.loads(ask(storage, "10990:10990", ASK, "ada").stdout)
    assert (answer["home"], answer["created"]) == ("/machine/homes/ada", True)
    assert (storage / "homes" / "ada" / "Welcome.ipynb").stat().st_uid == 20000
    # A student, even one whom the hub's group was given.
    assert ask(storage, "20000:10990", ASK, "grace").stdout.strip() == ""
    assert not (storage / "homes" / "grace").exists()
    # The folder is closed to all but the hub's UID.
    os.chown(storage / "hub", 10990, 10990)
    (storage / "hub").chmod(0o700)
    assert "HTTP/1.1 200 OK" in ask(storage, "10990:10990", KEEP).stdout
    kept = (storage / "hub" / "jupyterhub.sqlite").stat()
    assert (kept.st_uid, kept.st_gid, kept.st_mode & 0o7777) == (10990, 10990, 0o600)
    docker("stop", service)
    assert docker("inspect", service, "--format", "{{.State.ExitCode}}").stdout.strip() == "0"
    assert "INFO made homes/ada for ada, UID 20000" in docker("logs", service).stdout
