"""The gradebook on PostgreSQL: waited for, and filled from the SQLite file before it."""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Base
from sqlalchemy import Engine, MetaData, create_engine, inspect, select
from sqlalchemy.exc import DBAPIError, OperationalError

log = logging.getLogger("grading")

WAIT_SECONDS = 120
PAUSE_SECONDS = 2
ROWS = 500
BESIDE = ("-wal", "-journal", "-shm")
"""What SQLite calls the files beside a database that belong to it."""


class GradebookError(RuntimeError):
    """The gradebook can't be used; the message says what to do."""


def await_server(url: str, seconds: float = WAIT_SECONDS) -> None:
    """Return when the server lets this service in."""
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
                    raise GradebookError(f"the gradebook's database: {said}") from error
                log.info("waiting for the gradebook's database")
                time.sleep(PAUSE_SECONDS)  # between two tries: nothing tells when it is there
    finally:
        engine.dispose()


def take_sqlite(file: Path, url: str, now: datetime | None = None) -> bool:
    """Fill an empty database from the gradebook's SQLite file; True if that was done.

    All or nothing. The file then gets another name, beside it, and is not opened again.
    """
    if not file.exists():
        return False
    target = create_engine(url)
    try:
        if inspect(target).get_table_names():
            log.warning("the gradebook's database has tables already: %s is left as it is", file)
            return False
        rows = _copy(file, target)
    except DBAPIError as error:
        # Without the statement, whose values are grades.
        [said, *_] = str(error.orig).strip().splitlines()
        raise GradebookError(
            f"the gradebook could not be moved to PostgreSQL, and nothing was: {said}. {file} is as"
            " it was; with database.kind: sqlite the course goes on with it."
        ) from None
    finally:
        target.dispose()
    moved = file.with_name(f"{file.stem}-moved-{now or datetime.now(UTC):%Y%m%dT%H%M%S}.db")
    for suffix in (*BESIDE, ""):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(f"{moved}{suffix}")
    log.warning(
        "moved %d rows of the gradebook to PostgreSQL; the file is %s now", rows, moved.name
    )
    return True


def _copy(file: Path, target: Engine) -> int:
    source = create_engine(f"sqlite:///{file}")
    known = MetaData()
    total = 0
    try:
        known.reflect(source)
        with source.connect() as reading, target.begin() as writing:
            # nbgrader's own know more of their types than SQLite does.
            Base.metadata.create_all(writing)
            others = [
                table for name, table in known.tables.items() if name not in Base.metadata.tables
            ]
            for table in others:
                table.create(writing)
            for table in (*Base.metadata.sorted_tables, *others):
                if table.name not in known.tables:
                    continue
                columns = [c for c in table.columns if c.name in known.tables[table.name].columns]
                for part in reading.execute(select(*columns)).mappings().partitions(ROWS):
                    writing.execute(table.insert(), [dict(row) for row in part])
                    total += len(part)
    finally:
        source.dispose()
    return total
