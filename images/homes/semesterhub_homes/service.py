"""What the service does for one request, apart from how requests come in."""

import logging
import sqlite3
from dataclasses import dataclass
from http import HTTPStatus

from semesterhub_homes.index import IndexFile
from semesterhub_homes.making import HomeError, Homes
from semesterhub_homes.names import NameRefusedError, check_username
from semesterhub_homes.quota import Quota
from semesterhub_homes.settings import Settings
from semesterhub_homes.table import TableError, UidTable

log = logging.getLogger("homes")

COURSE_GROUP = 19999


@dataclass(frozen=True)
class Answer:
    """A status and what goes out as JSON."""

    status: HTTPStatus
    body: dict[str, object]


def refusal(status: HTTPStatus, message: str) -> Answer:
    """Build an answer that says why not."""
    return Answer(status, {"error": message})


class HomesService:
    """Table, folder, quota and index together."""

    def __init__(self, settings: Settings) -> None:
        """Open everything; complains where the storage tree is not there."""
        self._settings = settings
        folder = settings.storage / "homes"
        self._homes = Homes(folder, settings.skeleton)
        self._table = UidTable(settings.storage / "uids" / "uids.sqlite", settings.first_uid)
        self._quota = Quota(folder, settings.quota_bytes)
        self._index = IndexFile(folder / "INDEX.tsv", self._table.people)
        self._quota_told = False
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
            return self._home(check_username(request.get("username")))
        except NameRefusedError as error:
            return refusal(HTTPStatus.BAD_REQUEST, str(error))
        except (HomeError, TableError) as error:
            log.error("%s: %s", request.get("username"), error)  # noqa: TRY400 (it says all)
            return refusal(HTTPStatus.CONFLICT, str(error))
        except (OSError, sqlite3.Error) as error:
            log.exception("%s: no home", request.get("username"))
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, f"the home could not be made: {error}")

    def _home(self, username: str) -> Answer:
        person = self._table.find(username)
        if person is None:
            person = self._table.register(username, self._homes.owner_of, self._homes.owners)
            self._index.touch()
        made = self._homes.ensure(person.slug, person.uid)
        with self._homes.top(person.slug) as top:
            self._quota.apply(top, person.uid)
        self._tell_quota()
        if made:
            log.info("made homes/%s for %s, UID %d", person.slug, username, person.uid)
        limit = self._quota.limit()
        body: dict[str, object] = {
            "username": username,
            "slug": person.slug,
            "uid": person.uid,
            "gid": person.uid,
            "groups": [COURSE_GROUP],
            "home": f"{self._settings.homes_path}/{person.slug}",
            "quota": None if limit is None else {"bytes": limit},
            "created": made,
        }
        return Answer(HTTPStatus.OK, body)

    def _tell_quota(self) -> None:
        if self._quota.problem and not self._quota_told:
            self._quota_told = True
            log.warning("homes have no size limit: %s", self._quota.problem)
