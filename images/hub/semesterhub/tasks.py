"""What Swarm makes of a service: its task's state, told in words that a student understands."""

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_interface

from semesterhub.engine import Engine, Task

log = logging.getLogger("semesterhub.tasks")

TICK_SECONDS = 0.25
# a listing grows with the number of starts; it may take this part of the hub's and engine's time
LISTING_SHARE = 0.1
LONGEST_TICK_SECONDS = 2.0
AWAY_SECONDS = 1.0
"""Between two looks at an engine that does not answer: nothing tells when it is back."""

_ALIVE = {"new", "allocated", "pending", "assigned", "accepted", "preparing", "ready", "starting"}
_FULL = ("insufficient resources", "no suitable node")


@dataclass(frozen=True)
class Observation:
    """One look at a server's task."""

    state: str
    reason: str
    address: str

    @property
    def running(self) -> bool:
        """Whether the container runs."""
        return self.state == "running"

    @property
    def dead(self) -> bool:
        """Whether it ended, or never will begin."""
        return not self.running and self.state not in _ALIVE

    @property
    def waits_for_room(self) -> bool:
        """Whether Swarm finds no machine with enough free memory and processor."""
        return self.state == "pending" and any(words in self.reason for words in _FULL)


def choose(tasks: list[Task]) -> Task | None:
    """Pick the task that counts: one that shall run before others, then the newest."""
    return max(
        tasks,
        key=lambda task: (task.get("DesiredState") == "running", task["CreatedAt"]),
        default=None,
    )


def observe(task: Task, network: str) -> Observation:
    """Read a task as the engine returns it."""
    status = task["Status"]
    exit_code = status.get("ContainerStatus", {}).get("ExitCode", 0)
    reason = status.get("Err", "")
    if not reason and exit_code:
        reason = f"exit code {exit_code}"
    return Observation(status["State"], reason, _address(task, network))


def _address(task: Task, network: str) -> str:
    """Find the task's own overlay address.

    Never its name: the hub's resolver keeps an answer for minutes (facts: DNS trap).
    """
    for attachment in task.get("NetworksAttachments") or []:
        if attachment["Network"]["Spec"]["Name"] == network and attachment.get("Addresses"):
            return str(ip_interface(attachment["Addresses"][0]).ip)
    return ""


def explain(seen: Observation) -> str:
    """Turn Swarm's reason into a sentence, with the reason itself for the staff."""
    missing = re.search(r"bind source path does not exist: (\S+)", seen.reason)
    if missing:
        what = f"The folder {missing.group(1)} is missing on the machine"
    elif "No such image" in seen.reason or "pull access denied" in seen.reason:
        what = "The course's notebook image is missing on the machine"
    elif seen.state == "rejected":
        what = "The machine refused to start your server"
    else:
        what = "Your server ended while it was starting"
    return f"{what}. Please tell the course's staff: {seen.reason or seen.state}"


class Subscription:
    """One waiter's view of one service."""

    def __init__(self, name: str, service_id: str) -> None:
        self.name = name
        self.service_id = service_id
        self._looks: asyncio.Queue[list[Task]] = asyncio.Queue(1)

    async def next(self) -> list[Task]:
        """Return the service's tasks as of the next time that the engine is asked."""
        return await self._looks.get()

    def tell(self, tasks: list[Task]) -> None:
        """Hand over a look; when the last one was not taken yet, only the newest counts."""
        if self._looks.full():
            self._looks.get_nowait()
        self._looks.put_nowait(tasks)


class TaskWatcher:
    """One listing a tick for everybody who waits, instead of one for each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: set[Subscription] = set()
        self._loop: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def watch(self, name: str, service_id: str) -> Iterator[Subscription]:
        """Follow the tasks of one service."""
        subscription = Subscription(name, service_id)
        self._waiting.add(subscription)
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._listen())
        try:
            yield subscription
        finally:
            self._waiting.discard(subscription)

    async def gone(self, name: str, service_id: str) -> None:
        """Return once no task of a removed service is left, so its container has ended."""
        with self.watch(name, service_id) as looks:
            while await looks.next():
                pass

    async def _listen(self) -> None:
        told = ""
        while self._waiting:
            begin = time.monotonic()
            # those who come while the list is on its way are told the next time
            asked = list(self._waiting)
            try:
                tasks = await self._engine.tasks(sorted({each.name for each in asked}))
                for each in asked:
                    each.tell([task for task in tasks if task["ServiceID"] == each.service_id])
            except Exception as error:
                # Whatever it is, those who wait would wait for ever without the next look.
                if (said := str(error)) != told:
                    log.exception("The engine lists no tasks; it is asked again")
                told = said
                await asyncio.sleep(AWAY_SECONDS)
                continue
            if told:
                log.info("The engine lists tasks again")
            told = ""
            took = time.monotonic() - begin
            await asyncio.sleep(min(max(TICK_SECONDS, took / LISTING_SHARE), LONGEST_TICK_SECONDS))
