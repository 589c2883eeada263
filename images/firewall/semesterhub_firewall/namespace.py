"""Loading a ruleset into another process's network namespace."""

from __future__ import annotations

import os
from pathlib import Path

from .nft import Nft, NftError
from .rules import TABLE, replacing


class Namespace:
    """A container's network namespace; a with-block runs inside it, in this thread only."""

    def __init__(self, nft: Nft, container: str, pid: int) -> None:
        self._nft = nft
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
        """Load a ruleset, in place of an older one; return how the kernel writes it."""
        # Without need a table is not replaced: the kernel takes 10 ms over a deletion.
        self._nft.run(rules if self.listing() is None else replacing(rules))
        return self._nft.run(f"list table {TABLE}")

    def listing(self) -> str | None:
        """Return the table as it is now; None when there is none."""
        try:
            return self._nft.run(f"list table {TABLE}")
        except NftError:
            return None
