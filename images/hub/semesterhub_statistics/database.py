"""The statistics' SQLite file: its tables, and how it is opened."""

import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

log = logging.getLogger("statistics")

SAMPLE_SECONDS = 300
"""The time that one row of `sample` stands for."""
ACTIVE_SECONDS = 600
"""Somebody is active whose last activity is no older: servers report theirs every five minutes."""
LOGS = ("-wal", "-shm", "-journal")

# Times are seconds since 1970, in UTC.
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS session (
  id INTEGER PRIMARY KEY,
  person INTEGER REFERENCES person,
  server TEXT NOT NULL,
  started INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  ended INTEGER,
  UNIQUE (person, server, started)
);
CREATE INDEX IF NOT EXISTS session_open ON session (ended) WHERE ended IS NULL;
CREATE TABLE IF NOT EXISTS active (
  person INTEGER NOT NULL REFERENCES person,
  began INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  PRIMARY KEY (person, began)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS start (
  id INTEGER PRIMARY KEY,
  person INTEGER REFERENCES person,
  began INTEGER NOT NULL,
  waited REAL NOT NULL,
  seconds REAL NOT NULL,
  result TEXT NOT NULL,
  reason TEXT NOT NULL,
  UNIQUE (person, began)
);
CREATE INDEX IF NOT EXISTS start_began ON start (began);
CREATE TABLE IF NOT EXISTS sample (
  time INTEGER PRIMARY KEY,
  running INTEGER NOT NULL,
  active INTEGER NOT NULL,
  machines INTEGER,
  memory_machines INTEGER,
  memory_promised INTEGER,
  memory_used INTEGER,
  memory_total INTEGER,
  disk_used INTEGER,
  disk_total INTEGER
);
CREATE TABLE IF NOT EXISTS rehearsal (
  began INTEGER PRIMARY KEY,
  students INTEGER NOT NULL,
  minutes REAL NOT NULL,
  servers INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  submitted INTEGER NOT NULL,
  slowest_start REAL NOT NULL,
  reached TEXT NOT NULL,
  report TEXT NOT NULL
);
CREATE VIEW IF NOT EXISTS activity (date, user, active) AS
  SELECT datetime(sample.time, 'unixepoch'), person.name, EXISTS (
    SELECT 1 FROM active WHERE active.person = person.id
      AND active.began < sample.time + {SAMPLE_SECONDS} AND active.ended >= sample.time
  )
  FROM sample CROSS JOIN person;
"""  # noqa: S608 (a number of ours)


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open the database, made if there is none; one that is damaged is put aside."""
    try:
        return _open(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        aside = f"{path.stem}-damaged-{datetime.now(UTC):%Y%m%dT%H%M%S}.sqlite"
        message = f"The database is damaged: {error}. It is {aside} now; a new one begins"
        log.error(message)  # noqa: TRY400 (it says all)
        move(path, path.with_name(aside))
        return _open(path)


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open the database for one reader."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    connection.row_factory = sqlite3.Row
    return connection


def copy(path: Path, target: Path) -> None:
    """Copy the database as of one moment into one file without a log."""
    target.unlink(missing_ok=True)
    source = open_to_read(path)
    made = sqlite3.connect(target)
    try:
        source.backup(made)
        made.execute("PRAGMA journal_mode=DELETE")
    finally:
        made.close()
        source.close()


def move(path: Path, target: Path) -> None:
    """Move a database, with its log."""
    for suffix in (*LOGS, ""):
        file = path.with_name(path.name + suffix)
        if file.exists():
            file.rename(target.with_name(target.name + suffix))


def _open(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=5, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        _check(connection)
        connection.executescript(SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    [found] = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(str(found).splitlines()[-1])
