"""A student who never existed before, for a check that the course answers.

The hub makes one for the operator's tool (check.py) and removes server, home, UID and name again:
as soon as the tool has done, or by itself after a while, also where the hub was restarted.
"""

import asyncio
import hashlib
import logging
import re
import secrets
import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from jupyterhub import orm, roles
from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.handlers import BaseHandler
from jupyterhub.metrics import TOTAL_USERS
from jupyterhub.user import User
from jupyterhub.utils import maybe_future
from tornado.web import HTTPError

from semesterhub import starts
from semesterhub.homes import delete_home
from semesterhub.named_servers import ServersAPIHandler
from semesterhub.roles import CHECK_SCOPE
from semesterhub.roster import CHECKS
from semesterhub.settings import load_settings

if TYPE_CHECKING:
    from semesterhub.hub import SemesterHub

log = logging.getLogger("semesterhub.check")

NAME = re.compile(rf"{CHECKS}[0-9a-f]{{9}}")
"""Nobody on a roster has such a name."""
EVERY_SECONDS = 10
AT_ONCE = 16
"""Students who are removed at the same time: a rehearsal has a whole class of them."""


class CheckStudents:
    """Those who are there now. Who is in the database and not in here is left from before."""

    def __init__(self, app: "SemesterHub") -> None:
        self._app = app
        self._codes: dict[str, str] = {}
        self._ends: dict[str, float] = {}
        self._limited: set[str] = set()
        self._removing: dict[str, asyncio.Lock] = {}

    def make(self, seconds: float = 0, *, limited: bool = False) -> tuple[str, str]:
        """Make a student; return the name and a code with which somebody logs in as them, once.

        They stay for some seconds, those of a check if it is not said. The limit of servers that
        run at once does not hold for a check; for who is limited it does.
        """
        name = f"{CHECKS}{secrets.token_hex(5)[:9]}"
        code = secrets.token_urlsafe(32)
        orm_user = orm.User(name=name)
        self._app.db.add(orm_user)
        roles.assign_default_roles(self._app.db, entity=orm_user)
        self._app.db.commit()
        TOTAL_USERS.inc()  # JupyterHub counts it down again
        self._codes[_digest(code)] = name
        self._ends[name] = time.monotonic() + (seconds or load_settings().spawn.check_seconds)
        if limited:
            self._limited.add(name)
        return name, code

    def renew(self, names: Iterable[str], seconds: float) -> None:
        """Let those of these who are there stay for so many seconds from now on."""
        ends = time.monotonic() + seconds
        self._ends |= {name: ends for name in names if name in self._ends}

    def is_unlimited(self, name: str) -> bool:
        """Tell whether the limit of servers does not hold for somebody."""
        return is_check(name) and name not in self._limited

    def log_in(self, code: str) -> User | None:
        """Return whose code it is, the first time."""
        name = self._codes.pop(_digest(code), "")
        return self._app.users.get(name) if name in self._ends else None

    async def remove(self, name: str) -> None:
        """Remove one and everything of theirs. Raise if that fails: it is tried again later.

        The row in the database goes last: it is what says that there may be something left.
        """
        self._ends.pop(name, None)
        self._codes = {code: whose for code, whose in self._codes.items() if whose != name}
        async with self._removing.setdefault(name, asyncio.Lock()):
            user = self._app.users.get(name)
            if user is not None:
                await self._stop(user)
                await delete_home(load_settings().homes_url, name)
                await maybe_future(self._app.authenticator.delete_user(user))
                await user.delete_spawners()
                self._app.db.query(starts.Start).filter_by(username=name).delete()
                self._app.users.delete(user)
        self._removing.pop(name, None)
        self._limited.discard(name)

    async def remove_all(self, names: Iterable[str]) -> dict[str, str]:
        """Remove several, some at the same time; return who is left, and why."""
        places = asyncio.Semaphore(AT_ONCE)
        left: dict[str, str] = {}

        async def remove(name: str) -> None:
            async with places:
                try:
                    await self.remove(name)
                except Exception as error:
                    log.exception("%s could not be removed", name)
                    left[name] = str(error)

        await asyncio.gather(*(remove(name) for name in names))
        return left

    async def _stop(self, user: User) -> None:
        spawner = user.spawner
        start = spawner._spawn_future
        if start is not None and not start.done():
            start.cancel()
            await asyncio.wait([start])
        end = getattr(spawner, "_stop_future", None)  # JupyterHub's, since the first end
        if end is not None:
            await asyncio.wait([end])
        await self._app.proxy.delete_user(user)
        await user.stop()

    async def remove_old(self) -> None:
        """Remove who is left from before, or was there for too long."""
        users = self._app.db.query(orm.User.name).filter(orm.User.name.startswith(CHECKS))
        now = time.monotonic()
        names = [row[0] for row in users]
        old = [name for name in names if is_check(name) and self._ends.get(name, now) <= now]
        left = await self.remove_all(old)
        for name in old:
            if name not in left:
                log.warning("Removed %s, left by a check that did not end", name)

    def others(self) -> int:
        """Tell how many servers of other people there are."""
        running = self._app.db.query(orm.Spawner).filter(orm.Spawner.server_id.is_not(None))
        return sum(not is_check(each.user.name) for each in running)


def is_check(name: str) -> bool:
    """Tell whether a student was made for a check."""
    return NAME.fullmatch(name) is not None


def students_of(handler: APIHandler) -> CheckStudents:
    """Give them to the operator's tool; refuse everybody else."""
    if CHECK_SCOPE not in handler.expanded_scopes:
        raise HTTPError(403, "Only the operator's tool checks the course.")
    students: CheckStudents = handler.settings["check_students"]
    return students


class CheckAPIHandler(APIHandler):
    """What the operator's tool asks for; nobody else may."""

    def post(self) -> None:
        """Make a student."""
        students = self._students()
        name, code = students.make()
        self.finish({"name": name, "code": code, "others": students.others()})

    async def delete(self) -> None:
        """Remove one."""
        students = self._students()
        name = self.get_argument("name", "")
        if not is_check(name):
            raise HTTPError(400, "This name is nobody's who was made for a check.")
        try:
            await students.remove(name)
        except Exception as error:
            log.exception("%s could not be removed", name)
            raise HTTPError(500, f"{error} The hub tries again by itself.") from error
        self.set_status(HTTPStatus.NO_CONTENT)

    def _students(self) -> CheckStudents:
        return students_of(self)


class CheckLoginHandler(BaseHandler):
    """In the place of the login page, which asks an account's provider, or for a password."""

    def post(self) -> None:
        """Log in who has a code."""
        students: CheckStudents = self.settings["check_students"]
        user = students.log_in(self.get_body_argument("code", ""))
        if user is None:
            raise HTTPError(403, "This code is not known, or was used.")
        user._auth_refreshed = time.monotonic()
        self.set_login_cookie(user)
        self.redirect(self.hub.base_url + "home")


class CheckServerHandler(ServersAPIHandler):
    """Starting a server: the limit of servers is for people, not for a check of some seconds."""

    @property
    def active_server_limit(self) -> int:
        """Return 0 for no limit."""
        who = self.current_user
        students: CheckStudents = self.settings["check_students"]
        unbounded = isinstance(who, User) and students.is_unlimited(who.name)
        return 0 if unbounded else super().active_server_limit


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


HANDLERS: list[tuple[str, type[BaseHandler]]] = [
    (r"/api/course/check", CheckAPIHandler),
    (r"/course-check", CheckLoginHandler),
    (r"/api/users/([^/]+)/server", CheckServerHandler),
]
