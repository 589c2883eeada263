"""Each rule fires for what it is about and for nothing else."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from semesterhub_alerts.facts import Facts, Grading, Machine, Node, Public, Service, Space, Starts
from semesterhub_alerts.rule import Limits
from semesterhub_alerts.rules import RULES

LIMITS = Limits()
FULL = Space(95, 100)

Change = Callable[[Facts], Facts]


def part(name: str, **fields: Any) -> Change:
    """Change fields of one part of the facts."""
    return lambda facts: replace(facts, **{name: replace(getattr(facts, name), **fields)})


def machine(**fields: Any) -> Change:
    return lambda facts: replace(facts, machines=(replace(facts.machines[0], **fields),))


def whole(**fields: Any) -> Change:
    return lambda facts: replace(facts, **fields)


FIRES: list[tuple[str, str, Change]] = [
    ("address-silent", "", part("public", status=502)),
    ("address-silent", "", part("public", status=0, error="timed out")),
    ("hub-silent", "", whole(hub_error="refused", hub=None)),
    ("service-unhealthy", "sandbox", part("hub", services=(Service("sandbox", 1, 2),))),
    ("starts-failing", "", part("hub", starts=Starts(20, 3, 20))),
    ("starts-slow", "", part("hub", starts=Starts(20, 0, 120))),
    ("servers-nearly-all", "", part("hub", servers=90)),
    ("certificate", "", part("public", certificate_days=13.5)),
    ("certificate", "", part("public", certificate_days=-0.1)),
    ("backup-late", "", part("backup", success_age=3 * 3600 + 1)),
    ("backup-late", "", part("backup", success_age=None)),
    ("restore-unverified", "", part("backup", drill_age=36 * 86400)),
    ("restore-unverified", "", part("backup", drill_failed=True)),
    ("restore-unverified", "", part("backup", drill_age=None)),
    ("homes-left-out", "", part("backup", failed=1)),
    ("homes-full", "", part("homes", full=10)),
    ("homes-unlimited", "", part("homes", unenforced=True)),
    ("exchange-full", "", part("homes", exchange=FULL)),
    ("grading-stuck", "", whole(grading=Grading(waiting=1, waited=1801, idle=4000))),
    ("node-gone", "anna", part("hub", nodes=(Node("anna", "down"),))),
    ("machine-unmeasured", "berta", whole(unmeasured=("berta",))),
    ("memory", "anna", machine(memory=FULL)),
    ("disk", "anna", machine(disk=FULL)),
    ("disk", "files", whole(storage=FULL)),
    ("inodes", "anna", machine(inodes=FULL)),
    ("inodes", "files", whole(storage_inodes=FULL)),
    ("clock", "anna", machine(clock_ahead=-11.0)),
    ("clock", "the proxy", part("public", clock_ahead=11.0)),
    ("backup-target-full", "", part("backup", target=FULL)),
    ("reports-stopped", "homes", whole(silent=("homes",))),
]

QUIET: list[tuple[str, Change]] = [
    ("as configured", whole()),
    ("one failed of few", part("hub", starts=Starts(0, 2, None))),
    ("slow, but only one started", part("hub", starts=Starts(4, 0, 300))),
    ("no limit of servers", part("hub", servers=500, servers_limit=0)),
    ("a drained node", part("hub", nodes=(Node("berta", "ready", "drain"),))),
    ("new: no backup is due yet", part("backup", success_age=None, expected_for=3600)),
    ("new: no restore is due yet", part("backup", drill_age=None, first_success_age=3600)),
    ("homes without limits", part("homes", limited=0, full=0, exchange=None)),
    ("few homes, none full", part("homes", limited=3, full=0)),
    ("a long queue that goes on", whole(grading=Grading(waiting=200, waited=9000, idle=60))),
    ("nothing to grade for weeks", whole(grading=Grading(waiting=0, waited=0, idle=10**7))),
    ("another folder for backups than a disk", part("backup", target=None)),
    ("no public certificate wanted", part("public", own_authority=True)),
]


def fired(facts: Facts, limits: Limits = LIMITS) -> list[tuple[str, str]]:
    return [
        (rule.name, finding.subject)
        for rule in RULES
        for finding in rule.look(facts, limits) or []
        if finding.text is not None
    ]


def test_a_course_that_is_well_is_silent(well: Facts) -> None:
    assert fired(well) == []
    # Nothing of it is unknown, either: what is silent is so because all is well.
    assert all(rule.look(well, LIMITS) == [] for rule in RULES)


@pytest.mark.parametrize(("name", "subject", "change"), FIRES)
def test_fires(well: Facts, name: str, subject: str, change: Change) -> None:
    found = fired(change(well))
    # What stops reporting is unknown to others; nothing but the rule itself speaks.
    assert found == [(name, subject)]


@pytest.mark.parametrize(("what", "change"), QUIET)
def test_quiet(well: Facts, what: str, change: Change) -> None:
    assert fired(change(well)) == [], what


def test_every_rule_is_made_to_fire() -> None:
    assert {name for name, *_ in FIRES} == {rule.name for rule in RULES}
    assert len(RULES) >= 15


def test_what_is_not_known_is_neither_well_nor_wrong() -> None:
    nothing = Facts()
    for rule in RULES:
        findings = rule.look(nothing, LIMITS)
        assert findings is None or all(each.text is None for each in findings), rule.name


def test_a_machine_that_is_not_measured_ends_no_trouble_of_its_own(well: Facts) -> None:
    facts = replace(well, machines=(Machine("anna"),), unmeasured=("berta",))
    for rule in RULES:
        if rule.name in {"memory", "disk", "inodes"}:
            findings = rule.look(facts, LIMITS) or []
            assert {(each.subject, each.text) for each in findings} >= {
                ("anna", None),
                ("berta", None),
            }


def test_limits_are_the_configurations(well: Facts) -> None:
    facts = machine(disk=Space(80, 100))(well)
    assert fired(facts, Limits(disk_percent=75)) == [("disk", "anna")]
    own = replace(well, public=Public(status=200, certificate_days=300, own_authority=True))
    assert fired(own, Limits(acme=True)) == [("certificate", "")]


def test_advice_is_a_command_or_a_page() -> None:
    assert all(rule.advice.endswith(".") for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_rule_is_in_the_operators_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `([a-z-]+)`", page, re.MULTILINE)
    assert told == [rule.name for rule in RULES]
