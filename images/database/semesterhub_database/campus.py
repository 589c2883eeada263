"""Databases on a server of the campus's: claimed for this course, filled, dumped.

There is no superuser here: a role makes, reads and removes what is its own.
"""

import logging
import secrets
import time
from datetime import UTC, datetime

from semesterhub_database.connection import Connection, remote
from semesterhub_database.dumps import MARK, Dumps
from semesterhub_database.examine import Found, UnreachableError, complaints, look
from semesterhub_database.settings import DatabaseError, Place, Settings

log = logging.getLogger("database")

WAIT_SECONDS = 300
PAUSE_SECONDS = 5
OURS = "own"
# With the dump that follows it is one transaction: whoever looks meanwhile waits, or sees the old.
EMPTY = f"""
SET lock_timeout = '60s';
DO $$
DECLARE one record;
BEGIN
  FOR one IN SELECT oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relowner = quote_ident(current_user)::regrole
      AND relkind IN ('r', 'p')
  LOOP EXECUTE format('DROP TABLE %s CASCADE', one.name); END LOOP;
  FOR one IN SELECT oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relowner = quote_ident(current_user)::regrole
      AND relkind = 'S'
  LOOP EXECUTE format('DROP SEQUENCE %s', one.name); END LOOP;
  FOR one IN SELECT oid::regclass AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relowner = quote_ident(current_user)::regrole
      AND relkind = 'v' AND relname <> '{MARK}'
  LOOP EXECUTE format('DROP VIEW %s', one.name); END LOOP;
  FOR one IN SELECT oid::regtype AS name FROM pg_type
    WHERE typnamespace = 'public'::regnamespace AND typowner = quote_ident(current_user)::regrole
      AND typtype = 'e'
  LOOP EXECUTE format('DROP TYPE %s', one.name); END LOOP;
END $$;
"""  # noqa: S608 (a name of ours)


class Campus:
    """The databases, each opened by its own role."""

    runs = True

    def __init__(self, settings: Settings, wait_seconds: float = WAIT_SECONDS) -> None:
        self._settings = settings
        self._wait = wait_seconds
        self._connections = {place.name: remote(place) for place in settings.places}
        self._dumps = Dumps(settings, self._connections)

    @property
    def dumps(self) -> Dumps:
        """Their dumps."""
        return self._dumps

    def open(self) -> None:
        """Look at them, and fill those that are empty, or that a restored dump replaces."""
        found = {place.name: self._look(place) for place in self._settings.places}
        problems = [
            line
            for place in self._settings.places
            for line in complaints(place, found[place.name], self._settings)
        ]
        if problems:
            raise DatabaseError("\n".join(problems))
        ids = {name: self._open_one(name, found[name]) for name in self._connections}
        self._dumps.opened(ids)

    def close(self) -> None:
        """Write the last dumps."""
        self._dumps.write_all()

    def _look(self, place: Place) -> Found:
        """Look at a database; a server that is away may come back soon."""
        deadline = time.monotonic() + self._wait
        while True:
            try:
                return look(place)
            except UnreachableError as error:
                if time.monotonic() > deadline:
                    raise
                log.warning("%s", error)
                time.sleep(PAUSE_SECONDS)  # between two looks: a server that is away tells nobody

    def _open_one(self, name: str, found: Found) -> str:
        """Claim a database, and let it have what the dump has where that is what holds."""
        connection = self._connections[name]
        identity = found.identity or self._claim(connection)
        before = self._dumps.place_of(name, OURS if self._dumps.known else identity)
        restored = self._dumps.is_foreign(name)
        script = self._dumps.script(name)
        if found.tables == 0:
            if script:
                connection.query(script, "--single-transaction")
                log.warning("filled the empty database %s from its dump", name)
        elif restored or (before != identity and script):
            stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
            kept = self._dumps.keep_aside(name, stamp)
            connection.query(EMPTY + script, "--single-transaction")
            log.warning("another dump was put in place: what %s had is in %s", name, kept.name)
        return identity

    def _claim(self, connection: Connection) -> str:
        """Leave the course's name, and a number that tells this database from others, in it."""
        identity = secrets.token_hex(8)
        course = self._settings.course.replace("'", "''")
        columns = f"'{course}'::text AS course, '{identity}'::text AS id"
        connection.query(f"CREATE VIEW public.{MARK} AS SELECT {columns}")
        return identity
