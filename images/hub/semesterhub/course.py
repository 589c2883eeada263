"""The course page: what staff see and do: servers, announcements, links and people's logins."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from jupyterhub import orm
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from sqlalchemy.orm import joinedload
from tornado import web
from tornado.web import HTTPError, RedirectHandler

from semesterhub import people, usage
from semesterhub.announcements import BOARD, Announcement, AnnouncementHandler, read_text
from semesterhub.course_people import (
    PeopleAPIHandler,
    check_staff,
    decide,
    keeps_passwords,
    links_csv,
    list_people,
    on_roster,
    without_password,
)
from semesterhub.git_links import EMPTY_FORM, GitForm, fill
from semesterhub.paging import page_of
from semesterhub.roster import load_roster
from semesterhub.settings import load_settings

STOP_SECONDS = 20
STOPS_AT_ONCE = 10
ENDS = {"1": "an hour", "4": "four hours", "24": "a day", "168": "a week", "": "no end"}
"""How long an announcement lasts: hours, as the page offers them."""
SERVICES = {
    "Statistics": ("statistics", ""),
    "Assignments": ("grading", "overview"),
    "Formgrader": ("grading", ""),
}
SORTS = {"name": "Name", "memory": "Memory", "cpus": "CPU"}


@dataclass(frozen=True)
class Server:
    """A server of somebody's, for the page."""

    user: str
    name: str
    """Empty for the usual one."""
    state: str
    since: datetime | None
    active: datetime | None
    stoppable: bool
    used: usage.Usage | None = None


