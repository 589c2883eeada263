"""Machines that tell of themselves, and what is asked of a course before a rehearsal."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import make_settings
from semesterhub.rehearsal import cell
from semesterhub.rehearsal.machines import machines
from semesterhub.rehearsal.records import Records
from semesterhub.rehearsal.room import Room, objections, room
from semesterhub.settings import Profile

GIB = 2**30


def fact(machine: str, time: float, busy: float, **more: Any) -> tuple[float, dict[str, Any]]:
    """Look at a machine of two processors after so many seconds of work of both."""
    told = {"machine": machine, "time": 1000 + time, "cpus": 2, "busy": busy * 100, "waits": 0}
    rest = {"all": time * 200, "memory": 100, "available": 50, "disk": None}
    return time, {**told, **rest, **more}


def test_machines_tell_of_themselves() -> None:
    found = Records()
    found.here = "b"
    # Half a minute of work, in two minutes.
    work = {time: 2 * min(30, max(0, time - 60)) for time in range(0, 121, 5)}
    busy = [fact("b", time, each, own=True) for time, each in work.items()]
    two = [(0, {"available": 50, "disk": 0.0}), (60, {"available": 35, "disk": 30.0})]
    ada = {"student": "course-check-1"}
    node = [fact("a", time, 0.2 * time, **ada, **more) for time, more in two]
    found.facts = [*reversed(busy), *node, fact("a", 61, 999)]
    found.facts.append(fact("c", 0, 0, student="course-check-2"))
    hub, other, unnamed = machines(found, {"course-check-1": "node-3"})
    assert (other.name, unnamed.name) == ("node-3", "node 2")
    assert (hub.name, hub.hub, hub.students, hub.cpus) == ("the hub's machine", True, False, 2)
    assert hub.cpu == 0.5  # in its busiest minute
    assert (hub.steps[60][0], hub.steps[30][0]) == (1.0, 0.0)
    assert (other.hub, other.students, other.cpu) == (False, True, pytest.approx(0.1))
    assert (other.left, other.disk) == (0.35, 0.5)


def test_this_machine_tells_of_itself(tmp_path: Path) -> None:
    told = cell.facts()
    assert told["all"] > told["busy"] > 0
    assert 0 < told["available"] < told["memory"]
    assert told["cpus"] >= 1
    assert cell.stalled(tmp_path / "io") is None
    (tmp_path / "io").write_text("some avg10=1.00 avg60=0 avg300=0 total=2500000\nfull total=1\n")
    assert cell.stalled(tmp_path / "io") == 2.5
    assert cell.compute()["seconds"] > 0


NBGRADER = """#!/bin/sh
echo "$@" >> log
[ "$1" != "$FAILS" ] || { echo "[Submit | ERROR] no" >&2; exit 1; }
"""


def test_handing_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "nbgrader").write_text(NBGRADER)
    (tmp_path / "bin" / "nbgrader").chmod(0o755)
    for name, value in {
        "PATH": f"{tmp_path}/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "SEMESTERHUB_COURSE": "c1",
        "SEMESTERHUB_SLUG": "ada",
        "FAILS": "",
    }.items():
        monkeypatch.setenv(name, value)
    assert cell.submit(str(tmp_path)) == {"assignment": None}
    (tmp_path / "c1" / "outbound" / "ps1").mkdir(parents=True)
    assert cell.submit(str(tmp_path), 0)["error"] == "no receipt came within 0 s"
    receipts = tmp_path / "c1" / "receipts" / "ada"
    receipts.mkdir(parents=True)
    (receipts / "ps1 2026.json").write_text('{"reason": null}')
    assert cell.submit(str(tmp_path)) == {"assignment": "ps1", "error": None}
    assert (tmp_path / "log").read_text() == "fetch_assignment ps1\nsubmit ps1\n" * 2
    monkeypatch.setenv("FAILS", "submit")
    assert cell.submit(str(tmp_path))["error"] == "nbgrader submit: [Submit | ERROR] no"


def node(memory: int, cpus: int = 4, state: str = "ready") -> dict[str, Any]:
    return {
        "Spec": {"Availability": "active", "Labels": {}},
        "Status": {"State": state},
        "Description": {"Resources": {"MemoryBytes": memory, "NanoCPUs": cpus * 10**9}},
    }


def test_what_fits() -> None:
    nodes = [node(GIB + 1), node(GIB // 2), node(8 * GIB, state="down")]
    assert room(nodes, make_settings(), 1) == Room(5, 2, 1, 0)
    assert room(nodes, make_settings(limits={"cpusReserved": 1}), 0).students == 6
    assert room(nodes, make_settings(limits={"cpus": 3, "cpusReserved": 3}), 0).students == 2
    assert room(nodes, make_settings(limits={"memoryReservedBytes": 0}), 0).students == 15
    profile = Profile("r", "R", "image", GIB, GIB, 1, 0)
    assert room(nodes, replace(make_settings(), profiles=(profile,)), 0).students == 1


def test_who_needs_a_gpu_fits_where_there_are_some() -> None:
    with_two, without = node(8 * GIB), node(8 * GIB)
    with_two["Description"]["Resources"]["GenericResources"] = [
        *({"NamedResourceSpec": {"Kind": "gpu", "Value": f"GPU-{number}"}} for number in range(2)),
        {"DiscreteResourceSpec": {"Kind": "ssd", "Value": 3}},
    ]
    for gpus, fits in ((0, 16), (1, 2), (2, 1), (3, 0)):
        profile = Profile("g", "G", "image", GIB, GIB, 1, 0, gpus=gpus)
        settings = replace(make_settings(), profiles=(profile,))
        assert room([with_two, without], settings, 0).students == fits


def test_objections() -> None:
    assert objections(30, Room(30, 1, 0, 0)) == []
    assert objections(500, Room(None, 0, 0, 0)) == []
    [busy] = objections(3, Room(30, 1, 2, 0))
    assert busy.startswith("2 people have a server now")
    [full] = objections(31, Room(30, 1, 0, 0))
    assert "room for 30 more servers" in full
    [limited] = objections(20, Room(30, 1, 0, 19))
    assert "spawn.activeServers lets 19 servers" in limited
