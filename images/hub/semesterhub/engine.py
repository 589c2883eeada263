"""The manager's Docker engine, for many callers at once.

Stock dockerspawner sends every call through one thread; here each thread has a client of its
own, because a requests session is not made for sharing.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import docker
import requests
from docker.errors import APIError, NotFound

log = logging.getLogger("semesterhub.engine")

THREADS = 16
CALL_TIMEOUT_SECONDS = 20
LISTING_SECONDS = 10
"""A listing takes milliseconds; one that never comes must not hold up those that wait for it."""
RETRY_FOR_SECONDS = 30
RETRY_WAIT_SECONDS = 1.0
LAST_LINES = 20
LAST_WORDS_SECONDS = 10
LAST_WORDS_READ = 2**20
LAST_WORDS_KEPT = 2000
API_VERSION = "1.41"  # engine 20.10, the oldest that knows pids limits and dropped capabilities

Task = dict[str, Any]


def connect() -> docker.APIClient:
    """Connect as DOCKER_HOST and its companions say; without them, the local socket."""
    return docker.APIClient(
        version=API_VERSION, timeout=CALL_TIMEOUT_SECONDS, **docker.utils.kwargs_from_env()
    )


def is_away(error: Exception) -> bool:
    """Whether an engine that said this is worth asking again (restarting, electing a leader)."""
    if isinstance(error, APIError):
        return (
            error.response is not None
            and error.response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        )
    return isinstance(error, requests.ConnectionError | requests.Timeout | TimeoutError)


class Engine:
    """Services and tasks, by asyncio calls that run in threads."""

    def __init__(self, connect: Callable[[], Any] = connect, threads: int = THREADS) -> None:
        self._connect = connect
        self._local = threading.local()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="docker")
        self.closing = False  # the hub ends; leave services as they are

    async def create(self, spec: Mapping[str, Any]) -> str:
        """Create a service and return its ID.

        Where the answer was lost, the second try meets the first one's service: a conflict (409).
        """
        created = await self._retry("create_service", **spec)
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

    async def overview(self, label: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """List nodes, and services with a label and how many of their tasks run; ask once."""
        nodes = await self._call("nodes")
        services = await self._call("services", filters={"label": [label]}, status=True)
        return list(nodes), list(services)

    async def tasks(self, names: list[str]) -> list[Task]:
        """List the tasks of services, by the services' names; ask once.

        A task's name is its service's, a dot and more; the filter is by prefix and, other than
        the filter by service, does not fail when one of them is gone.
        """
        async with asyncio.timeout(LISTING_SECONDS):
            found = await self._call("tasks", filters={"name": [f"{name}." for name in names]})
        return list(found)

    async def nodes(self) -> list[dict[str, Any]]:
        """List the Swarm's machines; ask once."""
        async with asyncio.timeout(LISTING_SECONDS):
            return list(await self._call("nodes"))

    async def until_ready(self) -> None:
        """Return once the engine can tell what runs; a hub without it has nothing to do."""
        told = ""
        while True:
            try:
                await self.tasks(["-"])
            except (APIError, requests.RequestException, TimeoutError) as error:
                if (said := str(error)) != told:
                    log.warning("Waiting for the engine: %s", said)
                told = said
            else:
                return
            await asyncio.sleep(RETRY_WAIT_SECONDS)

    async def last_words(self, service: str) -> str:
        """Return the end of what a container wrote; empty if the engine can't say it soon."""
        options = {"stdout": True, "stderr": True, "tail": LAST_LINES, "is_tty": False}
        try:
            # A machine that is gone never sends its part.
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                text = await self._call("service_logs", service, **options)
        except Exception as error:  # noqa: BLE001 (what they were for goes on without them)
            log.info("No last words of %s: %r", service, error)
            return ""
        # Whatever a student's container wrote: no line of it looks like one of the hub's.
        words = text.decode(errors="replace").strip()
        return "".join(each if each.isprintable() or each == "\n" else " " for each in words)

    async def _retry(self, method: str, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 (docker-py's)
        """Call what can be called twice, until an engine that is away for a moment is back."""
        deadline = time.monotonic() + RETRY_FOR_SECONDS
        while True:
            try:
                return await self._call(method, *args, **kwargs)
            except (APIError, requests.RequestException) as error:
                if not is_away(error) or time.monotonic() > deadline:
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
        return _end_of(answer) if isinstance(answer, Iterator) else answer


def _end_of(parts: Iterator[bytes]) -> bytes:
    """Keep the end of a log, of which a line can be as long as its writer likes."""
    kept: deque[bytes] = deque()
    size = read = 0
    for part in parts:
        kept.append(part[-LAST_WORDS_KEPT:])
        size += len(kept[-1])
        read += len(part)
        while size - len(kept[0]) >= LAST_WORDS_KEPT:
            size -= len(kept.popleft())
        if read > LAST_WORDS_READ:
            break
    return b"".join(kept)[-LAST_WORDS_KEPT:]
