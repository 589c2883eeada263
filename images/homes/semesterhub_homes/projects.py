"""Has what is in homes and groups' folders count for their own projects, again and again.

XFS lets the owner of a file give it to any project: to one without a limit, or to another
student's, whose home is full then. Nothing that a Swarm service can have forbids it where a home is
mounted from the machine's own disk. So what went elsewhere is taken back, and told of.
"""

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from semesterhub_homes.quota import Quota
from semesterhub_homes.repeated import Repeated

log = logging.getLogger("homes")

EVERY_SECONDS = 3600


@dataclass(frozen=True)
class Tree:
    """A folder whose whole content counts for one project."""

    name: str
    project: int
    top: Callable[[], AbstractContextManager[int]]
    """Opens it; it follows no link."""


class ProjectKeeper:
    """Looks through all trees once an hour, as long as the service runs."""

    def __init__(self, quota: Quota, trees: Callable[[], Iterable[Tree]]) -> None:
        """Take what counts, and what tells which trees there are."""
        self._quota = quota
        self._trees = trees
        self._repeated = Repeated("projects", EVERY_SECONDS, self._try)

    def start(self) -> None:
        """Begin."""
        self._repeated.start()

    def stop(self) -> None:
        """End, after the tree that is being looked through."""
        self._repeated.stop()

    def _try(self) -> None:
        try:
            self.look()
        except Exception:
            log.exception("this look at projects failed; the next one is in an hour")

    def look(self) -> None:
        """Look through every tree once; one that can't be is no reason to leave out others."""
        for tree in self._trees():
            began = time.monotonic()
            try:
                with tree.top() as top:
                    found = self._quota.take_back(top, tree.project)
            except FileNotFoundError:
                continue  # nobody's yet, or gone
            except OSError as error:
                log.warning("%s can't be looked through: %s", tree.name, error.strerror)
                continue
            if found:
                log.warning(
                    "%s: %d files and folders did not count for its project; they do again",
                    tree.name,
                    found,
                )
            # The disk is for others as long again.
            if self._repeated.stops_within(time.monotonic() - began):
                return
