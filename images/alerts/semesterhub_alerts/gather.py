"""One round of facts. Each source is asked on its own: one that is away hides no other."""

import http.client
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from semesterhub_alerts import public, starts
from semesterhub_alerts.facts import Backup, Facts, Grading, Homes, Hub, Machine, Node, Service
from semesterhub_alerts.gauge import PORT
from semesterhub_alerts.machine import machine_of, measure, space_of, spaces_of
from semesterhub_alerts.message import in_words, plain
from semesterhub_alerts.settings import Settings
from semesterhub_alerts.store import Memory

SKEW_SECONDS = 300
"""So much two machines' clocks may differ and still count as one."""
TIMEOUT_SECONDS = 10
LARGEST = 1 << 20
HOMES_SILENT_SECONDS = 30 * 60
T = TypeVar("T")
ODD = (OSError, ValueError, KeyError, TypeError)


def gather(settings: Settings, memory: Memory) -> Facts:
    """Ask everybody once."""
    error = hub_error(settings)
    hub = None if error else ask_hub(settings, memory)
    machines = measure_all(settings)
    known = {machine.name for machine in machines}
    ready = [each.name for each in (hub and hub.nodes) or () if each.state == "ready"]
    storage, inodes = spaces_of(settings.reports)
    homes, homes_age = read_homes(settings.reports / "homes.json", time.time())
    backup = read_backup(settings.reports / "backup.json", time.time())
    late = homes_age is None or homes_age > HOMES_SILENT_SECONDS
    return Facts(
        public=public.ask(settings.url, settings.authority),
        hub_error=error,
        hub=hub,
        machines=machines,
        unmeasured=tuple(name for name in ready if name not in known),
        storage=storage,
        storage_inodes=inodes,
        backup=backup,
        homes=None if late else homes,
        silent=(*(("homes",) if late else ()), *(("backup",) if backup is None else ())),
        grading=ask_grading(settings),
    )


def hub_error(settings: Settings) -> str:
    """Ask whether the hub answers; return why not."""
    try:
        fetch(f"{settings.hub_url}/hub/api/health")
    except (OSError, ValueError) as error:
        return in_words(error)
    return ""


def ask_hub(settings: Settings, memory: Memory) -> Hub | None:
    """Ask the hub what it and the Swarm's manager know."""
    try:
        headers = {"Authorization": f"token {settings.token}"}
        told = json.loads(fetch(f"{settings.hub_url}/hub/api/course/watch", headers))
        sample = starts.sample_of(told["starts"], time.time())
        memory.samples = starts.add(memory.samples, sample)
        return Hub(
            nodes=_each(
                told["nodes"], lambda one: Node(one["name"], one["state"], one["availability"])
            ),
            services=_each(
                told["services"],
                lambda one: Service(one["name"], int(one["running"]), int(one["desired"])),
            ),
            starts=starts.starts_of(memory.samples),
            servers=int(told["servers"]),
            servers_limit=int(told["limit"]),
        )
    except ODD:
        return None


def _each(items: Any, read: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...] | None:  # noqa: ANN401 (JSON)
    return None if items is None else tuple(read(each) for each in items)


def ask_grading(settings: Settings) -> Grading | None:
    """Ask the grading service about its queue."""
    try:
        queue = json.loads(fetch(settings.grading_url))["queue"]
        return Grading(int(queue["waiting"]), float(queue["waited"]), float(queue["idle"]))
    except ODD:
        return None


def measure_all(settings: Settings) -> tuple[Machine, ...]:
    """Measure this machine, and ask the gauges of the others."""
    found = [machine_of({**measure(), "machine": settings.machine}, 0.0)]
    for address in gauges(settings.gauge):
        try:
            before = time.time()
            told = json.loads(fetch(f"http://{address}:{PORT}/"))
            # Between the question and the answer: so it counts from the middle.
            ahead = float(told["time"]) - (before + time.time()) / 2
            found.append(machine_of({**told, "machine": plain(str(told["machine"]), 80)}, ahead))
        except ODD:
            continue
    return tuple(found)


def gauges(name: str) -> list[str]:
    """List the gauges' addresses, as Swarm's name service has them."""
    if not name:
        return []
    try:
        found = socket.getaddrinfo(name, PORT, socket.AF_INET, socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(address[0]) for *_, address in found})


def read_homes(file: Path, now: float) -> tuple[Homes | None, float | None]:
    """Read what the homes service reports, and how old it is."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        homes = Homes(
            limited=int(told["limited"]),
            full=int(told["full"]),
            exchange=space_of(told["exchange"]),
            unenforced=bool(told["unenforced"]),
        )
        return homes, abs(now - float(told["at"]))
    except ODD:
        return None, None


def read_backup(file: Path, now: float) -> Backup | None:
    """Read what the backup service reports."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return Backup(
            every=int(told["everySeconds"]),
            expected_for=_age(told["since"], now),
            success_age=_age(told["lastSuccess"], now),
            first_success_age=_age(told["firstSuccess"], now),
            drill_age=_age(told["lastDrill"], now),
            drill_failed=bool(told["drillFailed"]),
            failed=int(told["failed"]),
            target=space_of(told["target"]),
        )
    except ODD:
        return None


def _age(moment: str | None, now: float) -> int | None:
    """Age of an ISO time; one in the future is none: the clock was ahead when it was noted."""
    if not moment:
        return None
    age = now - datetime.fromisoformat(moment).timestamp()
    return None if age < -SKEW_SECONDS else max(0, int(age))


def fetch(url: str, headers: Mapping[str, str] | None = None) -> bytes:
    """Get what is at an address inside the course's networks; raise OSError for any trouble."""
    request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 (our own)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 (our own)
            body: bytes = answer.read(LARGEST)
    except urllib.error.HTTPError as error:
        raise OSError(f"HTTP {error.code}") from None
    except urllib.error.URLError as error:
        raise OSError(in_words(error.reason)) from None
    except http.client.HTTPException as error:
        raise OSError(f"no answer of HTTP's: {type(error).__name__}") from None
    return body