class CoursePageHandler(BaseHandler):
    """The page, and its buttons."""

    @web.authenticated
    async def get(self) -> None:
        """Show it."""
        check_staff(self)
        await self._show()

    @web.authenticated
    async def post(self) -> None:
        """Do what a button says, and show what came of it."""
        check_staff(self)
        action = self.get_body_argument("action", "")
        name = self.get_body_argument("name", "")
        native = keeps_passwords(self)
        if action == "stop":
            await self._show(await self._stop(name, self.get_body_argument("server", "")))
        elif action == "stop-all":
            await self._show(self._stop_all())
        elif action in {"announce", "clear"}:
            await self._show(self._announce(action))
        elif action == "git-link":
            await self._show(git=self._git_link())
        elif native and action == "link":
            code, ends = people.make_link(self.db, on_roster(name))
            self.log.info("%s made a link for %s", self.current_user.name, name)
            await self._show(link=(name, self.authenticator.link(code), ends))
        elif native and action == "links":
            self._send_csv(links_csv(self, without_password(self.db), people.LINK_DAYS))
        elif native:
            await self._show(decide(self, action, name))
        else:
            raise HTTPError(400, f"“{action[:40]}” is nothing that can be done here.")

    async def _stop(self, name: str, server: str) -> str:
        user = self.find_user(on_roster(name))
        found = user.spawners[server] if user and server in user.orm_spawners else None
        if found is None or not found.active or not self._may_stop(name):
            raise HTTPError(409, f"{name} has no server that you can stop.")
        which = f"The server {server} of {name}" if server else f"The server of {name}"
        if found.pending:
            return f"{which} is starting or stopping; try again when it has done so."
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await asyncio.shield(self.stop_single_user(user, server))
        except TimeoutError:
            return f"{which} is being stopped."
        self.log.info("%s stopped the server of %s", self.current_user.name, name)
        return f"{which} is stopped. Their files are kept."

    def _stop_all(self) -> str:
        """Stop the servers of all students, some at a time; the page does not wait for it."""
        roster = set(load_roster().students)
        servers = [
            (user, each.name)
            for each in self._servers()
            if each.user in roster and each.state == "ready" and (user := self.find_user(each.user))
        ]
        self.log.info("%s stops %d servers", self.current_user.name, len(servers))
        places = asyncio.Semaphore(STOPS_AT_ONCE)

        async def stop(user: User, server: str) -> None:
            async with places:
                if user.spawners[server].ready:
                    await self.stop_single_user(user, server)

        stopping = asyncio.gather(*(stop(*each) for each in servers), return_exceptions=True)
        # kept, so that it is not collected while it runs
        self.settings.setdefault("semesterhub_stopping", set()).add(stopping)
        stopping.add_done_callback(self.settings["semesterhub_stopping"].discard)
        what = "server of a student is" if len(servers) == 1 else "servers of students are"
        return f"{len(servers)} {what} being stopped. Files are kept."

    def _announce(self, action: str) -> str:
        if action == "clear":
            BOARD.put(self.db, None)
            self.log.info("%s took the announcement down", self.current_user.name)
            return "The announcement is taken down."
        hours = self.get_body_argument("hours", "")
        if hours not in ENDS:
            raise HTTPError(400, f"“{hours[:40]}” is no time that is offered here.")
        now = datetime.now(UTC).replace(microsecond=0)
        ends = now + timedelta(hours=int(hours)) if hours else None
        BOARD.put(self.db, Announcement(read_text(self.get_body_argument("text", "")), ends))
        self.log.info("%s announced something", self.current_user.name)
        return "Announced. It is on the hub's pages now, and in JupyterLab within a minute."

    def _git_link(self) -> GitForm:
        hub = f"{load_settings().public_url.rstrip('/')}{self.hub.base_url}"
        typed = (self.get_body_argument(key, "") for key in ("repository", "branch", "opens"))
        return fill(hub, *typed)

    def _may_stop(self, name: str) -> bool:
        return name == self.current_user.name or name in load_roster().students

    def _servers(self) -> list[Server]:
        running = (
            self.db.query(orm.Spawner)
            .filter(orm.Spawner.server_id.is_not(None))
            .options(joinedload(orm.Spawner.user))
        )
        found = []
        for each in running:
            spawner = self.users[each.user].spawners[each.name]
            found.append(
                Server(
                    user=each.user.name,
                    name=each.name,
                    state="ready" if spawner.ready else spawner.pending or "stopped",
                    since=each.started,
                    active=each.last_activity,
                    stoppable=self._may_stop(each.user.name),
                    used=usage.BOOK.of(each.user.name, each.name),
                )
            )
        return sorted(found, key=lambda each: (each.user, each.name))

    async def _show(
        self,
        said: str = "",
        link: tuple[str, str, datetime] | None = None,
        git: GitForm = EMPTY_FORM,
    ) -> None:
        roster = load_roster()
        search, sort, servers_page, people_page = (
            self.get_query_argument(key, default)
            for key, default in (
                ("search", ""),
                ("sort", "name"),
                ("servers", "1"),
                ("people", "1"),
            )
        )
        everyone = list_people(self.db, roster) if keeps_passwords(self) else None
        servers = self._servers()
        ready = [each for each in servers if each.state == "ready"]
        students = set(roster.students)
        listed = _sorted(servers, sort)
        self.set_header("Cache-Control", "no-store")
        html = await self.render_template(
            "course.html",
            servers=page_of(listed, servers_page, search, lambda each: each.user),
            ready=len({each.user for each in ready}),
            stoppable=sum(each.user in students for each in ready),
            used=_sum(ready),
            people=None
            if everyone is None
            else page_of(everyone, people_page, search, lambda each: each.name),
            waiting=sum(each.state == "waits" for each in everyone or []),
            without=sum(each.state != "ready" for each in everyone or []),
            students=len(roster.students),
            staff=len(roster.staff),
            search=search,
            sort=sort if sort in SORTS else "name",
            sorts=SORTS,
            ends=ENDS,
            links=self._links(),
            said=said,
            link=link,
            git=git,
            ago=ago,
            size=size,
            address=self._address,
        )
        self.finish(html)

    def _links(self) -> dict[str, str]:
        """List the services that whoever asks may open, and no other."""
        may = {each.name: each.href for each in self.get_accessible_services(self.current_user)}
        return {
            label: f"{may[name].rstrip('/')}/{path}"
            for label, (name, path) in SERVICES.items()
            if name in may
        }

    def _address(self, **changes: object) -> str:
        """Write the page's address with some of its query changed."""
        kept = {
            key: self.get_query_argument(key, "") for key in ("search", "sort", "servers", "people")
        }
        query = {
            key: str(value) for key, value in {**kept, **changes}.items() if value not in {"", None}
        }
        return f"{self.hub.base_url}course?{urlencode(query)}"

    def _send_csv(self, text: str) -> None:
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="links.csv"')
        self.set_header("Cache-Control", "no-store")
        self.finish(text)


def _sorted(servers: list[Server], sort: str) -> list[Server]:
    if sort not in {"memory", "cpus"}:
        return servers
    return sorted(servers, key=lambda each: -getattr(each.used, sort, -1))


def _sum(servers: list[Server]) -> usage.Usage:
    told = [each.used for each in servers if each.used]
    return usage.Usage(sum(each.memory for each in told), round(sum(each.cpus for each in told), 1))


def size(count: float) -> str:
    """Write bytes as people read them."""
    megabytes = count / 2**20
    return f"{megabytes:.0f} MB" if megabytes < 1024 else f"{megabytes / 1024:.1f} GB"  # noqa: PLR2004 (units of time and size)


def ago(moment: datetime | None) -> str:
    """Say how long ago a moment of the database was."""
    if moment is None:
        return "-"
    minutes = int((datetime.now(UTC) - moment.replace(tzinfo=UTC)).total_seconds() // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min ago"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min ago" if hours < 24 else f"{hours // 24} days ago"  # noqa: PLR2004


HANDLERS: list[tuple[Any, ...]] = [
    (r"/course", CoursePageHandler),
    (r"/api/course/people", PeopleAPIHandler),
    (r"/api/course/announcement", AnnouncementHandler),
    *usage.HANDLERS,
    # JupyterHub's own page offers much that staff may not do
    (r"/admin", RedirectHandler, {"url": "/hub/course", "permanent": False}),
]
