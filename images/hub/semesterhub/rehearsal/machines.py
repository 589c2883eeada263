"""How busy machines were, of what they told of themselves (cell.py)."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from semesterhub.rehearsal.records import Records

STEP_SECONDS = 10
"""Of the plots, and between two looks that count: a hundred students look all the time."""
BUSY_SECONDS = 60
"""A machine that is busy for a moment holds nobody up; the busiest minute counts."""
Looks = Sequence[tuple[float, dict[str, Any]]]


@dataclass(frozen=True)
class Machine:
    """One machine of the course's, in a rehearsal."""

    name: str
    hub: bool
    """Whether it has the hub."""
    students: bool
    """Whether it has servers."""
    cpus: int
    memory: int
    cpu: float
    """The share of its processors that was busy in its busiest minute."""
    left: float
    """The least share of its memory that was available."""
    disk: float
    """The largest share of a minute in which something waited for a disk."""
    steps: dict[int, tuple[float, float]]
    """By seconds since the beginning: the share of processors and of memory in use."""


def machines(records: Records, names: Mapping[str, str]) -> list[Machine]:
    """Sum up each machine's looks, the hub's first; `names` has the machine of each student."""
    by_machine: dict[str, list[tuple[float, dict[str, Any]]]] = {}
    for at, facts in records.facts:
        by_machine.setdefault(facts["machine"], []).append((at, facts))
    nodes = 0
    found = []
    for each, looks in sorted(by_machine.items(), key=lambda one: one[0] != records.here):
        is_hub = each == records.here
        nodes += not is_hub
        # The hub's machine is looked at by the tool itself too, students there or not.
        there = [facts["student"] for _, facts in looks if "student" in facts]
        students = bool(there)
        name = next((names[one] for one in there if one in names), f"node {nodes}")
        if is_hub:
            name = "the hub's machine"
        found.append(_summed(name, looks, hub=is_hub, students=students))
    return found


def _summed(name: str, looks: Looks, *, hub: bool, students: bool) -> Machine:
    some = _thinned(looks)
    last = some[-1][1]
    steps = {}
    for (_, before), (at, after) in itertools.pairwise(some):
        step = int(at // STEP_SECONDS) * STEP_SECONDS
        steps[step] = (_share(before, after, "busy"), 1 - after["available"] / after["memory"])
    return Machine(
        name=name,
        hub=hub,
        students=students,
        cpus=last["cpus"],
        memory=last["memory"],
        cpu=_most(some, "busy"),
        left=min(facts["available"] / facts["memory"] for _, facts in some),
        disk=_most(some, "disk" if last["disk"] is not None else "waits"),
        steps=steps,
    )


def _thinned(looks: Looks) -> list[tuple[float, dict[str, Any]]]:
    """Take one look of each few seconds, in their order, by the machine's own clock."""
    some: list[tuple[float, dict[str, Any]]] = []
    for at, facts in sorted(looks, key=lambda one: one[1]["time"]):
        if not some or facts["time"] - some[-1][1]["time"] >= STEP_SECONDS / 2:
            some.append((at, facts))
    return some


def _most(looks: Looks, what: str) -> float:
    """Return the largest share in any minute; of a shorter time, the share in all of it."""
    most, first = 0.0, 0
    for index, (at, facts) in enumerate(looks):
        while first + 1 < index and at - looks[first + 1][0] >= BUSY_SECONDS:
            first += 1
        begin, before = looks[first]
        if index > 0 and (at - begin >= BUSY_SECONDS or index == len(looks) - 1):
            most = max(most, _share(before, facts, what))
    return most


def _share(before: dict[str, Any], after: dict[str, Any], what: str) -> float:
    """Return a share of the time between two looks."""
    clock = "time" if what == "disk" else "all"
    span = after[clock] - before[clock]
    return min(1.0, max(0.0, (after[what] - before[what]) / span)) if span > 0 else 0.0
