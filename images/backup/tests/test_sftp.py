"""A backup over SFTP to a real server, and back."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from box import IMAGE, Box, docker, needed
from course import inventory

PEER_PORT = 2022
pytestmark = needed


class Peer:
    """An SFTP server in a container, with a key for it."""

    def __init__(self, top: Path, name: str) -> None:
        self.name, self.top = name, top
        for key in ("host", "client"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(top / key)],
                check=True,
            )
        (top / "kept").mkdir()
        docker("network", "create", name)
        options = ("--network", name, "--volume", f"{top}:/peer", "--init")
        serve = ("rclone", "serve", "sftp", "/peer/kept", "--addr", f":{PEER_PORT}")
        keys = ("--key", "/peer/host", "--authorized-keys", "/peer/client.pub", "--user", "keeper")
        docker("run", "--detach", "--name", name, *options, IMAGE, *serve, *keys)

    def access(self, host_key: str | None = None) -> dict[str, str]:
        """Tell what opens it, as the program does."""
        key = host_key or (self.top / "host.pub").read_text().strip()
        return {
            "type": "sftp",
            "host": self.name,
            "port": str(PEER_PORT),
            "user": "keeper",
            "key_pem": (self.top / "client").read_text(),
            "known_hosts": f"[{self.name}]:{PEER_PORT} {key}\n",
            "disable_hashcheck": "true",
            "shell_type": "none",
        }

    @property
    def target(self) -> str:
        """Its URL."""
        return f"sftp://keeper@{self.name}:{PEER_PORT}/course"


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
    stored = [*(peer.top / "kept" / "course").iterdir()]
    status = json.loads(box.run("status", "--json").stdout)
    assert status["storedBytes"] == sum(path.stat().st_size for path in stored) > 0
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
    assert "none of its own" in stopped_box.run("now", code=1).stderr
    assert not [*(peer.top / "kept").iterdir()]
    # An up goes on all the same, and says so.
    assert "could not be seen" in stopped_box.run("check").stderr
