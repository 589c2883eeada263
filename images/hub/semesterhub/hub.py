"""The JupyterHub application of a course: `semesterhub-hub`."""

import asyncio
import contextlib
import logging
import sys
from pathlib import Path
from typing import Any

from jupyterhub import orm
from jupyterhub.app import JupyterHub
from tornado.httpserver import HTTPServer
from traitlets import Integer, Unicode, default

from semesterhub import (
    announcements,
    check_student,
    course,
    database,
    doors,
    enrolment,
    face,
    gradebook_link,
    guests,
    lms_members,
    named_servers,
    people,
    postgres,
    statistics_api,
    tokens,
    watch,
    workshop,
)
from semesterhub.homes import check_homes
from semesterhub.keeping import Keeper
from semesterhub.logs import redact
from semesterhub.loops import forever
from semesterhub.proxy import keep_routes
from semesterhub.rehearsal import api as rehearsals
from semesterhub.roster import load_roster, reread_roster, roster_file
from semesterhub.settings import Settings, load_settings
from semesterhub.spawner import SemesterSpawner, shared_engine
from semesterhub.store import Store, StoreError
from semesterhub.strict import SettingsError

SQLITE_FILE = Path("/srv/hub/jupyterhub.sqlite")
"""Where the database is that a course begins with."""
CONFIG_FILE = "/opt/semesterhub/jupyterhub_config.py"
ROSTER_SECONDS = 5
TOKENS_SECONDS = 60

EXTRA = [
    (r"/api/course/scores", gradebook_link.ScoresHandler),
    (r"/api/course/members", lms_members.MembersHandler),
    (r"/api/course/workshop", workshop.WorkshopHandler),
    *rehearsals.HANDLERS,
]

log = logging.getLogger("semesterhub.hub")


