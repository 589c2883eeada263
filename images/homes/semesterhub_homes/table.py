"""The UID table: who has which UID and folder, for good."""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from semesterhub_homes.names import slug_for

LAST_UID = 2**31 - 1  # beyond, some tools read a negative number
PEOPLE = """
CREATE TABLE IF NOT EXISTS people (
  username TEXT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  uid INTEGER NOT NULL UNIQUE,
  since TEXT NOT NULL
) STRICT
"""
# Only those whose limit is not the course's.
LIMITS = """
CREATE TABLE IF NOT EXISTS limits (
  username TEXT PRIMARY KEY REFERENCES people (username),
  bytes INTEGER NOT NULL
) STRICT
"""
# GIDs of groups that have a folder: above the sandbox's, below those of graders and everybody.
FIRST_GROUP, LAST_GROUP = 19000, 19997
GROUPS = """
CREATE TABLE IF NOT EXISTS groups (
  name TEXT PRIMARY KEY,
  gid INTEGER NOT NULL UNIQUE,
  since TEXT NOT NULL
) STRICT
"""


class TableError(RuntimeError):
    """No UID can be given; the message says why."""


@dataclass(frozen=True)
class Person:
    """A row of the table."""

    username: str
    slug: str
    uid: int
    since: str


class UidTable:
    """A person's row never changes and never goes: so a UID never comes to be somebody else's.

    What goes is the row of a student who was made for a check, after everything of theirs.
    """

    def __init__(self, path: Path, first_uid: int) -> None:
        """Open the table, made if it isn't there."""
        self._first_uid = first_uid
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        path.chmod(0o600)
        self._db.execute("PRAGMA busy_timeout=10000")
        # No write-ahead log: it needs memory that is shared by way of the file, and the tree may be
        # on a campus's NFS. A row a student and term is no load.
        self._db.execute("PRAGMA journal_mode=DELETE")
        # An answer that was given must survive a power failure: files will carry its UID.
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(PEOPLE)
        self._db.execute(LIMITS)
        self._db.execute(GROUPS)

    def close(self) -> None:
        """Close the database, which folds its log into it."""
        with self._lock:
            self._db.close()

    def people(self) -> list[Person]:
        """Everybody, by slug."""
        with self._lock:
            rows = self._db.execute("SELECT username, slug, uid, since FROM people ORDER BY slug")
            return [Person(*row) for row in rows]

    def limits(self) -> dict[str, int]:
        """Limits of homes, in bytes, of those who have one of their own."""
        with self._lock:
            return dict(self._db.execute("SELECT username, bytes FROM limits"))

    def set_limit(self, username: str, limit: int | None) -> None:
        """Give a person a limit of their own, or with None the course's."""
        with self._lock:
            if limit is None:
                self._db.execute("DELETE FROM limits WHERE username = ?", (username,))
            else:
                self._db.execute("REPLACE INTO limits VALUES (?, ?)", (username, limit))

    def find(self, username: str) -> Person | None:
        """One person's row."""
        with self._lock:
            return self._find(username)

    def register(
        self,
        username: str,
        owner_of: Callable[[str], int | None],
        owners: Callable[[], set[int]],
    ) -> Person:
        """Return a person's row, made if there is none.

        owner_of tells the owner of the folder with a slug: a home that is there although the table
        does not know it (an older copy of the table was put back) keeps its owner. owners tells
        the owners of all homes, which no newcomer may get.
        """
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                person = self._find(username) or self._add(username, owner_of, owners)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
            return person

    def remove(self, username: str) -> None:
        """Remove a row, and the limit that goes with it."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM limits WHERE username = ?", (username,))
            self._db.execute("DELETE FROM people WHERE username = ?", (username,))
            self._db.execute("COMMIT")

    def groups(self) -> dict[str, int]:
        """GIDs of all groups that ever had a folder, by name."""
        with self._lock:
            return dict(self._db.execute("SELECT name, gid FROM groups ORDER BY name"))

    def register_group(
        self,
        name: str,
        gid_of: Callable[[str], int | None],
        gids: Callable[[], set[int]],
    ) -> int:
        """Return a group's GID, given for good if it has none; as with people and their homes."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                gid = self._gid(name) or self._add_group(name, gid_of(name), gids)
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
            return gid

    def _gid(self, name: str) -> int | None:
        row = self._db.execute("SELECT gid FROM groups WHERE name = ?", (name,)).fetchone()
        return None if row is None else int(row[0])

    def _add_group(self, name: str, there: int | None, gids: Callable[[], set[int]]) -> int:
        known = {gid for (gid,) in self._db.execute("SELECT gid FROM groups")}
        if there is None:
            used = {gid for gid in known | gids() if FIRST_GROUP <= gid <= LAST_GROUP}
            gid = max({FIRST_GROUP - 1, *used}) + 1
        else:
            gid = there
        if gid in known or not FIRST_GROUP <= gid <= LAST_GROUP:
            raise TableError(
                f"there is no GID left below {LAST_GROUP}"
                if there is None
                else f"groups/{name} is there already and is of GID {gid}, which is not this"
                " group's. Move the folder away, then try again."
            )
        since = datetime.now(UTC).isoformat(timespec="seconds")
        self._db.execute(
            "INSERT INTO groups (name, gid, since) VALUES (?, ?, ?)", (name, gid, since)
        )
        return gid

    def _find(self, username: str) -> Person | None:
        row = self._db.execute(
            "SELECT username, slug, uid, since FROM people WHERE username = ?", (username,)
        ).fetchone()
        return None if row is None else Person(*row)

    def _add(
        self,
        username: str,
        owner_of: Callable[[str], int | None],
        owners: Callable[[], set[int]],
    ) -> Person:
        slug = self._free_slug(username)
        owner = owner_of(slug)
        uid = self._next_uid(owners()) if owner is None else self._adopt(slug, owner)
        person = Person(username, slug, uid, datetime.now(UTC).isoformat(timespec="seconds"))
        self._db.execute(
            "INSERT INTO people (username, slug, uid, since) VALUES (?, ?, ?, ?)",
            (person.username, person.slug, person.uid, person.since),
        )
        return person

    def _free_slug(self, username: str) -> str:
        attempt = 0
        while True:
            slug = slug_for(username, attempt)
            taken = self._db.execute("SELECT 1 FROM people WHERE slug = ?", (slug,)).fetchone()
            if taken is None:
                return slug
            attempt += 1

    def _adopt(self, slug: str, owner: int) -> int:
        if owner < self._first_uid:
            raise TableError(
                f"homes/{slug} is there already and belongs to UID {owner}, which is no student's"
                f" (they begin at {self._first_uid}). Move the folder away or give it to a UID"
                " that nobody else has, then try again."
            )
        row = self._db.execute("SELECT username FROM people WHERE uid = ?", (owner,)).fetchone()
        if row is not None:
            raise TableError(
                f"homes/{slug} is there already and belongs to UID {owner}, which is {row[0]!r}."
                " Move the folder away, then try again."
            )
        return owner

    def _next_uid(self, used: set[int]) -> int:
        (highest,) = self._db.execute("SELECT max(uid) FROM people").fetchone()
        uid = max([self._first_uid - 1, *([] if highest is None else [highest]), *used]) + 1
        if uid > LAST_UID:
            raise TableError(f"there is no UID left below {LAST_UID}")
        return uid
