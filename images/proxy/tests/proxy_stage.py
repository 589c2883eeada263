"""A stage for the proxy's tests: a real network, a real chp, a stand-in for what is behind it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
IMAGES = HERE.parent.parent
PREFIX = f"t-px-{os.getpid()}"
DEADLINE = 60.0


def run(*command: str, stdin: str | None = None) -> str:
    """Run a command; fail with what it said."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout.strip()


def docker(*arguments: str) -> str:
    """Call the docker command."""
    return run("docker", *arguments)


def newest(thing: str) -> str:
    """Return the newest image of one of the other parts; `npm run up` makes them."""
    found = docker("images", "-q", f"semesterhub/{thing}").split()
    assert found, f"no image semesterhub/{thing} on this engine: npm run up makes it"
    return found[0]


def build(thing: str, **arguments: str) -> str:
    """Build an image from its folder, from the engine's cache where nothing changed."""
    options = [
        one for name, value in arguments.items() for one in ("--build-arg", f"{name}={value}")
    ]
    return docker("build", "-q", *options, str(IMAGES / thing)).splitlines()[-1]


def until(what: str, check: Callable[[], Any], limit: float = DEADLINE) -> Any:
    """Ask until the answer is true."""
    deadline = time.monotonic() + limit
    while True:
        try:
            if result := check():
                return result
        except (OSError, http.client.HTTPException, AssertionError):
            pass
        assert time.monotonic() < deadline, f"{what}: not within {limit} s"
        time.sleep(0.05)


def certificate(folder: Path, name: str, issuer: str | None) -> None:
    """Make NAME.key and NAME.crt, signed by an issuer or by itself."""
    key, crt = folder / f"{name}.key", folder / f"{name}.crt"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += [
        "-nodes",
        "-days",
        "2",
        "-keyout",
        str(key),
        "-out",
        str(crt),
        "-subj",
        f"/CN={name}",
    ]
    if issuer:
        command += ["-CA", str(folder / f"{issuer}.crt"), "-CAkey", str(folder / f"{issuer}.key")]
        command += ["-addext", f"subjectAltName=DNS:{name}", "-addext", "basicConstraints=CA:FALSE"]
    run(*command)
    key.chmod(0o644)


@dataclass
class Answer:
    """A whole answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """Read the body as JSON."""
        return json.loads(self.body)


@dataclass
class Stage:
    """The containers of one test session."""

    folder: Path
    containers: list[str] = field(default_factory=list)
    ports: dict[str, tuple[int, int]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Make certificates and the network."""
        for name, issuer in (("ca", None), ("localhost", "ca"), ("chp", "ca"), ("other", None)):
            certificate(self.folder, name, issuer)
        docker("network", "create", "-d", "overlay", "--attachable", PREFIX)
        config = json.loads(docker("network", "inspect", PREFIX))[0]["IPAM"]["Config"]
        self.subnet = config[0]["Subnet"]
        self.chp_image = build("chp")
        self.image = build("proxy", NOTEBOOK_IMAGE=newest("notebook"), HUB_IMAGE=newest("hub"))

    def start(self, name: str, *arguments: str) -> str:
        """Run a container on the network."""
        full = f"{PREFIX}-{name}"
        self.containers.append(full)
        docker("run", "-d", "--name", full, "--network", PREFIX, "--cap-drop", "ALL", *arguments)
        return full

    def start_upstream(self) -> None:
        """Start the stand-in, under the hub's name."""
        mount = f"{HERE / 'upstream.mjs'}:/upstream.mjs:ro"
        self.start(
            *("upstream", "--network-alias", "hub", "-v", mount, self.chp_image),
            *("node", "/upstream.mjs"),
        )

    def start_chp(self, name: str = "chp", certificate_of: str = "chp") -> str:
        """Start chp, with its own certificate or somebody else's."""
        secrets = self.folder / f"secrets-{name}"
        secrets.mkdir(exist_ok=True)
        shutil.copy(self.folder / f"{certificate_of}.crt", secrets / "chp-cert")
        shutil.copy(self.folder / f"{certificate_of}.key", secrets / "chp-key")
        (secrets / "proxy-token").write_text("test-token\n")
        return self.start(
            *(name, "--network-alias", "chp", "--read-only", "--tmpfs", "/tmp"),
            *("-v", f"{secrets}:/run/secrets:ro"),
            *("-e", f"CONTROL_SUBNET={self.subnet}", self.chp_image),
        )

    def start_proxy(self, name: str = "proxy", **settings: Any) -> None:
        """Start nginx as ProxyHost does."""
        folder = self.folder / name
        (folder / "tls").mkdir(parents=True)
        made = run("node", str(HERE / "site.mjs"), json.dumps({"httpsPort": 8443, **settings}))
        for file, text in json.loads(made).items():
            (folder / file).write_text(text)
        for source, target in (("localhost.crt", "server.crt"), ("localhost.key", "server.key")):
            shutil.copy(self.folder / source, folder / "tls" / target)
        shutil.copy(self.folder / "ca.crt", folder / "tls/ca.crt")
        full = self.start(
            *(name, "--read-only", "--tmpfs", "/tmp", "-m", "512m"),
            *("-p", "127.0.0.1::8443", "-p", "127.0.0.1::8080"),
            *("-v", f"{folder}:/etc/semesterhub:ro", self.image),
        )
        https, http_ = (
            int(docker("port", full, port).rsplit(":", 1)[1]) for port in ("8443", "8080")
        )
        self.ports[name] = (https, http_)
        until("nginx answers", lambda: self.get("/semesterhub/health", proxy=name).status == 200)

    def connect(self, proxy: str = "proxy") -> http.client.HTTPSConnection:
        """Open a verified connection to nginx."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        return http.client.HTTPSConnection(
            "localhost", self.ports[proxy][0], context=context, timeout=20
        )

    def get(
        self,
        path: str,
        headers: dict[str, str] | None = None,
        *,
        method: str = "GET",
        body: bytes | None = None,
        proxy: str = "proxy",
    ) -> Answer:
        """Ask nginx."""
        connection = self.connect(proxy)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def reaches_upstream(self) -> bool:
        """Tell whether a request comes through nginx and chp."""
        answer = self.get("/user/ada/api/echo")
        return answer.status == 200 and answer.json()["from"] == "upstream"

    def remove(self, *names: str) -> None:
        """Remove containers."""
        docker("rm", "-f", *names)
        self.containers = [one for one in self.containers if one not in names]

    def clear(self) -> None:
        """Remove all that was made."""
        if self.containers:
            self.remove(*self.containers)
        docker("network", "rm", PREFIX)
