"""The manager's Docker engine, for many callers at once.

Stock dockerspawner sends every call through one thread; here each thread has a client of its
own, because a requests session is not made for sharing.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import docker
import requests
from docker.errors import APIError, NotFound

log = logging.getLogger("semesterhub.engine")

THREADS = 16
CALL_TIMEOUT_SECONDS = 60
RETRY_FOR_SECONDS = 30
RETRY_WAIT_SECONDS = 1.0
LAST_LINES = 20
LAST_WORDS_SECONDS = 10
API_VERSION = "1.41"  # engine 20.10, the oldest that knows pids limits and dropped capabilities

Task = dict[str, Any]


def connect() -> docker.APIClient:
    """Connect as DOCKER_HOST and its companions say; without them, the local socket."""
    return docker.APIClient(
        version=API_VERSION, timeout=CALL_TIMEOUT_SECONDS, **docker.utils.kwargs_from_env()
    )


def _passes(error: Exception) -> bool:
    """Whether an engine that said this is worth asking again (restarting, electing a leader)."""
    if isinstance(error, APIError):
        return (
            error.response is not None
            and error.response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        )
    return isinstance(error, requests.ConnectionError | requests.Timeout)


class Engine:
    """Services and tasks, by asyncio calls that run in threads."""

    def __init__(self, connect: Callable[[], Any] = connect, threads: int = THREADS) -> None:
        self._connect = connect
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="docker")
        self.closing = False  # the hub ends; leave services as they are

    async def create(self, spec: Mapping[str, Any]) -> str:
        """Create a service and return its ID."""
        created = await self._call("create_service", **spec)
        return str(created["ID"])

    async def remove(self, service: str) -> bool:
        """Remove a service by name or ID; False if there was none."""
        try:
            await self._retry("remove_service", service)
        except NotFound:
            return False
        return True

    async def services(self, filters: Mapping[str, object]) -> list[dict[str, Any]]:
        """List services."""
        return list(await self._retry("services", filters=filters))

    async def tasks(self, names: list[str]) -> list[Task]:
        """List the tasks of services, by the services' names.

        A task's name is its service's, a dot and more; the filter is by prefix and, other than
        the filter by service, does not fail when one of them is gone.
        """
        return list(await self._retry("tasks", filters={"name": [f"{name}." for name in names]}))

    async def last_words(self, service: str) -> str:
        """Return what a service's container wrote last; empty if the engine can't say it soon."""
        options = {"stdout": True, "stderr": True, "tail": LAST_LINES, "is_tty": False}
        try:
            # A machine that is gone never sends its part.
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                parts = await self._call("service_logs", service, **options)
        except (APIError, requests.RequestException, TimeoutError):
            return ""
        return b"".join(parts).decode(errors="replace").strip()

    async def _retry(self, method: str, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 (docker-py's)
        """Call what can be called twice, until an engine that is away for a moment is back."""
        deadline = time.monotonic() + RETRY_FOR_SECONDS
        while True:
            try:
                return await self._call(method, *args, **kwargs)
            except (APIError, requests.RequestException) as error:
                if not _passes(error) or time.monotonic() > deadline:
                    raise
                log.warning("The engine did not answer (%s), asking again", error)
            await asyncio.sleep(RETRY_WAIT_SECONDS)

    async def _call(self, method: str, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 (docker-py's)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._run, method, args, kwargs)

    def _run(self, method: str, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Any:  # noqa: ANN401 (docker-py's)
        client = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = self._connect()
        answer = getattr(client, method)(*args, **kwargs)
        # docker-py reads a log while it is looked at: that is to be in this thread
        return list(answer) if isinstance(answer, Iterator) else answer
