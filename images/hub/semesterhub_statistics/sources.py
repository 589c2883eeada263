"""What a round reads: the hub's answer, this machine's memory, the disk with the files."""

import json
import os
import shutil
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_SECONDS = 30
LARGEST = 16 * 2**20
MEMORY = Path("/proc/meminfo")


class Hub:
    """The hub's API, with this service's own token."""

    def __init__(self, url: str, token: str) -> None:
        """Take the API's address and the token."""
        self._url = url
        self._token = token

    def read(self, after: int) -> dict[str, Any]:
        """Ask who is on line and which starts came after one; OSError if the hub is away."""
        request = urllib.request.Request(  # noqa: S310 (our own hub)
            f"{self._url}/course/statistics?after={after}",
            headers={"Authorization": f"token {self._token}"},
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 (our own hub)
            found: dict[str, Any] = json.loads(answer.read(LARGEST))
        return found


@dataclass(frozen=True)
class Machine:
    """What this machine uses and has, in bytes."""

    memory_used: int
    memory_total: int
    disk_used: int
    disk_total: int


def look_at_machine(files: Path) -> Machine:
    """Read the machine's memory, and the disk that a folder is on."""
    fields = dict(line.split(":", 1) for line in MEMORY.read_text("ascii").splitlines())
    total, available = (int(fields[key].split()[0]) * 1024 for key in ("MemTotal", "MemAvailable"))
    disk = shutil.disk_usage(os.fspath(files))
    return Machine(total - available, total, disk.used, disk.total)
