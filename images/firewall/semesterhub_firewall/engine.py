"""The few calls of Docker's API that the firewall needs, over its unix socket."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

TIMEOUT = 30.0
_OK = 200
_NOT_FOUND = 404


class EngineError(Exception):
    """The engine answered, and not with what was asked for."""


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str, timeout: float | None) -> None:
        super().__init__("docker")
        self._path = path
        self._limit = timeout

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self._limit)
        self.sock.connect(self._path)


@dataclass(frozen=True)
class Student:
    """A running container of a student's."""

    id: str
    name: str
    started_ns: int | None = None
    """When the engine said that it started; None for one found running."""


class Engine:
    """One Docker engine. Safe to share: each thread has a connection of its own."""

    def __init__(self, path: str, stack: str) -> None:
        self._path = path
        self._labels = ["semesterhub.student", f"semesterhub.stack={stack}"]
        self._local = threading.local()

    def _get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """GET, on this thread's kept connection; once more on a new one when that is stale."""
        for fresh in (False, True):
            connection: _Connection | None = getattr(self._local, "connection", None)
            if connection is None or fresh:
                connection = self._local.connection = _Connection(self._path, TIMEOUT)
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                body = response.read()
            except (http.client.HTTPException, ConnectionError):
                connection.close()
                if fresh:
                    raise
                continue
            if response.status == _NOT_FOUND:
                return None
            if response.status != _OK:
                raise EngineError(f"GET {path}: {response.status} {body[:200]!r}")
            return json.loads(body)
        raise AssertionError("unreachable")

    def pid(self, container: str) -> int | None:
        """Return the machine's PID of a container's first process; None when it has ended."""
        found = self._get(f"/containers/{quote(container)}/json")
        state = found["State"] if found else {}
        if found and found["HostConfig"]["NetworkMode"] == "host":
            raise EngineError("it is on the machine's own network, which stays open")
        return int(state["Pid"]) if state.get("Running") and state.get("Pid") else None

    def students(self) -> list[Student]:
        """Return the students' containers that run now."""
        query = urlencode({"filters": json.dumps({"label": self._labels, "status": ["running"]})})
        return [
            Student(one["Id"], one["Names"][0].lstrip("/"))
            for one in self._get(f"/containers/json?{query}")
        ]

    def starts(self) -> Iterator[Student | None]:
        """Yield None once the engine listens to us, then each student's container as it starts."""
        filters = {"type": ["container"], "event": ["start"], "label": self._labels}
        connection = _Connection(self._path, TIMEOUT)
        try:
            connection.request("GET", "/events?" + urlencode({"filters": json.dumps(filters)}))
            response = connection.getresponse()
            if response.status != _OK:
                raise EngineError(f"GET /events: {response.status}")
            # From here on, silence is no failure; the engine's end closes the socket.
            connection.sock.settimeout(None)
            yield None
            while line := response.readline():
                event = json.loads(line)
                actor = event["Actor"]
                yield Student(actor["ID"], actor["Attributes"]["name"], event["timeNano"])
        finally:
            connection.close()
