"""Real containers on a real overlay network: what a student reaches, and what reaches a student."""

from __future__ import annotations

import concurrent.futures
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from firewall_stage import PREFIX, docker, run, until

if TYPE_CHECKING:
    from conftest import Course

CLOSED = "EHOSTUNREACH"


def test_what_a_student_may_reach(course: Course) -> None:
    stage = course.stage
    hub, www = stage.address(course.hub), stage.address(course.internet, "internet")
    targets = [(hub, 8081), ("127.0.0.1", 8888), (www, 80), (www, 443), (www, 22)]
    results = stage.connects(course.ada, *targets)
    assert dict(zip(targets, results, strict=True)) == dict.fromkeys(targets, "connected")


def test_what_no_student_may_reach(course: Course) -> None:
    stage = course.stage
    hub, bob = stage.address(course.hub), stage.address(course.bob)
    bridges = run("ip", "-4", "-o", "addr", "show", "scope", "global")
    own = re.findall(r"inet ([0-9.]+)/", bridges)
    assert own, "this machine has no address"
    targets = [
        *((hub, port) for port in (8001, 5432, 9000, 22)),
        *((bob, port) for port in (8888, 9000, 22)),
        *((address, port) for address in own for port in (22, 80, 2375, 2377, 7946, 8443)),
        *(("169.254.169.254", 80), ("169.254.0.1", 80), ("10.255.255.254", 443), ("10.0.0.1", 22)),
        *(("172.18.0.1", 22), ("192.168.1.1", 80), ("100.64.0.1", 80), ("198.18.0.1", 80)),
        ("224.0.0.1", 80),
    ]
    results = stage.connects(course.ada, *targets)
    # A multicast address is no destination for TCP: the kernel says so before any rule.
    expected = dict.fromkeys(targets, CLOSED) | {("224.0.0.1", 80): "ENETUNREACH"}
    assert dict(zip(targets, results, strict=True)) == expected


