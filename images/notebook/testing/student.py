"""One student's server in a container as the spawner makes it, on the engine of this machine.

Only Docker's command and Python's own library: the benchmark and the tests both run anywhere.
"""

import http.client
import ipaddress
import json
import os
import secrets
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from testing.fake_hub import FakeHub

UID = 20007
COURSE_GID = 19999
EXCHANGE = "/srv/nbgrader/exchange"
READY_SECONDS = 120.0


def docker(*arguments: str, check: bool = True) -> str:
    """Run a Docker command; answers what it printed."""
    done = subprocess.run(
        ["docker", *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    if check and done.returncode != 0:
        raise RuntimeError(f"docker {' '.join(arguments[:2])}: {done.stderr.strip()}")
    return done.stdout.strip()


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Give the body as JSON."""
        return json.loads(self.body)


class Student:
    """A running server of `username`; a context manager that removes it again."""

    def __init__(
        self,
        image: str,
        *,
        username: str = "ada",
        command: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.image = image
        self.username = username
        self.uid = UID if username == "ada" else UID + 1
        self.command = list(command)
        self.extra_env = dict(env or {})
        self.options = list(options)
        self.name = f"t-nb-{secrets.token_hex(4)}"
        self.prefix = f"/user/{username}/"
        self.token = secrets.token_hex(16)
        self.hub = FakeHub(username, self.token, secrets.token_hex(16))
        self.address = ""

    def __enter__(self) -> Self:
        """Start hub and container."""
        self.hub.__enter__()
        try:
            self._run()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Remove both."""
        docker("rm", "--force", "--volumes", self.name, check=False)
        self.hub.__exit__()

    def environment(self, gateway: str) -> dict[str, str]:
        """Build what JupyterHub's spawner and semesterhub's give a server."""
        hub_api = f"http://{gateway}:{self.hub.port}/hub/api"
        return {
            "HOME": f"/home/{self.username}",
            "JUPYTERHUB_API_TOKEN": self.token,
            "JPY_API_TOKEN": self.token,
            "JUPYTERHUB_API_URL": hub_api,
            "JUPYTERHUB_ACTIVITY_URL": f"{hub_api}/users/{self.username}/activity",
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_HOST": "",
            "JUPYTERHUB_CLIENT_ID": f"jupyterhub-user-{self.username}",
            "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{self.prefix}oauth_callback",
            "JUPYTERHUB_OAUTH_SCOPES": json.dumps([f"access:servers!user={self.username}"]),
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps([f"access:servers!user={self.username}"]),
            "JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES": "[]",
            "JUPYTERHUB_USER": self.username,
            "JUPYTERHUB_SERVER_NAME": "",
            "JUPYTERHUB_SERVICE_PREFIX": self.prefix,
            "JUPYTERHUB_SERVICE_URL": f"http://0.0.0.0:8888{self.prefix}",
            "JUPYTERHUB_DEBUG": "",
            "MEM_LIMIT": str(2**30),
            "CPU_LIMIT": "1",
            **self.extra_env,
        }

    def _run(self) -> None:
        home = f"/home/{self.username}"
        # The gateway itself is told only by an engine that has been started before.
        subnet = docker("network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Subnet}}")
        gateway = str(next(ipaddress.ip_network(subnet).hosts()))
        # an exchange for several servers is a volume among the options
        shared = any(EXCHANGE in option for option in self.options)
        env = self.environment(gateway)
        docker(
            "create",
            "--name", self.name,
            "--hostname", self.username,
            "--init",
            "--read-only",
            "--cap-drop", "ALL",
            "--user", f"{self.uid}:{self.uid}",
            "--group-add", str(COURSE_GID),
            "--workdir", home,
            "--tmpfs", "/tmp:rw,exec,mode=1777",
            "--tmpfs", f"{home}:rw,exec,uid={self.uid},gid={self.uid},mode=0700",
            *([] if shared else ["--tmpfs", f"{EXCHANGE}:rw,gid={COURSE_GID},mode=3777"]),
            "--memory", "1g",
            "--pids-limit", "512",
            *(part for key, value in env.items() for part in ("--env", f"{key}={value}")),
            *self.options,
            self.image,
            *self.command,
        )  # fmt: skip
        docker("start", self.name)
        self.address = docker(
            "inspect", self.name, "-f", "{{.NetworkSettings.Networks.bridge.IPAddress}}"
        )

    def request(  # noqa: PLR0913 (HTTP has that many)
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Answer:
        """Ask the server for a path below its prefix, as the student's browser does."""
        connection = http.client.HTTPConnection(self.address, 8888, timeout=timeout)
        named = {"Authorization": f"token {self.hub.browser_token if token is None else token}"}
        if token == "":
            named = {}
        payload = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            connection.request(
                method, self.prefix + path, body=payload, headers={**named, **(headers or {})}
            )
            response = connection.getresponse()
            return Answer(response.status, dict(response.headers), response.read())
        finally:
            connection.close()

    def get(
        self,
        path: str,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Answer:
        """GET a path."""
        return self.request("GET", path, token=token, headers=headers, timeout=timeout)

    def wait_ready(self, seconds: float = READY_SECONDS) -> float:
        """Ask /api, as the hub does, until it answers; answers how long that took."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            try:
                if self.get("api", token="", timeout=5).status == http.HTTPStatus.OK:
                    return time.monotonic() - began
            except OSError:
                if docker("inspect", self.name, "-f", "{{.State.Running}}") != "true":
                    break
            time.sleep(0.02)  # between two looks: a server tells nobody that it listens
        raise TimeoutError(f"{self.name} does not answer:\n{self.logs()}")

    def stop(self) -> None:
        """Stop it as the spawner does; fails when it has to be killed."""
        docker("stop", "--time", "10", self.name)
        code = docker("inspect", self.name, "-f", "{{.State.ExitCode}}")
        if code == "137":
            raise RuntimeError(f"{self.name} did not stop by itself:\n{self.logs()}")

    def logs(self) -> str:
        """Give what the server wrote."""
        done = subprocess.run(
            ["docker", "logs", self.name],
            check=False,
            capture_output=True,
            text=True,
        )
        return done.stdout + done.stderr

    def cpu_seconds(self) -> float:
        """Read what all the container's processes have used since its start, in its control group.

        Not the engine's statistics: a busy engine answers with none.
        """
        first, second = "/sys/fs/cgroup/cpuacct/cpuacct.usage", "/sys/fs/cgroup/cpu.stat"
        told = self.execute("sh", "-c", f"cat {first} 2> /dev/null || cat {second}").split()
        return int(told[0]) / 1e9 if len(told) == 1 else int(told[1]) / 1e6

    def execute(self, *command: str, user: str | None = None) -> str:
        """Run a command in the container, as the student unless told otherwise."""
        more = ("--user", user) if user else ()
        return docker("exec", *more, self.name, *command)


def image_under_test() -> str:
    """Name the image that tests and benchmark run."""
    return os.environ.get("SEMESTERHUB_NOTEBOOK_IMAGE", "semesterhub/notebook:test")
