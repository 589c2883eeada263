"""What the service does for one request, apart from how requests come in."""

import contextlib
import logging
import os
import sqlite3
from functools import partial
from http import HTTPStatus

from semesterhub_homes.answers import Answer, refusal
from semesterhub_homes.groups import GroupFolders, read_names
from semesterhub_homes.index import IndexFile
from semesterhub_homes.kept import KeptDatabase
from semesterhub_homes.making import HomeError, Homes
from semesterhub_homes.names import CHECK_NAME, NameRefusedError, check_username
from semesterhub_homes.projects import ProjectKeeper, Tree
from semesterhub_homes.quota import Quota
from semesterhub_homes.settings import Settings
from semesterhub_homes.table import Person, TableError, UidTable

log = logging.getLogger("homes")

COURSE_GROUP = 19999
SMALLEST_LIMIT = 2**20
LARGEST_LIMIT = 2**60


class HomesService:
    """Table, folder, quota, index and the hub's database together."""

    def __init__(self, settings: Settings) -> None:
        """Open everything; complains where the storage tree is not there."""
        self._settings = settings
        folder = settings.storage / "homes"
        handed_out = settings.storage / "handed-out"
        self._homes = Homes(folder, settings.skeleton, handed_out)
        self._table = UidTable(settings.storage / "uids" / "uids.sqlite", settings.first_uid)
        self._quota = Quota(folder, settings.quota_bytes)
        self._groups = GroupFolders(settings.storage / "groups", self._table, self._quota)
        self.database = KeptDatabase(settings.storage / "hub")
        self._index = IndexFile(folder / "INDEX.tsv", self._table.people)
        self.projects = ProjectKeeper(self._quota, self._trees)
        self._quota_told = False
        self._remove_checks()
        self._apply_all()
        self._tell_quota()

    def close(self) -> None:
        """Write what is still to be written."""
        self._index.close()
        self._table.close()
        self._homes.close()

    def home(self, request: object) -> Answer:
        """Answer POST /homes: the home of a person, made if it isn't there."""
        if not isinstance(request, dict):
            return refusal(HTTPStatus.BAD_REQUEST, "the body must be a JSON object")
        try:
            folders = read_names(request.get("folders", []))
            return self._home(check_username(request.get("username")), folders)
        except NameRefusedError as error:
            return refusal(HTTPStatus.BAD_REQUEST, str(error))
        except (HomeError, TableError) as error:
            log.error("%s: %s", request.get("username"), error)  # noqa: TRY400 (it says all)
            return refusal(HTTPStatus.CONFLICT, str(error))
        except (OSError, sqlite3.Error) as error:
            log.exception("%s: no home", request.get("username"))
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, f"the home could not be made: {error}")

    def _home(self, username: str, folders: list[str]) -> Answer:
        person = self._table.find(username)
        if person is None:
            person = self._table.register(username, self._homes.owner_of, self._homes.owners)
            self._index.touch()
        made = self._homes.ensure(person.slug, person.uid)
        limit = self._apply_or_log(person, self._table.limits().get(username))
        self._tell_quota()
        if made:
            log.info("made homes/%s for %s, UID %d", person.slug, username, person.uid)
        groups = self._groups.of(folders)
        body: dict[str, object] = {
            "username": username,
            "slug": person.slug,
            "uid": person.uid,
            "gid": person.uid,
            "groups": [COURSE_GROUP, *(group.gid for group in groups)],
            "folders": {
                group.name: f"{self._settings.groups_path}/{group.name}" for group in groups
            },
            "home": f"{self._settings.homes_path}/{person.slug}",
            "quota": None if limit is None else {"bytes": limit},
            "created": made,
        }
        return Answer(HTTPStatus.OK, body)

    def remove_home(self, request: object) -> Answer:
        """Answer DELETE /homes: a guest's home goes, or all of who was made for a check."""
        username = request.get("username") if isinstance(request, dict) else None
        if isinstance(username, str) and CHECK_NAME.fullmatch(username):
            return self._remove_check(username)
        if not self._settings.throw_away:
            return refusal(HTTPStatus.FORBIDDEN, "homes are removed in a workshop only")
        person = self._table.find(username) if isinstance(username, str) else None
        if person is None:
            return refusal(HTTPStatus.NOT_FOUND, f"{username} has no home")
        try:
            removed = self._homes.remove(person.slug)
        except OSError as error:
            log.exception("homes/%s can't be removed", person.slug)
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, f"the home stays: {error.strerror}")
        if removed:
            log.info("removed homes/%s", person.slug)
        return Answer(HTTPStatus.OK, {"username": username, "removed": removed})

    def _remove_check(self, username: str) -> Answer:
        """Remove home, limit and row of a student who was made for a check."""
        try:
            removed = self._remove_everything(username)
        except (HomeError, OSError, sqlite3.Error) as error:
            log.error("%s: %s", username, error)  # noqa: TRY400 (it says all)
            text = f"the home of {username} can't be removed: {error}"
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, text)
        return Answer(HTTPStatus.OK, {"username": username, "removed": removed})

    def _remove_everything(self, username: str) -> bool:
        person = self._table.find(username)
        if person is None:
            return False
        owner = self._homes.owner_of(person.slug)
        if owner not in {None, person.uid}:
            raise HomeError(f"homes/{person.slug} belongs to UID {owner}: it stays")
        self._homes.remove(person.slug)
        self._quota.forget(person.uid)
        self._table.remove(username)
        self._index.touch()
        return True

    def _remove_checks(self) -> None:
        """Remove what checks left that a restart interrupted, or that a restore brought back."""
        for person in self._table.people():
            if CHECK_NAME.fullmatch(person.username):
                log.info("removing %s, left by a check", person.username)
                self._remove_check(person.username)

    def quotas(self) -> Answer:
        """Answer GET /quotas: everybody's limit and use."""
        limits = self._table.limits()
        people = [self._describe(person, limits) for person in self._table.people()]
        body: dict[str, object] = {
            "problem": self._quota.problem,
            "default": self._quota.default,
            "exchange": self._exchange(),
            "groups": self._groups.quotas(),
            "people": people,
        }
        return Answer(HTTPStatus.OK, body)

    def _exchange(self) -> dict[str, object]:
        limit = None if self._quota.problem else self._settings.exchange_bytes
        return {"limit": limit, "used": self._quota.used(COURSE_GROUP)}

    def set_quota(self, request: object) -> Answer:
        """Answer POST /quotas: from now on a person has this limit, or with null the course's."""
        if not isinstance(request, dict) or set(request) != {"username", "bytes"}:
            return refusal(HTTPStatus.BAD_REQUEST, "the body must have username and bytes")
        username, limit = request["username"], request["bytes"]
        if limit is not None and (
            type(limit) is not int or not SMALLEST_LIMIT <= limit <= LARGEST_LIMIT
        ):
            return refusal(HTTPStatus.BAD_REQUEST, "bytes must be a number from 1 MiB on, or null")
        person = self._table.find(username) if isinstance(username, str) else None
        if person is None:
            text = f"{username} has no home yet; the first login makes it"
            return refusal(HTTPStatus.NOT_FOUND, text)
        try:
            self._apply(person, limit)
        except OSError as error:
            text = f"the home of {username} can't be opened: {error.strerror}"
            return refusal(HTTPStatus.CONFLICT, text)
        if self._quota.problem:
            return refusal(HTTPStatus.CONFLICT, f"homes have no limit: {self._quota.problem}")
        self._table.set_limit(person.username, limit)
        log.info("limit of %s: %s", username, "the course's" if limit is None else f"{limit} bytes")
        return Answer(HTTPStatus.OK, self._describe(person, self._table.limits()))

    def _describe(self, person: Person, limits: dict[str, int]) -> dict[str, object]:
        own = limits.get(person.username)
        return {
            "username": person.username,
            "limit": None if self._quota.problem else (own or self._quota.default),
            "own": own is not None,
            "used": self._quota.used(person.uid),
        }

    def _apply(self, person: Person, own: int | None) -> int | None:
        """Put a home under its limit, and tell that; None where nothing enforces one."""
        limit = own or self._quota.default
        if limit is None or self._quota.problem:
            return None
        with self._homes.top(person.slug) as top:
            self._quota.apply(top, person.uid, limit)
        return None if self._quota.problem else limit

    def _apply_or_log(self, person: Person, own: int | None) -> int | None:
        """Put a home under its limit; one that can't be is no reason to refuse it."""
        try:
            return self._apply(person, own)
        except OSError as error:
            log.warning("%s: the home has no limit: %s", person.username, error.strerror)
            return None

    def _apply_all(self) -> None:
        """Put all homes that are there under their limits: the course's may be another now."""
        limits = self._table.limits()
        for person in self._table.people():
            # What is in a home's place is told when the home is asked for.
            with contextlib.suppress(OSError):
                self._apply(person, limits.get(person.username))
        self._apply_exchange()
        groups = self._groups.apply_all()
        people = (person.uid for person in self._table.people())
        self._quota.clear([*people, *groups, COURSE_GROUP])

    def _trees(self) -> list[Tree]:
        """Tell what has a project of its own."""
        people = [
            Tree(f"homes/{each.slug}", each.uid, partial(self._homes.top, each.slug))
            for each in self._table.people()
        ]
        return [*people, *self._groups.trees()]

    def _apply_exchange(self) -> None:
        """Put what everybody hands in and collects under a limit: it is on the homes' disk."""
        limit, folder = self._settings.exchange_bytes, self._settings.storage / "exchange"
        if limit is None or self._quota.problem or not folder.is_dir():
            return
        top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            self._quota.apply(top, COURSE_GROUP, limit)
        except OSError as error:
            log.warning("the exchange has no limit: %s", error.strerror)
        finally:
            os.close(top)

    def _tell_quota(self) -> None:
        if self._quota.default and self._quota.problem and not self._quota_told:
            self._quota_told = True
            log.warning("homes have no size limit: %s", self._quota.problem)
