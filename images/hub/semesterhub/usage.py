"""What people's servers use, as they tell it, and what the hub tells them in return.

A server reports its own memory and processor time, so a student can make theirs lie: the figures
are for an overview, and nothing is decided by them.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.user import User
from tornado.web import HTTPError

from semesterhub.announcements import BOARD

KEPT_SECONDS = 120
"""A server reports twice a minute; what is older is of one that has ended."""
ACTIVITY_SCOPE = "users:activity"
ACCESS_SCOPE = "access:servers"
"""What every server's own token may: tell what its user does."""
MOST_BYTES = 2**50
MOST_CPUS = 4096


@dataclass(frozen=True)
class Usage:
    """What one server uses: bytes of memory, and processors."""

    memory: int
    cpus: float


class Book:
    """The newest report of each server."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: dict[tuple[str, str], tuple[float, Usage]] = {}

    def note(self, name: str, server: str, usage: Usage) -> None:
        """Keep a report in the place of an earlier one of the person's same server."""
        now = self._now()
        if (name, server) not in self._kept:
            # People delete servers, and make others.
            fresh = {one: each for one, each in self._kept.items() if now - each[0] <= KEPT_SECONDS}
            self._kept = fresh
        self._kept[name, server] = (now, usage)

    def of(self, name: str, server: str) -> Usage | None:
        """Give a server's report, if it is of now."""
        when, usage = self._kept.get((name, server), (-math.inf, None))
        return usage if self._now() - when <= KEPT_SECONDS else None


BOOK = Book()


def read_usage(body: object) -> Usage:
    """Read a report; raise HTTPError for what can't be one. The sender is a student's server."""
    if not isinstance(body, dict):
        raise HTTPError(400, "The body must be an object with memory and cpus")
    memory, cpus = body.get("memory"), body.get("cpus")
    for value, most in ((memory, MOST_BYTES), (cpus, MOST_CPUS)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise HTTPError(400, "memory must be a number of bytes, and cpus of processors")
    return Usage(int(memory), round(float(cpus), 2))  # type: ignore[arg-type] (checked above)


class NewsHandler(APIHandler):
    """A server reports what it uses, and gets what is announced."""

    def post(self) -> None:
        """Take the report of whoever holds a token that may tell a person's activity."""
        who = self.current_user
        if not isinstance(who, User) or ACTIVITY_SCOPE not in self.parsed_scopes:
            raise HTTPError(403, "This is for people's servers.")
        BOOK.note(who.name, self._server(who), read_usage(self.get_json_body()))
        current = BOARD.current()
        self.finish({"announcement": current.model() if current else None})

    def _server(self, who: User) -> str:
        """Tell whose token it is: a server's own is good for that server alone."""
        filters = self.parsed_scopes.get(ACCESS_SCOPE)
        mine = filters.get("server", set()) if isinstance(filters, dict) else set()
        names = {name.removeprefix(f"{who.name}/") for name in mine}
        name = names.pop() if len(names) == 1 else ""
        return name if name in who.orm_spawners else ""


HANDLERS: list[tuple[Any, ...]] = [(r"/api/course/news", NewsHandler)]
