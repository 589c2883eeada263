"""What the statistics service reads of the hub: one request with all that it records."""

import logging
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import requests
from docker.errors import APIError
from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from tornado.web import HTTPError

from semesterhub import spawner, starts
from semesterhub.rehearsal import kept
from semesterhub.roles import STATISTICS_SCOPE
from semesterhub.roster import CHECKS, load_roster
from semesterhub.settings import load_settings

log = logging.getLogger("semesterhub.statistics")

MOST_STARTS = 1000
_LABEL = re.compile(r"node\.labels\.([\w.-]+)==([\w.-]+)")


class StatisticsAPIHandler(APIHandler):
    """Who is on line, the starts since the last request, and the students' machines."""

    async def get(self) -> None:
        """Answer with the starts whose number is above the argument `after`."""
        if STATISTICS_SCOPE not in self.expanded_scopes:
            raise HTTPError(403, "This is for the course's statistics service.")
        text = self.get_argument("after", "0")
        if not text.isascii() or not text.isdigit():
            raise HTTPError(400, "after must be a number")
        roster = load_roster()
        settings = load_settings()
        found = starts.after(self.db, int(text), MOST_STARTS)
        self.finish(
            {
                "people": {"students": len(roster.students), "staff": len(roster.staff)},
                "servers": self._servers(),
                "starts": [start_model(each) for each in found if is_counted(each.username)],
                # The number to ask from the next time; one that is smaller than before tells that
                # this is another database than then.
                "last": found[-1].id if found else starts.newest(self.db),
                "machines": await machines(settings.constraints),
                "reservedBytes": settings.limits.memory_reserved_bytes,
                "rehearsals": kept.reports(self.db),
            }
        )

    def _servers(self) -> list[dict[str, Any]]:
        running = self.db.query(orm.Spawner).filter(orm.Spawner.server_id.is_not(None))
        return [
            {
                "user": each.user.name,
                "name": each.name,
                "started": stamp(each.started),
                "active": stamp(each.last_activity),
            }
            for each in running
            if is_counted(each.user.name) and self.users[each.user].spawners[each.name].ready
        ]


def is_counted(username: str) -> bool:
    """Whether a user is a person, and nobody whom a check made up."""
    return not username.startswith(CHECKS)


def start_model(start: starts.Start) -> dict[str, Any]:
    """Write a start as JSON."""
    return {
        "id": start.id,
        "user": start.username,
        "began": stamp(start.began),
        "waited": round(start.waited, 3),
        "seconds": round(start.seconds, 3),
        "result": start.result,
        "reason": start.reason,
    }


def stamp(moment: datetime | None) -> int | None:
    """Write a moment of the database, which is in UTC, as seconds since 1970."""
    return int(moment.replace(tzinfo=UTC).timestamp()) if moment else None


async def machines(constraints: Iterable[str]) -> dict[str, int] | None:
    """Count the machines that take students' servers, and their memory; None: unknown now."""
    try:
        nodes = await spawner.shared_engine().nodes()
    except (APIError, requests.RequestException, TimeoutError) as error:
        log.warning("The engine does not tell of its machines: %s", error)
        return None
    usable = [node for node in nodes if takes_servers(node, constraints)]
    memory = sum(node["Description"]["Resources"].get("MemoryBytes", 0) for node in usable)
    return {"count": len(usable), "memoryBytes": memory}


def takes_servers(node: Mapping[str, Any], constraints: Iterable[str]) -> bool:
    """Whether Swarm would place a student's server on a node."""
    labels = node["Spec"].get("Labels") or {}
    wanted = [match.groups() for each in constraints if (match := _LABEL.fullmatch(each))]
    return (
        node["Status"]["State"] == "ready"
        and node["Spec"]["Availability"] == "active"
        and all(labels.get(label) == value for label, value in wanted)
    )


HANDLERS: list[tuple[Any, ...]] = [(r"/api/course/statistics", StatisticsAPIHandler)]
