"""A stage for chp's tests: the control and the course network, and a client on each."""

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
PREFIX = f"t-px-chp-{os.getpid()}"
TOKEN = "0123456789abcdef-the-token"
DEADLINE = 60.0

# What a client container runs: asks one URL, prints status, type and body as JSON.
ASK = """
const [url, options] = JSON.parse(process.argv[1]);
const client = require(url.startsWith("https") ? "https" : "http");
const asked = { rejectUnauthorized: false, timeout: 3000, ...options };
const request = client.request(url, asked, (response) => {
  let body = "";
  response.on("data", (chunk) => (body += chunk));
  response.on("end", () => {
    const type = response.headers["content-type"];
    console.log(JSON.stringify({ status: response.statusCode, type, body }));
  });
});
request.on("timeout", () => request.destroy(new Error("timeout")));
request.on("error", (error) => console.log(JSON.stringify({ error: error.code ?? error.message })));
request.end(options.body);
"""


def run(*command: str, check: bool = True) -> str:
    """Run a command; fail with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return (done.stdout + ("" if check else done.stderr)).strip()


def docker(*arguments: str, check: bool = True) -> str:
    """Call the docker command."""
    return run("docker", *arguments, check=check)


def until(what: str, check: Callable[[], Any], limit: float = DEADLINE) -> None:
    """Ask until the answer is true."""
    deadline = time.monotonic() + limit
    while not check():
        assert time.monotonic() < deadline, f"{what}: not within {limit} s"
        time.sleep(0.05)  # between two looks: each asks a container, which tells nobody by itself


@dataclass
class Stage:
    """The containers of one test session."""

    folder: Path
    containers: list[str] = field(default_factory=list)

    def prepare(self) -> None:
        """Build the image, make certificate and networks, start chp and its clients."""
        self.image = docker("build", "-q", str(HERE.parent)).splitlines()[-1]
        self.secrets = self.folder / "secrets"
        self.secrets.mkdir()
        run(
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", "/CN=chp", "-keyout", str(self.secrets / "chp-key")),
            *("-out", str(self.secrets / "chp-cert")),
        )
        (self.secrets / "proxy-token").write_text(f"{TOKEN}\n")
        for file in self.secrets.iterdir():
            file.chmod(0o644)
        for network in ("control", "course"):
            docker("network", "create", "-d", "overlay", "--attachable", f"{PREFIX}-{network}")
        found = json.loads(docker("network", "inspect", f"{PREFIX}-control"))
        self.subnet = found[0]["IPAM"]["Config"][0]["Subnet"]
        for network in ("control", "course"):
            self._start(network, f"{PREFIX}-{network}", self.image, "sleep", "3600")
        self.start_chp()

    def _start(self, name: str, network: str, *arguments: str) -> str:
        full = f"{PREFIX}-{name}"
        self.containers.append(full)
        docker("run", "-d", "--init", "--name", full, "--network", network, *arguments)
        return full

    def start_chp(self) -> None:
        """Start chp on both networks: made on the course's, so that this is its first interface."""
        name = f"{PREFIX}-chp"
        self.containers.append(name)
        docker(
            *("create", "--name", name, "--network", f"{PREFIX}-course"),
            *("--read-only", "--tmpfs", "/tmp"),
            *("--cap-drop", "ALL", "-v", f"{self.secrets}:/run/secrets:ro"),
            *("-e", f"CONTROL_SUBNET={self.subnet}", "-e", "METRICS=1", self.image),
        )
        docker("network", "connect", "--alias", "chp", f"{PREFIX}-control", name)
        docker("start", name)
        until("chp is healthy", lambda: docker("exec", name, "chp-health", check=False) == "")

    def address(self, network: str) -> str:
        """Return chp's address on a network."""
        template = f'{{{{(index .NetworkSettings.Networks "{PREFIX}-{network}").IPAddress}}}}'
        return docker("inspect", "-f", template, f"{PREFIX}-chp")

    def ask(self, client: str, url: str, **options: Any) -> Any:
        """Ask a URL from a network's client."""
        said = docker(
            *("exec", f"{PREFIX}-{client}", "node", "-e", ASK, json.dumps([url, options]))
        )
        return json.loads(said)

    def clear(self) -> None:
        """Remove all that was made."""
        if self.containers:
            docker("rm", "-f", *self.containers)
        for network in ("control", "course"):
            name = f"{PREFIX}-{network}"
            # Swarm may still be taking the last container off it.
            until(
                f"{name} is removed",
                lambda name=name: docker("network", "rm", name, check=False) == name,
            )
