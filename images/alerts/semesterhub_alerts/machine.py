"""How the machine is that this process runs on, as any process without rights sees it."""

import os
import re
import time
from pathlib import Path
from typing import Any

from semesterhub_alerts.facts import Machine, Space

MEMORY = re.compile(r"^(MemTotal|MemAvailable):\s+(\d+) kB$", re.MULTILINE)


def memory_of(text: str) -> Space | None:
    """Read /proc/meminfo, which in a container is the machine's."""
    found = {name: int(kilobytes) * 1024 for name, kilobytes in MEMORY.findall(text)}
    if len(found) != 2:  # noqa: PLR2004 (the two that the expression names)
        return None
    return Space(found["MemTotal"] - found["MemAvailable"], found["MemTotal"])


def spaces_of(folder: Path) -> tuple[Space | None, Space | None]:
    """Tell bytes and inodes of the file system that a folder is on, as users count them."""
    try:
        facts = os.statvfs(folder)
    except OSError:
        return None, None
    # What is kept for root is no space of anybody's.
    used = facts.f_blocks - facts.f_bfree
    space = Space(used * facts.f_frsize, (used + facts.f_bavail) * facts.f_frsize)
    # btrfs and others have no number of inodes.
    inodes = Space(facts.f_files - facts.f_ffree, facts.f_files) if facts.f_files else Space(0, 1)
    return space, inodes


def measure() -> dict[str, Any]:
    """Tell how this machine is, as the gauge answers it."""
    try:
        memory = memory_of(Path("/proc/meminfo").read_text(encoding="utf-8"))
    except OSError:
        memory = None
    # A container's root is an overlay on the disk where the engine keeps its data.
    disk, inodes = spaces_of(Path("/"))
    return {
        "machine": os.environ.get("SEMESTERHUB_MACHINE", ""),
        "memory": _pair(memory),
        "disk": _pair(disk),
        "inodes": _pair(inodes),
        "time": time.time(),
    }


def _pair(space: Space | None) -> list[int] | None:
    return None if space is None else [space.used, space.total]


def machine_of(measured: dict[str, Any], ahead: float | None) -> Machine:
    """Read what a gauge answered; raise ValueError, KeyError or TypeError for something else."""
    return Machine(
        name=str(measured["machine"]),
        memory=space_of(measured["memory"]),
        disk=space_of(measured["disk"]),
        inodes=space_of(measured["inodes"]),
        clock_ahead=ahead,
    )


def space_of(pair: Any) -> Space | None:  # noqa: ANN401 (JSON)
    """Read a pair of numbers."""
    if pair is None:
        return None
    used, total = pair
    return Space(int(used), int(total))
