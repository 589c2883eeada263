"""Loading a ruleset into another process's network namespace."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .rules import TABLE

TIMEOUT = 20.0


class NamespaceError(Exception):
    """The namespace could not be entered, or nft refused."""


def _nft(arguments: list[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - no shell, fixed arguments
        ["/usr/sbin/nft", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


class Namespace:
    """A container's network namespace; a with-block runs inside it, in this thread only."""

    def __init__(self, container: str, pid: int) -> None:
        self._container = container
        self._pid = pid
        self._inside = -1
        self._home = -1

    def __enter__(self) -> Namespace:
        """Enter it."""
        process = Path(f"/proc/{self._pid}")
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._inside = os.open(process / "ns/net", os.O_RDONLY | os.O_CLOEXEC)
            self._recognise(process)
            os.setns(self._inside, os.CLONE_NEWNET)
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Come back."""
        try:
            os.setns(self._home, os.CLONE_NEWNET)
        finally:
            self._close()

    def _recognise(self, process: Path) -> None:
        """Make sure that it is still that container: PIDs are used again."""
        if self._container not in (process / "cgroup").read_text():
            raise ProcessLookupError(f"PID {self._pid} is another process by now")

    def _close(self) -> None:
        for descriptor in (self._inside, self._home):
            if descriptor >= 0:
                os.close(descriptor)
        self._inside = self._home = -1

    def load(self, rules: str) -> str:
        """Load a ruleset; return how the kernel writes it."""
        loaded = _nft(["-f", "-"], rules)
        if loaded.returncode != 0:
            raise NamespaceError(f"nft: {loaded.stderr.strip()[:500]}")
        listed = self.listing()
        if listed is None:
            raise NamespaceError("nft loaded the table, and it is not there")
        return listed

    def listing(self) -> str | None:
        """Return the table as it is now; None when there is none."""
        listed = _nft(["list", "table", *TABLE.split()])
        return listed.stdout if listed.returncode == 0 else None