def test_ipv6_is_closed(course: Course) -> None:
    """Also where a container has an IPv6 address and a route."""
    stage = course.stage
    ada = ("ip", "-6")
    assert "connected" not in stage.connects(course.ada, ("2001:db8::1", 80), ("fe80::1", 80))
    stage.inside(course.ada, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=0", check=False)
    stage.inside(course.ada, "sysctl", "-qw", "net.ipv6.conf.lo.disable_ipv6=0", check=False)
    stage.inside(course.ada, *ada, "addr", "add", "2001:db8:5::2/64", "dev", "eth0", "nodad")
    stage.inside(course.ada, *ada, "route", "add", "default", "dev", "eth0")
    result = stage.connects(course.ada, ("2001:db8:5::9", 80), ("2001:db8:77::1", 443))
    assert result == ["EACCES", "EACCES"], "ICMPv6 admin-prohibited"


def test_names_are_resolved_through_docker(course: Course) -> None:
    """By Docker itself, and by the name server that it asks, on a private address."""
    stage = course.stage
    hub = stage.address(course.hub)
    assert stage.probe(course.ada, "resolve", "hub", "www.example") == [hub, "198.51.100.77"]


def test_what_reaches_a_student(course: Course) -> None:
    stage = course.stage
    ada = stage.address(course.ada)
    assert stage.connects(course.hub, (ada, 8888), (ada, 9000), (ada, 22)) == [
        "connected",
        "timeout",
        "timeout",
    ]
    outside = stage.address(course.ada, "internet")
    assert stage.connects(course.internet, (outside, 8888)) == ["timeout"]


def test_a_student_cannot_undo_it(course: Course) -> None:
    for user in ("20000", "0"):
        said = run(
            *("docker", "exec", "-u", user, course.bob, "sh", "-c"),
            "nft flush ruleset 2>&1; nft list ruleset 2>&1; unshare -n true 2>&1",
            check=False,
        )
        assert said.count("Operation not permitted") >= 2, said
    assert course.stage.connects(course.bob, ("127.0.0.1", 1)) == [CLOSED]


def test_a_table_that_is_gone_or_changed_comes_back(course: Course) -> None:
    stage = course.stage
    # Held still, so that its look-over does not come between the deed and the look at it.
    docker("pause", f"{PREFIX}-firewall")
    stage.inside(course.bob, "nft", "delete", "table", "inet", "semesterhub")
    opened = stage.connects(course.bob, (stage.address(course.hub), 5432))
    docker("unpause", f"{PREFIX}-firewall")
    assert opened == ["connected"]
    stage.closed(course.bob)
    accept = ("insert", "rule", "inet", "semesterhub", "output", "accept")
    stage.inside(course.bob, "nft", *accept)
    stage.closed(course.bob)
    assert f"{course.bob} had lost its rules: closed again" in stage.logs()


def test_a_container_that_starts_again_is_closed_again(course: Course) -> None:
    docker("restart", "-t", "1", course.bob)
    course.stage.closed(course.bob)
    assert course.stage.connects(course.bob, (course.stage.address(course.hub), 5432)) == [CLOSED]


def test_other_stacks_and_other_containers_are_left_alone(course: Course) -> None:
    stage = course.stage
    other = stage.start_student("other", stack="another")
    late = stage.start_student("late")
    stage.closed(late)
    for container in (other, course.hub):
        tables = stage.inside(container, "nft", "list", "tables")
        assert "inet semesterhub" not in tables
    assert stage.connects(other, ("127.0.0.1", 1)) == ["ECONNREFUSED"]
    stage.remove(other, late)


def test_without_a_firewall_the_gate_stays_shut_and_a_new_one_catches_up(course: Course) -> None:
    stage = course.stage
    started = time.monotonic()
    docker("stop", f"{PREFIX}-firewall")
    assert time.monotonic() - started < 5, "SIGTERM did not end it"
    stage.remove(f"{PREFIX}-firewall")
    alone = stage.start_student("alone")
    assert stage.probe(alone, "gate", "2") == "open", "nobody has closed it"
    assert stage.connects(course.ada, ("127.0.0.1", 1)) == [CLOSED], "closed ones stay closed"
    stage.start_firewall()
    stage.closed(alone)
    assert f"{alone} closed, found running" in stage.logs()
    stage.remove(alone)


def conntrack() -> int:
    """Count this machine's own table of connections."""
    return int(Path("/proc/sys/net/netfilter/nf_conntrack_count").read_text())


def test_connections_to_the_hub_are_counted(course: Course) -> None:
    """Thousands of idle connections would be the hub's sockets."""
    stage = course.stage
    greedy = stage.start_student("greedy")
    stage.closed(greedy)
    hub = stage.address(course.hub)
    ended = stage.probe(greedy, "hold", hub, "8081", "200")
    # the kernel is sparing with its refusals: some connections only get no answer
    assert ended["connected"] == 32
    assert ended[CLOSED] > 100
    # for each server: another student's are not among them
    assert stage.probe(course.bob, "hold", hub, "8081", "5") == {"connected": 5}
    stage.remove(greedy)


def test_connections_are_counted(course: Course) -> None:
    stage = course.stage
    greedy = stage.start_student("greedy")
    stage.closed(greedy)
    docker("network", "connect", f"{PREFIX}-internet", greedy)
    ended = stage.probe(greedy, "hold", stage.address(course.internet, "internet"), "80", "2000")
    print(f"of 2000 connections that are kept open: {ended}")
    assert 900 <= ended["connected"] <= 1000
    stage.remove(greedy)


def test_a_loop_that_sends_leaves_the_machine_its_table(course: Course) -> None:
    """Each packet to another port is a connection to the kernel, for half a minute."""
    stage = course.stage
    greedy = stage.start_student("greedy")
    stage.closed(greedy)
    docker("network", "connect", f"{PREFIX}-internet", greedy)
    before = conntrack()
    ended = stage.probe(greedy, "flood", stage.address(course.internet, "internet"), "4")
    grown = conntrack() - before
    print(f"a loop of 4 s: {ended}; the machine's table grew by {grown}")
    assert ended["EPERM"] > 0
    assert ended["sent"] <= 1000 + 4 * 50 + 100
    assert grown < 1500
    stage.remove(greedy)


def test_what_stays_in_a_container_is_not_tracked(course: Course) -> None:
    stage = course.stage
    busy = stage.start_student("busy")
    stage.closed(busy)
    assert stage.probe(busy, "to-itself", "3000")["kept"] < 100
    stage.remove(busy)


def test_exceptions_for_a_mirror(course: Course) -> None:
    stage = course.stage
    hub = stage.address(course.hub)
    stage.remove(f"{PREFIX}-firewall")
    stage.start_firewall(ALLOWED=f"{hub}:5432")
    until(
        "the exception holds",
        lambda: stage.connects(course.ada, (hub, 5432), (hub, 9000)) == ["connected", CLOSED],
    )
    stage.remove(f"{PREFIX}-firewall")
    stage.start_firewall()
    until("it is gone", lambda: stage.connects(course.ada, (hub, 5432)) == [CLOSED])


@pytest.mark.parametrize("variable", ["COURSE_SUBNET", "STACK"])
def test_what_must_be_set(course: Course, variable: str) -> None:
    settings = {"COURSE_SUBNET": "10.1.0.0/24", "STACK": "x"}
    del settings[variable]
    options = [one for name, value in settings.items() for one in ("-e", f"{name}={value}")]
    said = run(
        *("sh", "-c", 'docker run --rm --pid host "$@" 2>&1; echo "ended $?"', "sh"),
        *(*options, course.stage.image),
    )
    assert "ended 2" in said
    assert variable in said or "IPv4 network" in said


def test_many_at_once(course: Course) -> None:
    """Twenty starts together; each is closed soon after its own start."""
    stage = course.stage
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        students = list(pool.map(lambda number: stage.start_student(f"many-{number}"), range(20)))
    for student in students:
        stage.closed(student)
    # The look-over of every two seconds may come first to one that is slow to start.
    assert len(set(re.findall(r"many-\d+ closed", stage.logs()))) == 20
    times = sorted(map(int, re.findall(r"many-\d+ closed (\d+) ms after its start", stage.logs())))
    assert len(times) >= 10
    median = times[len(times) // 2]
    print(f"20 at once, closed after: median {median} ms, last {times[-1]} ms")
    stage.remove(*students)
    # the engine says of one that was removed that it runs, a moment longer
    until("the firewall is well", lambda: stage.health() == "ok")
