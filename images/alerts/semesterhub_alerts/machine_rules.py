"""Rules about machines, disks and clocks: what becomes a student's trouble later."""

from collections.abc import Callable

from semesterhub_alerts.facts import Facts, Machine, Space
from semesterhub_alerts.rule import HOUR, MINUTE, Finding, Findings, Limits, Rule, said

CLOCK_SECONDS = 10
GIGABYTE = 1e9
FILES = "files"
"""The subject of findings about the course's files."""


def node_gone(facts: Facts, _: Limits) -> Findings:
    """Find machines that the Swarm's manager hears nothing of."""
    if facts.hub is None or facts.hub.nodes is None:
        return None
    return [
        Finding(each.name, f"The machine {each.name} is gone: the manager says “{each.state}”.")
        for each in facts.hub.nodes
        if each.state != "ready"
    ]


def machine_unmeasured(facts: Facts, _: Limits) -> Findings:
    """Find machines that are in the Swarm and do not tell how they are."""
    if facts.hub is None or facts.hub.nodes is None:
        return None
    return [
        Finding(name, f"The machine {name} does not say how it is: nobody watches its disk.")
        for name in facts.unmeasured
    ]


def memory(facts: Facts, limits: Limits) -> Findings:
    """Find machines that have hardly any memory left."""
    return _of_machines(
        facts,
        limits.memory_percent,
        lambda machine: machine.memory,
        lambda name, space: f"The memory of {name} is {space.percent:.0f} % used{_left(space)}.",
    )


def disk(facts: Facts, limits: Limits) -> Findings:
    """Find disks that are nearly full: a machine's, or the one with the course's files."""
    found = _of_machines(
        facts,
        limits.disk_percent,
        lambda machine: machine.disk,
        lambda name, space: f"The disk of {name} is {space.percent:.0f} % full{_left(space)}.",
    )
    space = facts.storage
    if space is None:
        return [*found, Finding(FILES, None)]
    if space.percent >= limits.disk_percent:
        text = f"The disk with the course's files is {space.percent:.0f} % full{_left(space)}."
        found.append(Finding(FILES, text))
    return found


def inodes(facts: Facts, limits: Limits) -> Findings:
    """Find file systems that can hardly take another file, however small."""
    found = _of_machines(
        facts,
        limits.disk_percent,
        lambda machine: machine.inodes,
        lambda name, space: (
            f"The disk of {name} can take {_free(space):,} more files: inodes are"
            f" {space.percent:.0f} % used."
        ),
    )
    space = facts.storage_inodes
    if space is None:
        return [*found, Finding(FILES, None)]
    if space.percent >= limits.disk_percent:
        text = f"The disk with the course's files can take {_free(space):,} more files."
        found.append(Finding(FILES, text))
    return found


def clock(facts: Facts, _: Limits) -> Findings:
    """Find clocks that differ from this one: deadlines and logins go wrong."""
    clocks = {machine.name: machine.clock_ahead for machine in facts.machines}
    clocks["the proxy"] = facts.public.clock_ahead if facts.public else None
    return [
        Finding(name, None if ahead is None else _off(name, ahead))
        for name, ahead in clocks.items()
        if ahead is None or abs(ahead) > CLOCK_SECONDS
    ]


def _off(name: str, ahead: float) -> str:
    side = "ahead of" if ahead > 0 else "behind"
    return f"The clock of {name} is {abs(ahead):.0f} s {side} that of the machine with the files."


def backup_target_full(facts: Facts, limits: Limits) -> Findings:
    """Find that the folder that backups go to is nearly full."""
    if facts.backup is None:
        return None
    target = facts.backup.target
    if target is None or target.percent < limits.disk_percent:
        return []
    return said(f"The disk for backups is {target.percent:.0f} % full{_left(target)}.")


def reports_stopped(facts: Facts, _: Limits) -> Findings:
    """Find services that should report how they are and have stopped."""
    if facts.silent is None:
        return None
    return [Finding(name, f"The service {name} has stopped reporting.") for name in facts.silent]


def _of_machines(
    facts: Facts,
    percent: int,
    space_of: Callable[[Machine], Space | None],
    text: Callable[[str, Space], str],
) -> list[Finding]:
    found = [Finding(name, None) for name in facts.unmeasured]
    for machine in facts.machines:
        space = space_of(machine)
        if space is None:
            found.append(Finding(machine.name, None))
        elif space.percent >= percent:
            found.append(Finding(machine.name, text(machine.name, space)))
    return found


def _free(space: Space) -> int:
    return max(0, space.total - space.used)


def _left(space: Space) -> str:
    return f", {_free(space) / GIGABYTE:.1f} GB are left"


RULES = (
    Rule(
        "node-gone",
        2 * MINUTE,
        "Its students are without a server and can start another. npm run up repairs the machine.",
        node_gone,
    ),
    Rule("machine-unmeasured", 15 * MINUTE, "npm run logs gauge says why.", machine_unmeasured),
    Rule(
        "memory",
        5 * MINUTE,
        "npm run status shows the largest servers; one more node, or a smaller student.memory.",
        memory,
    ),
    Rule("disk", 5 * MINUTE, "docs/operating.md says what can go and how a volume grows.", disk),
    Rule("inodes", 5 * MINUTE, "Somebody has very many small files: npm run quota.", inodes),
    Rule("clock", 10 * MINUTE, "See systemd-timesyncd or chrony there: timedatectl.", clock),
    Rule(
        "backup-target-full",
        5 * MINUTE,
        "Give it room, or keep less: backup.keepDays, backup.keepWeeks.",
        backup_target_full,
    ),
    Rule("reports-stopped", HOUR, "npm run logs SERVICE says why.", reports_stopped),
)
