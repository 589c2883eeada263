"""Where the limit of a course is, by a rehearsal; and which key, with which value, moves it."""

import math
from dataclasses import dataclass
from typing import Literal

from semesterhub.check_steps import START
from semesterhub.rehearsal.machines import Machine
from semesterhub.rehearsal.records import Records
from semesterhub.rehearsal.room import Room, usual_limits
from semesterhub.rehearsal.student import FULL
from semesterhub.settings import Settings

CPU_FULL = 0.9
CPU_GOAL = 0.7
"""What a machine may be busy with, so that a cell still runs at once."""
MEMORY_LEFT = 0.1
DISK_WAITS = 0.4
SLOW_START_SECONDS = 30.0
SLOW_LAG_SECONDS = 1.0
LEAST_RESERVED = 128
"""MiB: a server with a kernel has a hundred."""
MIB = 2**20
Limit = Literal["none", "places", "memory", "cpu", "disk", "network", "starts"]


@dataclass(frozen=True)
class Finding:
    """One limit that was reached."""

    limit: Limit
    said: str
    change: str


@dataclass(frozen=True)
class Class:
    """What was rehearsed, as far as it counts for the verdict."""

    students: int
    room: Room
    records: Records
    machines: list[Machine]
    settings: Settings


def findings(rehearsed: Class) -> list[Finding]:
    """Name each limit that was reached, the one that turned people away first."""
    found = [*_places(rehearsed), *_memory(rehearsed), *_cpu(rehearsed), *_disk(rehearsed)]
    return found or [*_network(rehearsed), *_starts(rehearsed)]


def percentile(values: list[float], percent: int) -> float:
    """Return the value that so many per cent do not exceed; 0 of nothing."""
    if not values:
        return 0.0
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def _nodes(number: int) -> str:
    return f"{number} nodes like the present ones (hosts.nodes, openstack.nodes.count)"


def _places(rehearsed: Class) -> list[Finding]:
    refusals = rehearsed.records.refusals
    room, wanted = rehearsed.room, rehearsed.students
    found = []
    full = sum(each.error == FULL for each in refusals)
    if full:
        reserved = usual_limits(rehearsed.settings).memory_reserved_bytes // MIB
        memory = sum(each.memory for each in rehearsed.machines if each.students) // MIB
        each = memory // (wanted + room.people)
        more = math.ceil(wanted / max(1, (wanted - full) / max(1, room.machines)))
        change = _nodes(more)
        if LEAST_RESERVED <= each < reserved:
            change = (
                f"student.memoryReserved: {each}M (now {reserved}M) lets all start on these"
                f" machines, if most use no more; or {change}"
            )
        said = f"{full} of {wanted} found no machine with room: Swarm reserves {reserved} MiB each"
        found.append(Finding("places", said, change))
    if len(refusals) > full:
        said = (
            f"{len(refusals) - full} of {wanted} were turned away: spawn.activeServers lets"
            f" {room.most} servers run at once"
        )
        change = f"spawn.activeServers: {wanted + room.people} or more"
        found.append(Finding("places", said, change))
    return found


def _memory(rehearsed: Class) -> list[Finding]:
    short = [each for each in rehearsed.machines if each.left < MEMORY_LEFT]
    if not short:
        return []
    worst = min(short, key=lambda each: each.left)
    said = f"{worst.name} had {worst.left:.0%} of its {worst.memory / 2**30:.1f} GiB left"
    if not worst.students:
        return [Finding("memory", said, "a hub's machine with more memory (openstack.flavors.hub)")]
    reserved = usual_limits(rehearsed.settings).memory_reserved_bytes // MIB
    more = math.ceil(reserved * (1 - worst.left) / (1 - 2 * MEMORY_LEFT))
    change = (
        f"student.memoryReserved: {more}M (now {reserved}M) puts fewer servers on a machine;"
        " and more nodes, or larger ones"
    )
    return [Finding("memory", said, change)]


def _cpu(rehearsed: Class) -> list[Finding]:
    worst = max(rehearsed.machines, key=lambda each: each.cpu, default=None)
    if worst is None or worst.cpu < CPU_FULL:
        return []
    said = f"the {worst.cpus} processors of {worst.name} were {worst.cpu:.0%} busy for a minute"
    if not worst.students:
        change = "a hub's machine with more processors (openstack.flavors.hub)"
    elif worst.hub:
        need = math.ceil(worst.cpus * worst.cpu / CPU_GOAL)
        change = (
            f"{need} or more processors for this machine (now {worst.cpus}); or nodes of their own"
            " for students (hosts.nodes, openstack.nodes.count)"
        )
    else:
        count = sum(each.students for each in rehearsed.machines)
        change = _nodes(math.ceil(count * worst.cpu / CPU_GOAL))
    return [Finding("cpu", said, change)]


def _disk(rehearsed: Class) -> list[Finding]:
    worst = max(rehearsed.machines, key=lambda each: each.disk, default=None)
    if worst is None or worst.disk < DISK_WAITS:
        return []
    said = f"on {worst.name} something waited for the disk {worst.disk:.0%} of a minute"
    change = "a faster disk for the files (storage.path, openstack.dataVolumeType), such as an SSD"
    return [Finding("disk", said, change)]


def _network(rehearsed: Class) -> list[Finding]:
    slow = percentile(rehearsed.records.lags, 95)
    if slow < SLOW_LAG_SECONDS:
        return []
    said = f"5 of 100 cells took {slow:.1f} s longer on the way than they computed"
    change = (
        "the network between proxy, hub and nodes, or the proxy's machine"
        " (openstack.flavors.proxy): memory, processors and disks had room"
    )
    return [Finding("network", said, change)]


def _starts(rehearsed: Class) -> list[Finding]:
    starts = rehearsed.records.of(START)
    slow = percentile([each.seconds for each in starts], 95)
    if slow < SLOW_START_SECONDS:
        return []
    now = rehearsed.settings.spawn.concurrent
    said = f"5 of 100 starts took {slow:.0f} s or more, and the machines had room"
    change = f"spawn.concurrent: {2 * now} (now {now}), so that fewer wait in line"
    return [Finding("starts", said, change if now else "npm run logs hub tells more")]
