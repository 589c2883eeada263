"""A backup over SFTP to a real server, and back."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from box import Box, docker, needed
from course import inventory

PEER_PORT = 2022
PEER_IMAGE = "t-bak-peer"
PEER_BUILD = """\
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends openssh-server \
  && mkdir -p /run/sshd && useradd --create-home keeper && rm -rf /var/lib/apt/lists/*
"""
pytestmark = needed


class Peer:
    """An SSH server in a container, with a key for it."""

    def __init__(self, top: Path, name: str) -> None:
        self.name, self.top = name, top
        for key in ("host", "client"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", ""]
            subprocess.run([*command, "-f", str(top / key)], check=True)
        (top / "kept").mkdir()
        (top / "kept").chmod(0o777)
        build = ["docker", "build", "--quiet", "--tag", PEER_IMAGE, "-"]
        subprocess.run(build, input=PEER_BUILD.encode(), check=True, capture_output=True)
        docker("network", "create", name)
        options = ("--network", name, "--volume", f"{top}:/peer:ro", "--init")
        kept = ("--volume", f"{top}/kept:/home/keeper/kept")
        # sshd reads keys only from files that are root's in folders that nobody else may write.
        serve = (
            "install -m 644 -D /peer/client.pub /etc/ssh/keeper.pub;"
            " install -m 600 /peer/host /etc/ssh/host;"
            f" exec /usr/sbin/sshd -D -e -p {PEER_PORT} -h /etc/ssh/host"
            " -o AuthorizedKeysFile=/etc/ssh/keeper.pub -o PasswordAuthentication=no"
        )
        docker("run", "--detach", "--name", name, *options, *kept, PEER_IMAGE, "sh", "-c", serve)

    def access(self, host_key: str | None = None) -> dict[str, str]:
        """Tell what opens it, as the program does."""
        key = host_key or (self.top / "host.pub").read_text().strip()
        return {
            "SFTP_KEY": (self.top / "client").read_text(),
            "SFTP_KNOWN_HOSTS": f"[{self.name}]:{PEER_PORT} {key}\n",
        }

    @property
    def target(self) -> str:
        """Its URL."""
        return f"sftp://keeper@{self.name}:{PEER_PORT}/kept/course"


@pytest.fixture
def peer(stopped_box: Box, tmp_path: Path) -> Iterator[Peer]:
    """Start a peer of a box."""
    top = tmp_path / "peer"
    top.mkdir()
    name = f"{stopped_box.name}-peer"
    try:
        yield Peer(top, name)
    finally:
        stopped_box.remove()
        docker("rm", "--force", name, check=False)
        docker("network", "rm", name, check=False)


def test_there_and_back(stopped_box: Box, peer: Peer) -> None:
    box = stopped_box
    box.start_remote(peer.target, peer.access(), peer.name)
    home = box.storage / "homes" / "ada"
    before = inventory(home)
    box.run("now")
    assert "Verified" in box.run("final").stderr
    assert box.run("check").stderr == ""
    stored = [path for path in (peer.top / "kept" / "course").rglob("*") if path.is_file()]
    assert 0 < box.status()["storedBytes"] <= sum(path.stat().st_size for path in stored)
    assert not any(b"mine" in path.read_bytes() for path in stored)
    shutil.rmtree(home)
    # A new machine: only the target is left.
    shutil.rmtree(box.storage / "backup")
    box.run("restore", "--student", "ada", "--server-stopped")
    assert inventory(home) == before
    box.remove()
    box.passphrase("another")
    box.start_remote(peer.target, peer.access(), peer.name)
    assert f"backups in {peer.target} were made with" in box.run("check", code=1).stderr


def test_a_stranger_gets_nothing(stopped_box: Box, peer: Peer) -> None:
    other = (peer.top / "client.pub").read_text().strip()
    stopped_box.start_remote(peer.target, peer.access(other), peer.name)
    assert "host key that is none of its own" in stopped_box.run("now", code=1).stderr
    assert not [*(peer.top / "kept").iterdir()]
    # An up goes on all the same, and says so.
    assert "could not be seen" in stopped_box.run("check").stderr