class SemesterHub(JupyterHub):
    """JupyterHub that lets the roster decide, and keeps an external proxy's routes."""

    name = "jupyterhub"
    inner_port = Integer(
        doors.INNER_PORT, config=True, help="Where servers and tools reach the API"
    )
    inner_address = Unicode("", config=True, help="The address of that port; empty: every one")
    _inner: HTTPServer | None = None
    _checks: check_student.CheckStudents
    _loops: tuple[asyncio.Task[None], ...] = ()

    @default("db_kwargs")
    def _no_rows_in_errors(self) -> dict[str, bool]:
        """Keep OAuth codes and hashed tokens, a statement's values, out of what errors tell."""
        return {"hide_parameters": True}

    def init_logging(self) -> None:
        """Set up the log, without secrets in it."""
        super().init_logging()
        redact()

    async def init_spawners(self) -> Any:  # noqa: ANN401 (JupyterHub's)
        """Look which servers run, once the engine can tell."""
        if issubclass(self.spawner_class, SemesterSpawner):
            await shared_engine().until_ready()
        return await super().init_spawners()

    async def _follow_roster(self) -> None:
        """Do what a changed roster says, and stop the servers of who left it."""
        if reread_roster():
            await enrolment.enrol(self, load_roster())
        await enrolment.stop_blocked(self)

    async def init_users(self) -> None:
        """Block everybody in the database who is on the roster no more, and no workshop's guest."""
        roster_file.admit(guests.names(self.db))
        self.authenticator.allowed_users = set(load_roster().names)
        left = {user.name for user in self.db.query(orm.User)} - load_roster().names
        self.authenticator.blocked_users = left
        await super().init_users()

    async def init_blocked_users(self) -> None:
        """Take back, beside their roles, what blocked people hold: tokens and cookies."""
        await super().init_blocked_users()
        blocked = self.authenticator.blocked_users
        for user in self.db.query(orm.User).filter(orm.User.name.in_(blocked)):
            for token in list(user.api_tokens):
                self.db.delete(token)
            user.cookie_id = orm.new_token()
        self.db.commit()
        people.end_links(self.db, load_roster().names)

    def init_db(self) -> None:
        """Open the database, and hang up what was announced before a restart."""
        super().init_db()
        announcements.BOARD.load(self.db)

    async def init_groups(self) -> None:
        """Make the groups what the roster says; JupyterHub alone would only ever add people."""
        self.load_groups = {
            group: {"users": list(names)} for group, names in load_roster().all_groups.items()
        }
        await super().init_groups()
        for group in self.db.query(orm.Group):
            if group.name not in self.load_groups:
                self.db.delete(group)
                continue
            members = set(self.load_groups[group.name]["users"])
            group.users = [user for user in group.users if user.name in members]
        self.db.commit()

    def init_handlers(self) -> None:
        """Add the course's own pages, and put its own in the place of some of JupyterHub's."""
        super().init_handlers()
        own = [
            *course.HANDLERS,
            *check_student.HANDLERS,
            *named_servers.HANDLERS,
            *face.handlers(load_settings()),
            *watch.HANDLERS,
            *statistics_api.HANDLERS,
            *EXTRA,
            (r"/api/users/([^/]+)/tokens", tokens.CourseTokenHandler),
        ]
        self.handlers = [*self.add_url_prefix(self.hub_prefix, own), *self.handlers]

    def init_tornado_application(self) -> None:
        """Make the application, one that takes no large requests."""
        self._checks = check_student.CheckStudents(self)
        self.tornado_settings["check_students"] = self._checks
        self.tornado_settings["rehearsal"] = rehearsals.Rehearsal(self._checks)
        self.tornado_application = doors.CourseApplication(self.handlers, **self.tornado_settings)

    async def start(self) -> None:
        """Open both doors, then look after the proxy and the tokens."""
        # The inner one first: JupyterHub waits for services of its own, which ask there.
        self._inner = doors.open_inner(
            self.tornado_application, self.hub_prefix, self.inner_port, self.inner_address
        )
        await super().start()
        doors.bound(self.http_server)
        self._loops = (
            asyncio.create_task(keep_routes(self)),
            asyncio.create_task(forever("the roster", ROSTER_SECONDS, self._follow_roster)),
            asyncio.create_task(forever("tokens", TOKENS_SECONDS, self._end_old_tokens)),
            asyncio.create_task(
                forever("checks", check_student.EVERY_SECONDS, self._checks.remove_old)
            ),
        )

    async def _end_old_tokens(self) -> None:
        tokens.end_oldest(self.db)

    async def shutdown_cancel_tasks(self, sig: Any = None) -> None:  # noqa: ANN401 (a signal)
        """End without touching services, even those of starts that are under way."""
        shared_engine().closing = True
        for server in (self.http_server, self._inner):
            if server:
                server.stop()
        await super().shutdown_cancel_tasks(sig)


def main() -> None:
    """Check the settings, bring the database up to date, run; meanwhile keep a copy of it."""
    logging.basicConfig(
        level=logging.INFO, format="[%(levelname)1.1s %(asctime)s %(name)s] %(message)s"
    )
    try:
        settings = load_settings()
        load_roster()
        check_homes(settings.homes_url)
        keeper = _keeper(settings)
        if keeper:
            keeper.take_newest()
        if postgres.is_postgres(settings.database_url):
            postgres.await_server(settings.database_url)
            postgres.take_sqlite(SQLITE_FILE, settings.database_url)
        database.tune_sqlite()
        database.prepare(settings.database_url)
    except (
        SettingsError,
        StoreError,
        database.DatabaseError,
    ) as error:
        log.critical("%s", error)
        sys.exit(1)
    # Left when JupyterHub's loop has ended and nothing is written to the database any more.
    with keeper or contextlib.nullcontext():
        SemesterHub.launch_instance(["--config", CONFIG_FILE, *sys.argv[1:]])


def _keeper(settings: Settings) -> Keeper | None:
    path = database.sqlite_path(settings.database_url)
    if not settings.keeps_database or path is None:
        return None
    return Keeper(path, Store(settings.homes_url))


if __name__ == "__main__":
    main()
