"""What this server uses, told to the hub; and what the course announces, in the hub's answer."""

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tornado.httpclient import HTTPClientError

from semesterhub_notebook.hub_client import fetch

log = logging.getLogger("semesterhub.news")

CGROUP = Path("/sys/fs/cgroup")


def _number(file: Path, key: str = "") -> int:
    """Read a number, alone in its file or behind its key."""
    for line in file.read_text(encoding="ascii").splitlines():
        name, _, value = line.rpartition(" ")
        if name == key:
            return int(value)
    raise ValueError(f"{file} has no {key}")


def memory(cgroup: Path = CGROUP) -> int:
    """Say how many bytes the container uses, without the files that the kernel keeps for it."""
    if (cgroup / "memory.current").exists():
        used = _number(cgroup / "memory.current")
        return max(0, used - _number(cgroup / "memory.stat", "inactive_file"))
    v1 = cgroup / "memory"
    used = _number(v1 / "memory.usage_in_bytes")
    return max(0, used - _number(v1 / "memory.stat", "total_inactive_file"))


def cpu_seconds(cgroup: Path = CGROUP) -> float:
    """Say how much processor time the container has used."""
    if (cgroup / "cpu.stat").exists():
        return _number(cgroup / "cpu.stat", "usage_usec") / 1e6
    return _number(cgroup / "cpuacct" / "cpuacct.usage") / 1e9


class Reporter:
    """Tells the hub, and keeps what it announces."""

    def __init__(
        self, url: str, token: str, cgroup: Path = CGROUP, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the hub's API and this server's token."""
        self.announcement: dict[str, Any] | None = None
        self._url = f"{url}/course/news"
        self._token = token
        self._cgroup = cgroup
        self._now = now
        self._last: tuple[float, float] | None = None

    def usage(self) -> dict[str, float]:
        """Measure; the processors are those since the last time."""
        now, used = self._now(), cpu_seconds(self._cgroup)
        before, was = self._last or (now, used)
        self._last = (now, used)
        cpus = (used - was) / (now - before) if now > before else 0.0
        return {"memory": memory(self._cgroup), "cpus": round(max(0.0, cpus), 2)}

    async def report(self) -> None:
        """Tell the hub once. A hub that does not answer is asked again the next time."""
        try:
            answer = await fetch(
                self._url,
                method="POST",
                headers={
                    "Authorization": f"token {self._token}",
                    "Content-Type": "application/json",
                },
                data=json.dumps(self.usage()),
            )
            self.announcement = json.loads(await answer.text())["announcement"]
        except (HTTPClientError, OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
            log.debug("The hub was not told: %s", error)
