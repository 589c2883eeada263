"""By what name a person is recorded."""

import hashlib
import hmac
import sqlite3

from semesterhub_statistics.settings import Names

PSEUDONYM = "p-"
DIGITS = 12


class People:
    """Names or pseudonyms, as configured; the key to pseudonyms is a secret of the course's."""

    def __init__(self, names: Names, key: bytes) -> None:
        """Take which of the two, and the key."""
        self._names = names
        self._key = key

    def pseudonym(self, username: str) -> str:
        """Return what nobody can turn into the name, or make of the name, without the key."""
        digest = hmac.new(self._key, username.encode(), hashlib.sha256).hexdigest()
        return f"{PSEUDONYM}{digest[:DIGITS]}"

    def recorded(self, username: str) -> str:
        """Return what a person is called in the database."""
        return username if self._names == "names" else self.pseudonym(username)

    def settle(self, database: sqlite3.Connection) -> None:
        """Turn names that were recorded before pseudonyms were configured into these."""
        if self._names == "names":
            return
        with database:
            for row in database.execute("SELECT name FROM person").fetchall():
                if not is_pseudonym(row["name"]):
                    self.identify(database, row["name"])

    def identify(self, database: sqlite3.Connection, username: str) -> int:
        """Return a person's number, new if there is none.

        Somebody who was recorded by the other kind of name is found, and called as configured.
        """
        name = self.recorded(username)
        found = database.execute(
            "SELECT id, name FROM person WHERE name IN (?, ?) ORDER BY name <> ?",
            (username, self.pseudonym(username), name),
        ).fetchone()
        if found is None:
            made = database.execute("INSERT INTO person (name) VALUES (?)", (name,))
            return int(made.lastrowid or 0)
        if found["name"] != name:
            database.execute("UPDATE person SET name = ? WHERE id = ?", (name, found["id"]))
        return int(found["id"])


def is_pseudonym(name: str) -> bool:
    """Whether a name is one that `People.pseudonym` makes."""
    digits = name.removeprefix(PSEUDONYM)
    return (
        name.startswith(PSEUDONYM)
        and len(digits) == DIGITS
        and set(digits) <= set("0123456789abcdef")
    )
