"""Login to a workshop: a pass phrase on a slide, a made-up name that the browser keeps."""

import asyncio
from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.auth import Authenticator
from sqlalchemy.orm import object_session
from tornado.web import HTTPError
from traitlets import Integer, Unicode

from semesterhub import course, enrolment, guests, words
from semesterhub.auth import RosterOnly
from semesterhub.homes import HomesError, delete_home
from semesterhub.roster import STUDENTS, load_roster
from semesterhub.settings import load_settings
from semesterhub.tries import Tries

COOKIE = "semesterhub-guest"
COOKIE_DAYS = 30
STOP_SECONDS = 60
AT_ONCE = 8


class CourseWorkshopAuthenticator(RosterOnly, Authenticator):
    """Guests come with the pass phrase; staff, who are on the roster, with one of their own."""

    passphrase = Unicode(config=True, help="What is on the slide")
    staff_passphrase = Unicode(config=True, help="With which names of the staff log in")
    seats = Integer(100, config=True, help="How many guests there may be")

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 (JupyterHub's)
        super().__init__(**kwargs)
        self.tries = Tries()

    async def authenticate(self, handler: Any, data: Mapping[str, str]) -> str:  # noqa: ANN401 (JupyterHub's)
        """Return a guest's name, new or kept, or that of somebody of the staff.

        Wrong tries of the slide's phrase are not counted: guests share it, and mostly an address,
        so that whoever guesses there would keep all others out. What the proxy lets through from
        an address in a second bounds them.
        """
        name = self.normalize_username(data.get("username", "").strip())
        said = data.get("password", "")
        if not name:
            if not _same(said, self.passphrase):
                raise HTTPError(403, self.say(words.NOT_THE_PHRASE))
            return self._guest(handler)
        place = (name, handler.request.remote_ip)
        wait = self.tries.begin(*place)
        if wait:
            raise HTTPError(429, words.wait(wait, self.contact))
        if not _same(said, self.staff_passphrase) or not load_roster().is_staff(name):
            raise HTTPError(403, self.say(words.NOT_THE_PHRASE))
        self.tries.right(*place)
        return name

    def _guest(self, handler: Any) -> str:  # noqa: ANN401 (JupyterHub's)
        kept = (handler.get_signed_cookie(COOKIE, max_age_days=COOKIE_DAYS) or b"").decode()
        try:
            name = guests.admit(handler.db, kept, self.seats)
        except guests.FullError as error:
            self.log.warning("A guest found the workshop full: %d seats", self.seats)
            raise HTTPError(403, self.say(words.FULL, seats=self.seats)) from error
        except guests.EndedError as error:
            raise HTTPError(403, self.say(words.ENDED)) from error
        self.allowed_users.add(name)
        handler.set_signed_cookie(
            COOKIE,
            name,
            expires_days=COOKIE_DAYS,
            path=handler.hub.base_url,
            httponly=True,
            samesite="Lax",
            secure=handler.request.protocol == "https",
        )
        return name

    def add_user(self, user: Any) -> None:  # noqa: ANN401 (JupyterHub's)
        """Put a new guest among the students: staff see their servers."""
        super().add_user(user)
        row = getattr(user, "orm_user", user)
        db = object_session(row)
        group = orm.Group.find(db, STUDENTS) if db else None
        if group is not None and db is not None and row.name in guests.names(db):
            if row not in group.users:
                group.users.append(row)
            db.commit()


def _same(said: str, right: str) -> bool:
    """Compare in constant time; an empty phrase lets nobody in. Blanks at the ends are nobody's."""
    return bool(right) and compare_digest(said.strip().encode(), right.encode())


class WorkshopHandler(APIHandler):
    """The operator's: how many came, and the end."""

    async def get(self) -> None:
        """Tell how many came, of how many that may, and whether it is over."""
        self._check()
        came = len(guests.names(self.db))
        seats = self.authenticator.seats
        self.finish({"guests": came, "seats": seats, "ended": guests.has_ended(self.db)})

    async def post(self) -> None:
        """End it, with everything that guests made; or let people in again."""
        self._check()
        action = (self.get_json_body() or {}).get("action")
        if action == "open":
            guests.reopen(self.db)
            self.finish({"ended": False})
            return
        if action != "end":
            raise HTTPError(400, "action must be end or open")
        guests.end(self.db)
        self.log.info("The workshop ends")
        names = guests.names(self.db)
        places = asyncio.Semaphore(AT_ONCE)
        left = await asyncio.gather(*(self._remove(name, places) for name in names))
        failed = {name: why for name, why in zip(names, left, strict=True) if why}
        await enrolment.enrol(self.app, load_roster())
        self.finish({"removed": len(names) - len(failed), "failed": failed})

    def _check(self) -> None:
        course.check_staff(self)
        if not isinstance(self.authenticator, CourseWorkshopAuthenticator):
            raise HTTPError(409, "This course is no workshop: login.method is another one.")

    async def _remove(self, name: str, places: asyncio.Semaphore) -> str:
        """Stop a guest's server, remove the home and the name; answer why that was not possible."""
        async with places:
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._stop(name)
                    await delete_home(load_settings().homes_url, name)
            except (TimeoutError, HomesError) as error:
                return str(error) or "the server does not stop"
            except Exception as error:
                # Whatever it is, it is this guest's: all others go.
                self.log.exception("%s could not be removed", name)
                return str(error) or type(error).__name__
            user = self.find_user(name)
            if user is not None:
                self.users.delete(user)
            guests.forget(self.db, name)
            return ""

    async def _stop(self, name: str) -> None:
        user = self.find_user(name)
        for server, spawner in list(user.spawners.items()) if user else []:
            if spawner.pending:
                raise HomesError(f"the server is busy: {spawner.pending}")
            if spawner.active:
                await self.stop_single_user(user, server)
