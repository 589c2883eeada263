"""What the operator's tool asks of the hub: a class of made-up students, and its end."""

import json
import logging
import time
from collections.abc import Iterable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import requests
from docker.errors import APIError
from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.user import UserDict
from tornado.web import HTTPError

from semesterhub.check_student import CheckStudents, students_of
from semesterhub.rehearsal import kept
from semesterhub.rehearsal.room import MOST_STUDENTS, Room, objections, room
from semesterhub.settings import load_settings
from semesterhub.spawner import shared_engine

log = logging.getLogger("semesterhub.rehearsal")

LEASE_SECONDS = 120
"""So long the students stay after the tool's last word: it may have been killed."""
MOST_REPORT_BYTES = 512 * 1024


class Rehearsal:
    """The one that there can be at a time."""

    def __init__(self, students: CheckStudents) -> None:
        """Take who makes and removes students."""
        self._students = students
        self._names: tuple[str, ...] = ()
        self._ends = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """The students' names."""
        return self._names

    @property
    def runs(self) -> bool:
        """Whether there is one whose tool is still there."""
        return bool(self._names) and time.monotonic() < self._ends

    def begin(self, wanted: int) -> list[dict[str, str]]:
        """Make the students; give their names and codes. Refuse where there is a rehearsal."""
        if self.runs:
            raise HTTPError(
                409, "A rehearsal is under way, or was killed less than two minutes ago: wait."
            )
        made = [self._students.make(LEASE_SECONDS, limited=True) for _ in range(wanted)]
        self._names = tuple(name for name, _ in made)
        self._ends = time.monotonic() + LEASE_SECONDS
        return [{"name": name, "code": code} for name, code in made]

    def go_on(self) -> None:
        """Note that the tool is still there."""
        self._students.renew(self._names, LEASE_SECONDS)
        self._ends = time.monotonic() + LEASE_SECONDS

    async def end(self) -> tuple[int, dict[str, str]]:
        """Remove the students; tell how many went, and who is left and why."""
        names, self._names = self._names, ()
        left = await self._students.remove_all(names)
        return len(names) - len(left), left


async def look(students: CheckStudents) -> Room:
    """Count machines and people; which machines there are may not be known now."""
    settings, people = load_settings(), students.others()
    try:
        nodes = await shared_engine().nodes()
    except (APIError, requests.RequestException, TimeoutError) as error:
        log.warning("The engine does not tell of its machines: %s", error)
        return Room(None, 0, people, settings.spawn.active_servers)
    return room(nodes, settings, people)


async def machines_of(names: Iterable[str], users: UserDict) -> dict[str, str]:
    """Name the machine of each student's server, as far as that is known."""
    spawners = [user.spawner for name in names if (user := users.get(name)) is not None]
    running = {each.object_id: each for each in spawners if each.object_id}
    if not running:
        return {}
    try:
        tasks = await shared_engine().tasks([each.object_name for each in running.values()])
        nodes = await shared_engine().nodes()
    except (APIError, requests.RequestException, TimeoutError) as error:
        log.warning("The engine does not tell of its machines: %s", error)
        return {}
    names_of = {node["ID"]: node["Description"]["Hostname"] for node in nodes}
    return {
        running[task["ServiceID"]].user.name: names_of[task["NodeID"]]
        for task in tasks
        if task["ServiceID"] in running and task.get("NodeID") in names_of
    }


class RehearsalHandler(APIHandler):
    """The operator's alone."""

    async def get(self) -> None:
        """Tell which machines the students' servers are on."""
        _, rehearsal = self._here()
        self.finish({"machines": await machines_of(rehearsal.names, self.users)})

    async def post(self) -> None:
        """Make a class, unless something speaks against it."""
        students, rehearsal = self._here()
        wanted, insists = self._wanted()
        # Of an earlier tool that was killed.
        await students.remove_old()
        found = await look(students)
        against = objections(wanted, found)
        if against and not insists:
            raise HTTPError(409, " ".join([*against, "With --insist it begins all the same."]))
        # Meanwhile another operator may have begun one.
        made = rehearsal.begin(wanted)
        log.warning("A rehearsal begins, with %d made-up students", wanted)
        self.finish({"students": made, "room": asdict(found)})

    def put(self) -> None:
        """Hear that the tool is there, and tell how many people have servers."""
        students, rehearsal = self._here()
        if not rehearsal.runs:
            raise HTTPError(409, "The hub knows of no rehearsal: it was restarted meanwhile.")
        rehearsal.go_on()
        self.finish({"people": students.others()})

    async def delete(self) -> None:
        """Remove the class."""
        _, rehearsal = self._here()
        removed, left = await rehearsal.end()
        log.warning("The rehearsal's %d students are removed, %d are left", removed, len(left))
        self.finish({"removed": removed, "left": left})

    def _here(self) -> tuple[CheckStudents, Rehearsal]:
        students = students_of(self)
        return students, self.settings["rehearsal"]

    def _wanted(self) -> tuple[int, bool]:
        body = self.get_json_body()
        wanted = body.get("students") if isinstance(body, dict) else None
        if type(wanted) is not int or not 1 <= wanted <= MOST_STUDENTS:
            raise HTTPError(400, f"students must be a number from 1 to {MOST_STUDENTS}")
        return wanted, body.get("insist") is True  # type: ignore[union-attr] (a number was in it)


class ReportHandler(APIHandler):
    """What came of one, for the statistics page."""

    def post(self) -> None:
        """Keep it."""
        students_of(self)
        report: Any = self.get_json_body()
        text = json.dumps(report)
        if not isinstance(report, dict) or type(report.get("began")) is not int:
            raise HTTPError(400, "A report is an object with the moment when it began.")
        if len(text) > MOST_REPORT_BYTES:
            raise HTTPError(413, "This report is too long.")
        kept.keep(self.db, report["began"], text)
        self.set_status(HTTPStatus.NO_CONTENT)


HANDLERS: list[tuple[str, type[APIHandler]]] = [
    (r"/api/course/rehearsal", RehearsalHandler),
    (r"/api/course/rehearsal/report", ReportHandler),
]
