"""How many servers the course has room for, and what speaks against a rehearsal now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from semesterhub.settings import Limits, Settings
from semesterhub.spec import GPU_KIND
from semesterhub.statistics_api import takes_servers

MOST_STUDENTS = 500
SERVER_BYTES = 100 * 2**20
"""Measured: a server with a kernel that has run something. Counts where nothing is reserved."""


@dataclass(frozen=True)
class Room:
    """What a class would find."""

    students: int | None
    """How many servers fit on the machines, beside those that run; None: not known now."""
    machines: int
    people: int
    """Servers of real people that run."""
    most: int
    """The configured limit of servers that run at once; 0: none."""


def usual_limits(settings: Settings) -> Limits | Any:  # noqa: ANN401 (a profile has the same fields)
    """Return what a student's server gets who chooses nothing."""
    return next((each for each in settings.profiles if not each.groups), settings.limits)


def room(nodes: Iterable[Mapping[str, Any]], settings: Settings, people: int) -> Room:
    """Count what fits, as Swarm does it: by what is reserved on each machine."""
    usable = [node for node in nodes if takes_servers(node, settings.constraints)]
    limits = usual_limits(settings)
    fits = sum(_fits(node["Description"]["Resources"], limits) for node in usable)
    return Room(max(0, fits - people), len(usable), people, settings.spawn.active_servers)


def _fits(has: Mapping[str, Any], limits: Limits) -> int:
    by_memory = has.get("MemoryBytes", 0) // (limits.memory_reserved_bytes or SERVER_BYTES)
    by_gpus = _gpus(has) // limits.gpus if limits.gpus else by_memory
    if limits.cpus_reserved == 0 or "NanoCPUs" not in has:
        return min(by_memory, by_gpus)
    return min(by_memory, by_gpus, int(has["NanoCPUs"] / 1e9 / limits.cpus_reserved))


def _gpus(has: Mapping[str, Any]) -> int:
    """Count a machine's GPUs: the engine offers each by its own name."""
    named = [each.get("NamedResourceSpec") or {} for each in has.get("GenericResources") or ()]
    return sum(each.get("Kind") == GPU_KIND for each in named)


def objections(wanted: int, found: Room) -> list[str]:
    """Say what speaks against so many made-up students now; an operator may insist."""
    said = []
    if found.people:
        many = f"{found.people} people have" if found.people > 1 else "Somebody has"
        said.append(f"{many} a server now, and would notice a rehearsal.")
    if found.students is not None and wanted > found.students:
        said.append(
            f"The machines have room for {found.students} more servers: what is reserved for each"
            " (student.memoryReserved, student.cpusReserved) decides that."
        )
    if found.most and wanted + found.people > found.most:
        said.append(f"spawn.activeServers lets {found.most} servers run at once.")
    return said
