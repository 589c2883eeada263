"""The plan of a rehearsal, and its verdict: where the limit is, and which key moves it."""

import json
from dataclasses import replace

import pytest
from conftest import make_settings
from semesterhub.check_steps import SAVE, START
from semesterhub.rehearsal.machines import Machine
from semesterhub.rehearsal.plan import Plan
from semesterhub.rehearsal.records import SUBMIT, Event, Records
from semesterhub.rehearsal.report import in_words, report
from semesterhub.rehearsal.room import Room
from semesterhub.rehearsal.student import FULL
from semesterhub.rehearsal.verdict import Class, findings
from semesterhub.settings import Settings

GIB = 2**30
WELL = Machine("the hub's machine", True, True, 4, 8 * GIB, 0.5, 0.4, 0.1, {0: (0.5, 0.6)})  # noqa: FBT003 (as it is)
NODE = replace(WELL, name="node-1", hub=False)
HUB_ALONE = replace(WELL, students=False)


def records(starts: list[float], *more: Event) -> Records:
    found = Records(clock=lambda: 600.0)
    found.events = [
        Event(number, START, float(number), seconds) for number, seconds in enumerate(starts)
    ]
    found.events += more
    return found


def rehearsed(settings: Settings, found: Records, *there: Machine, students: int = 10) -> Class:
    limit = settings.spawn.active_servers
    return Class(students, Room(32, 1, 0, limit), found, list(there or (WELL,)), settings)


def test_a_class_comes_in_the_beginning_and_hands_in_at_the_end() -> None:
    plan = Plan(220, 10)
    arrivals = [plan.arrival(number) for number in range(220)]
    assert (arrivals[0], round(arrivals[-1])) == (0, 119)
    assert arrivals == sorted(arrivals)
    handed_in = [plan.hand_in(number) for number in range(220)]
    assert handed_in[0] == 480
    assert 599 < handed_in[-1] < 600
    short = Plan(3, 1)
    assert (short.arriving, short.hand_in(0)) == (15, 45)
    assert [next(plan.pauses(7)) for _ in range(2)] == [next(Plan(1, 1).pauses(7))] * 2
    assert 10 <= next(plan.pauses(7)) <= 30


def test_no_limit() -> None:
    handed_in = [Event(number, SUBMIT, 500, 4.0) for number in range(10)]
    found = rehearsed(make_settings(), records([2.0] * 9 + [5.5], *handed_in))
    assert findings(found) == []
    told = report(Plan(10, 10), found, 0.21)
    said = in_words(told)
    assert said.startswith("A class of 10 can work: all 10 got a server, and nothing failed.")
    assert "Starts: half took 2.0 s or less, the slowest 5.5 s." in said
    assert "Limit" not in said
    assert "21% of a processor" in said
    assert (told["limit"], told["submitted"], told["start"]["most"]) == ("none", 10, 5.5)
    assert json.loads(json.dumps(told)) == told


def test_no_room() -> None:
    full = [Event(8 + number, START, 10.0 + number, 1, FULL, refused=True) for number in range(2)]
    found = rehearsed(make_settings(), records([2.0] * 8, *full))
    [finding] = findings(found)
    assert finding.limit == "places"
    assert "2 of 10 found no machine with room: Swarm reserves 256 MiB each" in finding.said
    assert "10 / 8" not in finding.change
    assert "2 nodes like the present ones" in finding.change
    # 8 GiB for 40: 204 MiB each
    many = [Event(32 + number, START, 40.0, 1, FULL, refused=True) for number in range(8)]
    [finding] = findings(rehearsed(make_settings(), records([2.0] * 32, *many), students=40))
    assert finding.change.startswith("student.memoryReserved: 204M (now 256M)")
    told = report(Plan(10, 10), found, 0)
    assert told["firstRefusal"] == {"after": 8, "second": 11.0, "said": FULL}
    assert "First refusal: with 8 servers, 11 s after the beginning" in in_words(told)


def test_the_limit_of_servers() -> None:
    settings = make_settings(spawn={"activeServers": 8})
    turned_away = Event(9, START, 9, 1, "answered 429", refused=True)
    [finding] = findings(rehearsed(settings, records([2.0] * 9, turned_away)))
    assert finding.change == "spawn.activeServers: 10 or more"


@pytest.mark.parametrize(
    ("there", "limit", "said"),
    [
        ([replace(WELL, cpu=0.97)], "cpu", "6 or more processors for this machine (now 4)"),
        ([HUB_ALONE, replace(NODE, cpu=0.97), NODE], "cpu", "3 nodes like the present ones"),
        ([replace(HUB_ALONE, cpu=0.97), NODE], "cpu", "openstack.flavors.hub"),
        ([replace(WELL, left=0.04)], "memory", "student.memoryReserved: 308M (now 256M)"),
        ([replace(HUB_ALONE, left=0.04), NODE], "memory", "openstack.flavors.hub"),
        ([replace(WELL, disk=0.6)], "disk", "openstack.dataVolumeType"),
    ],
)
def test_what_a_machine_lacks(there: list[Machine], limit: str, said: str) -> None:
    [finding] = findings(rehearsed(make_settings(), records([2.0] * 10), *there))
    assert finding.limit == limit
    assert said in finding.change


def test_the_network_and_the_line_count_where_machines_have_room() -> None:
    slow = records([2.0] * 10)
    slow.lags = [0.1] * 9 + [3.0]
    [finding] = findings(rehearsed(make_settings(), slow))
    assert (finding.limit, "3.0 s longer on the way" in finding.said) == ("network", True)
    assert [
        each.limit for each in findings(rehearsed(make_settings(), slow, replace(WELL, cpu=1)))
    ] == ["cpu"]
    [finding] = findings(rehearsed(make_settings(), records([2.0] * 9 + [45.0])))
    assert finding.change == "spawn.concurrent: 128 (now 64), so that fewer wait in line"


def test_errors_without_a_limit() -> None:
    failed = [Event(1, SAVE, 20, 1, "the answer makes no sense")] * 3
    said = in_words(
        report(Plan(10, 10), rehearsed(make_settings(), records([2.0] * 10, *failed)), 0)
    )
    assert "would have met errors: 10 got a server, 0 were turned away, 3 steps failed." in said
    assert "Failed 3 times: save a file: the answer makes no sense." in said
    assert "npm run logs hub" in said
