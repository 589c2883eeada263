"""People on the course page and for `npm run people`: approvals, one-time links (native login)."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import utcnow
from sqlalchemy.orm import Session
from tornado.web import HTTPError

from semesterhub import people
from semesterhub.roles import STAFF_SCOPE
from semesterhub.roster import Roster, load_roster

LONGEST_DAYS = 90
NOT_STAFF = (
    "This page is for the course's staff, and you are logged in as {name}, who is not. Your own"
    " server is under Home."
)


@dataclass(frozen=True)
class Person:
    """Somebody on the roster and what they have to log in with (native login)."""

    name: str
    role: str
    state: str
    """`waits` for approval, `ready`, or `none`: no password yet."""
    link_ends: datetime | None = None


def list_people(db: Session, roster: Roster) -> list[Person]:
    """List everybody on the roster, those who wait first."""
    accounts = {each.username: bool(each.is_authorized) for each in db.query(people.Account)}
    now = utcnow(with_tz=False)
    links = {each.username: each.ends for each in db.query(people.Link) if each.ends > now}
    states = {True: "ready", False: "waits", None: "none"}
    found = [
        Person(name, role, states[accounts.get(name)], links.get(name))
        for role, names in (("student", roster.students), ("staff", roster.staff))
        for name in names
    ]
    order = {"waits": 0, "none": 1, "ready": 2}
    return sorted(found, key=lambda each: (order[each.state], each.name))


def links_csv(handler: BaseHandler, names: Iterable[str], days: int) -> str:
    """Make a link for each name; write them as CSV for a mail merge."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(["username", "link", "valid_until"])
    for name in names:
        code, ends = people.make_link(handler.db, name, days)
        rows.writerow([name, handler.authenticator.link(code), f"{ends:%Y-%m-%d %H:%M} UTC"])
    handler.log.info("%s made one-time links", handler.current_user.name)
    return text.getvalue()


def check_staff(handler: BaseHandler) -> None:
    """Raise HTTPError unless whoever asks is staff, or the operator's tool."""
    who = handler.current_user
    if who is None or STAFF_SCOPE not in handler.expanded_scopes:
        name = who.name if who else "nobody"
        raise HTTPError(403, NOT_STAFF.format(name=name))


def on_roster(name: str) -> str:
    """Return a name that is on the roster; raise HTTPError for another."""
    if name not in load_roster().names:
        raise HTTPError(404, f"“{name[:80]}” is not on the class list.")
    return name


def decide(handler: BaseHandler, action: str, name: str) -> str:
    """Approve or refuse a sign-up; return a sentence for whoever did it."""
    actions: dict[str, tuple[Callable[[Session, str], bool], str]] = {
        "approve": (people.approve, "{name} can log in now."),
        "refuse": (people.refuse, "The sign-up as {name} is removed; the name is free again."),
    }
    if action not in actions:
        raise HTTPError(400, f"“{action[:40]}” is nothing that can be done here.")
    do, done = actions[action]
    if not do(handler.db, on_roster(name)):
        raise HTTPError(409, f"Nobody who waits has signed up as {name}.")
    handler.log.info("%s: %s %s", handler.current_user.name, action, name)
    return done.format(name=name)


class PeopleAPIHandler(APIHandler):
    """The same for programs: `npm run people`."""

    def get(self) -> None:
        """List everybody on the roster and what they have to log in with."""
        self._check()
        self.finish({"people": [_model(each) for each in list_people(self.db, load_roster())]})

    def post(self) -> None:
        """Approve or refuse somebody, or make links; the answer has a sentence, or CSV."""
        self._check()
        body = self.get_json_body()
        if not isinstance(body, dict) or not isinstance(body.get("action"), str):
            raise HTTPError(400, "The body must be an object with an action")
        names = body.get("names", [])
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            raise HTTPError(400, "names must be a list of names")
        names = [on_roster(each) for each in names]
        if body["action"] == "links":
            days = body.get("days", people.LINK_DAYS)
            if not isinstance(days, int) or not 1 <= days <= LONGEST_DAYS:
                raise HTTPError(400, f"days must be a number from 1 to {LONGEST_DAYS}")
            self.finish({"csv": links_csv(self, names or without_password(self.db), days)})
        else:
            self.finish({"said": [decide(self, body["action"], each) for each in names]})

    def _check(self) -> None:
        check_staff(self)
        if not keeps_passwords(self):
            raise HTTPError(409, "With this login method the course keeps no passwords of people.")


def keeps_passwords(handler: BaseHandler) -> bool:
    """Whether people have passwords of the hub's own."""
    return hasattr(handler.authenticator, "link")


def without_password(db: Session) -> list[str]:
    """List the names of those who have none yet."""
    return sorted(each.name for each in list_people(db, load_roster()) if each.state != "ready")


def _model(person: Person) -> dict[str, Any]:
    ends = person.link_ends
    return {
        "name": person.name,
        "role": person.role,
        "state": person.state,
        "linkEnds": f"{ends:%Y-%m-%dT%H:%M:%SZ}" if ends else None,
    }
