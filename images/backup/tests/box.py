"""A backup container on a course of its own."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from course import make_course

ROOT = Path(__file__).parent.parent
IMAGE = "t-bak-img"
CAPABILITIES = (
    *("DAC_OVERRIDE", "DAC_READ_SEARCH", "CHOWN", "FOWNER", "FSETID"),
    *("SETUID", "SETGID", "SETPCAP", "SYS_CHROOT"),
)


def engine_answers() -> bool:
    """Tell whether there is an engine to test on."""
    docker = shutil.which("docker")
    if docker is None:
        return False
    return subprocess.run([docker, "version"], capture_output=True, check=False).returncode == 0


needed = [
    pytest.mark.skipif(not engine_answers(), reason="no Docker engine answers"),
    pytest.mark.skipif(os.geteuid() != 0, reason="making files of other owners takes root"),
]


def docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run docker."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    if check:
        assert done.returncode == 0, done.stderr
    return done


class Box:
    """A backup container on a course of its own."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.storage = top / "storage"
        self.target = top / "target"
        self.target.mkdir()
        self.passphrase("correct horse battery staple")
        make_course(self.storage)
        self.name = f"t-bak-{os.getpid()}"

    def passphrase(self, text: str) -> None:
        """Write the secret."""
        (self.top / "passphrase").unlink(missing_ok=True)
        (self.top / "passphrase").write_text(text)
        (self.top / "passphrase").chmod(0o400)

    def options(self, target: tuple[str, ...] | None = None, network: str = "none") -> list[str]:
        """Give the options that the Swarm service has too."""
        return [
            *("--network", network, "--read-only", "--tmpfs", "/tmp", "--init"),
            *("--cap-drop", "ALL", *(f"--cap-add={each}" for each in CAPABILITIES)),
            *("--volume", f"{self.storage}:/srv/semesterhub"),
            *(("--volume", f"{self.target}:/backups") if target is None else target),
            *("--volume", f"{self.top}/passphrase:/run/secrets/backup-passphrase:ro"),
            *("--env", "STALLED_MINUTES=1", "--env", "COURSE=ds101"),
        ]

    def start(self, *command: str) -> None:
        """Start a container."""
        docker("run", "--detach", "--name", self.name, *self.options(), IMAGE, *command)

    def start_remote(self, target: str, access: dict[str, str], network: str) -> None:
        """Start a container whose backups go elsewhere."""
        (self.top / "access").write_text(json.dumps(access))
        (self.top / "access").chmod(0o400)
        options = self.options((), network)
        options += ["--volume", f"{self.top}/access:/run/secrets/backup-access:ro"]
        options += ["--env", f"BACKUP_TARGET={target}"]
        docker("run", "--detach", "--name", self.name, *options, IMAGE, "sleep", "infinity")

    def remove(self) -> None:
        """Remove the container."""
        docker("rm", "--force", self.name, check=False)

    def run(self, *command: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command in it, which must end with the code."""
        done = docker("exec", self.name, "semesterhub-backup", *command, check=False)
        assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def complains(self, pattern: str, *command: str) -> None:
        """Run a command in it, which must fail and say why."""
        said = self.run(*command, code=1).stderr
        assert re.search(pattern, said), said

    def last_error(self) -> str:
        """Get what the status says of the last error; empty: nothing."""
        error = json.loads(self.run("status", "--json").stdout)["lastError"]
        return "" if error is None else str(error["message"])

    def status(self) -> dict[str, Any]:
        """Get the status."""
        known: dict[str, Any] = json.loads(self.run("status", "--json").stdout)
        return known

    def restore(self, student: str, *options: str) -> dict[str, Any]:
        """Restore something of a student's."""
        command = ("restore", "--student", student, "--server-stopped", "--json", *options)
        known: dict[str, Any] = json.loads(self.run(*command).stdout)
        return known

    def times(self) -> list[str]:
        """Get what can be restored."""
        return [each["time"] for each in json.loads(self.run("times", "--json").stdout)]
