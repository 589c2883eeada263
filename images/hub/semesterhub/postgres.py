"""The hub's database on PostgreSQL: waited for, and filled from the SQLite file before it."""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path

from jupyterhub import orm
from sqlalchemy import Engine, MetaData, create_engine, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from semesterhub import database, gradebook_link, guests, lms_members, people  # noqa: F401 (their tables)

log = logging.getLogger("semesterhub.postgres")

WAIT_SECONDS = 120
ROWS = 500
TABLES = orm.Base.metadata
"""The hub's tables with the types that they have in its code, of which SQLite knows few."""


class NoDatabaseError(database.DatabaseError):
    """The server does not answer, or does not let the hub in."""


class NotMovedError(database.DatabaseError):
    """The SQLite file could not be moved; nothing was, and the file is as it was."""


def is_postgres(url: str) -> bool:
    """Whether this is a database of PostgreSQL's."""
    return make_url(url).get_backend_name() == "postgresql"


def await_server(url: str, seconds: float = WAIT_SECONDS) -> None:
    """Return when the server lets the hub in."""
    engine = create_engine(url)
    deadline = time.monotonic() + seconds
    try:
        while True:
            try:
                with engine.connect():
                    return
            except OperationalError as error:
                if time.monotonic() > deadline:
                    said = "; ".join(str(error.orig).strip().splitlines())
                    raise NoDatabaseError(f"The hub's database does not answer: {said}") from error
                log.info("Waiting for the database")
                time.sleep(2)  # between two tries: nothing tells when it is there
    finally:
        engine.dispose()


def take_sqlite(file: Path, url: str, now: datetime | None = None) -> bool:
    """Fill an empty database from the hub's SQLite file; True if that was done.

    All or nothing. The file then gets another name, beside it, and is not opened again.
    """
    if not file.exists():
        return False
    target = create_engine(url)
    try:
        if inspect(target).get_table_names():
            log.warning("The database has tables already: %s is left as it is", file)
            return False
        database.prepare(f"sqlite:///{file}")
        rows = _copy(file, target)
    except DBAPIError as error:
        # Without the statement, whose values are hashes of tokens and what is known of people.
        [said, *_] = str(error.orig).strip().splitlines()
        raise NotMovedError(
            f"The hub's database could not be moved to PostgreSQL, and nothing was: {said}. {file}"
            " is as it was; with database.kind: sqlite the course goes on with it."
        ) from None
    finally:
        target.dispose()
    moved = file.with_name(f"{file.stem}-moved-{now or datetime.now(UTC):%Y%m%dT%H%M%S}.sqlite")
    for suffix in (*database.LOGS, ""):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(f"{moved}{suffix}")
    log.warning("Moved %d rows from SQLite to PostgreSQL; the file is %s now", rows, moved.name)
    return True


def _copy(file: Path, target: Engine) -> int:
    source = create_engine(f"sqlite:///{file}")
    known = MetaData()
    total = 0
    try:
        known.reflect(source)
        with source.connect() as reading, target.begin() as writing:
            TABLES.create_all(writing)
            others = [name for name in known.tables if name not in TABLES.tables]
            for name in others:
                known.tables[name].create(writing)
            for table in (*TABLES.sorted_tables, *(known.tables[n] for n in others)):
                if table.name not in known.tables:
                    continue
                columns = [c for c in table.columns if c.name in known.tables[table.name].columns]
                for part in reading.execute(select(*columns)).mappings().partitions(ROWS):
                    writing.execute(table.insert(), [dict(row) for row in part])
                    total += len(part)
            _set_sequences(writing)
    finally:
        source.dispose()
    return total


def _set_sequences(connection) -> None:  # noqa: ANN001 (a Connection)
    """Let the next row that is made have a number that no copied one has."""
    found = connection.execute(
        text(
            "SELECT table_name, column_name,"
            " pg_get_serial_sequence(quote_ident(table_name), column_name) AS sequence"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        )
    )
    for table, column, sequence in found.all():
        if sequence:
            largest = f'(SELECT COALESCE(MAX("{column}"), 0) + 1 FROM "{table}")'  # noqa: S608 (names of our own)
            connection.execute(text(f"SELECT setval('{sequence}', {largest}, false)"))
