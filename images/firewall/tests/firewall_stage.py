"""A stage for the firewall's tests: a course network, a hub outside the firewall, students."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PREFIX = f"t-px-fw-{os.getpid()}"
STACK = PREFIX
DEADLINE = 60.0


def run(*command: str, check: bool = True) -> str:
    """Run a command; fail with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def docker(*arguments: str) -> str:
    """Call the docker command."""
    return run("docker", *arguments)


def until(what: str, check: Callable[[], Any], limit: float = DEADLINE) -> Any:
    """Ask until the answer is true."""
    deadline = time.monotonic() + limit
    while not (result := check()):
        assert time.monotonic() < deadline, f"{what}: not within {limit} s"
        time.sleep(0.05)
    return result


@dataclass
class Stage:
    """The containers of one test session."""

    containers: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Build the image; make the networks."""
        self.image = docker("build", "-q", str(HERE.parent)).splitlines()[-1]
        docker("network", "create", "-d", "overlay", "--attachable", f"{PREFIX}-course")
        config = json.loads(docker("network", "inspect", f"{PREFIX}-course"))[0]["IPAM"]["Config"]
        self.course = config[0]["Subnet"]
        # Not a private range: what is here stands for the public internet.
        docker("network", "create", "--subnet", "198.51.100.0/24", f"{PREFIX}-internet")

    def start(self, name: str, *arguments: str, network: str = "course") -> str:
        """Run a container that listens on the given ports: options, then ports."""
        full = f"{PREFIX}-{name}"
        self.containers.append(full)
        options = [one for one in arguments if not one.isdigit()]
        ports = [one for one in arguments if one.isdigit()]
        docker(
            *("run", "-d", "--name", full, "--network", f"{PREFIX}-{network}", "--init"),
            *("--cap-drop", "ALL", "-v", f"{HERE / 'probe.py'}:/probe.py:ro", *options),
            *(self.image, "python3", "/probe.py", "listen", *ports),
        )
        return full

    def start_student(self, name: str, *arguments: str, stack: str = STACK) -> str:
        """Run a student's container, as the spawner does."""
        labels = (f"semesterhub.student={name}", f"semesterhub.stack={stack}")
        options = [one for label in labels for one in ("--label", label)]
        user = ("--user", "20000:20000")
        return self.start(name, *options, *user, *arguments, "8888", "9000")

    def start_firewall(self, **environment: str) -> str:
        """Run the firewall, as the README says."""
        full = f"{PREFIX}-firewall"
        self.containers.append(full)
        settings = {
            "COURSE_SUBNET": self.course,
            "STACK": STACK,
            "VERIFY_SECONDS": "2",
            **environment,
        }
        docker(
            *("run", "-d", "--name", full, "--pid", "host", "--network", "none", "--read-only"),
            *("--tmpfs", "/run", "--cap-drop", "ALL", "--cap-add", "SYS_ADMIN"),
            *("--cap-add", "NET_ADMIN", "--cap-add", "SYS_PTRACE", "--cpu-shares", "8192"),
            *("-v", "/var/run/docker.sock:/var/run/docker.sock"),
            *(one for name, value in settings.items() for one in ("-e", f"{name}={value}")),
            self.image,
        )
        until("the firewall is healthy", lambda: self.health() == "ok")
        return full

    def health(self) -> str:
        """Return what the health command says."""
        return run("docker", "exec", f"{PREFIX}-firewall", "firewall-health", check=False)

    def logs(self) -> str:
        """Return what the firewall has said."""
        return run("sh", "-c", f"docker logs {PREFIX}-firewall 2>&1")

    def probe(self, container: str, *arguments: str) -> Any:
        """Run the probe inside a container."""
        return json.loads(docker("exec", container, "python3", "/probe.py", *arguments))

    def connects(self, container: str, *targets: tuple[str, int]) -> list[str]:
        """Try several addresses from inside a container."""
        arguments = [str(one) for target in targets for one in target]
        return list(self.probe(container, "connect", *arguments))

    def closed(self, container: str, limit: float = 20) -> None:
        """Wait for the gate."""
        assert self.probe(container, "gate", str(limit)) == "closed"

    def address(self, container: str, network: str = "course") -> str:
        """Return a container's address."""
        template = f'{{{{(index .NetworkSettings.Networks "{PREFIX}-{network}").IPAddress}}}}'
        return docker("inspect", "-f", template, container)

    def inside(self, container: str, *command: str, check: bool = True) -> str:
        """Run a command of this machine's in a container's network namespace."""
        pid = docker("inspect", "-f", "{{.State.Pid}}", container)
        return run("nsenter", f"--net=/proc/{pid}/ns/net", *command, check=check)

    def remove(self, *names: str) -> None:
        """Remove containers."""
        docker("rm", "-f", *names)
        self.containers = [one for one in self.containers if one not in names]

    def clear(self) -> None:
        """Remove all that was made."""
        if self.containers:
            self.remove(*self.containers)
        for network in ("course", "internet"):
            run("docker", "network", "rm", f"{PREFIX}-{network}", check=False)
