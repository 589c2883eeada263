"""Bring an older database up to this JupyterHub, after copying it; never touch a newer one."""

import logging
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import jupyterhub
from alembic.config import Config
from alembic.script import ScriptDirectory
from jupyterhub import dbutil
from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url

log = logging.getLogger("semesterhub.database")

COPIES_KEPT = 3
LOGS = ("-wal", "-journal", "-shm")
"""What SQLite calls the files beside a database that belong to it."""


class DatabaseError(RuntimeError):
    """The database can't be used; the message says what to do."""


class NewerDatabaseError(DatabaseError):
    """The database was made by a JupyterHub newer than this image's."""


def tune_sqlite() -> None:
    """Make SQLite commit without waiting for the disk, for every connection made from now on.

    JupyterHub commits a dozen times a start, in its one thread; with the default journal each of
    them waits for the disk, and a class that logs in waits with them. A write-ahead log stays
    consistent when the power fails; the last second's activity may be lost.
    """

    @event.listens_for(Engine, "connect")
    def on_connect(connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA busy_timeout=5000")


def prepare(url: str, now: datetime | None = None) -> None:
    """Upgrade the hub's database if it is older than this JupyterHub."""
    revision = _revision(url)
    scripts = _scripts()
    if revision is None or revision in scripts.get_heads():
        return
    if revision not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerDatabaseError(
            f"The hub's database has schema {revision}, which JupyterHub {jupyterhub.__version__}"
            " does not know: a newer JupyterHub made it. Deploy the newer image again, or put"
            " back the copy that was made before that upgrade (jupyterhub-*.sqlite beside it)."
        )
    path = sqlite_path(url)
    if path:
        _copy(path, now or datetime.now(UTC))
    log.warning("Upgrading the hub's database from schema %s", revision)
    dbutil.upgrade(url)


def move_aside(path: Path, now: datetime | None = None) -> None:
    """Give a database another name, so that another one can have its place; drop old copies.

    Its log goes with it, since a hub that was killed has its last changes there. No log is left,
    even of a database that is gone: the other would take it for its own.
    """
    if path.exists():
        stamp = f"{now or datetime.now(UTC):%Y%m%dT%H%M%S}"
        target = path.with_name(f"{path.stem}-replaced-{stamp}.sqlite")
        for suffix in (*LOGS, ""):
            file = path.with_name(path.name + suffix)
            if file.exists():
                file.rename(f"{target}{suffix}")
        # Its age is that of its last change, and it is the newest of the copies.
        target.touch()
        log.warning("Moved the hub's database to %s", target)
        _drop_old(path)
    for suffix in LOGS:
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _revision(url: str) -> str | None:
    """Read the schema's revision; None where there is no database yet."""
    path = sqlite_path(url)
    if path and not path.exists():
        return None
    engine = create_engine(url)
    try:
        if "alembic_version" not in inspect(engine).get_table_names():
            return None
        with engine.connect() as connection:
            row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
        return str(row[0]) if row else None
    finally:
        engine.dispose()


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", dbutil.ALEMBIC_DIR)
    return ScriptDirectory.from_config(config)


def sqlite_path(url: str) -> Path | None:
    """Return the file of a database of SQLite's; None for any other, or one in memory."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def _copy(path: Path, now: datetime) -> None:
    """Copy through SQLite, which gets a half-written transaction right, then drop old copies."""
    target = path.with_name(f"{path.stem}-{jupyterhub.__version__}-{now:%Y%m%dT%H%M%S}.sqlite")
    source = sqlite3.connect(path)
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    target.chmod(0o600)
    log.warning("Copied the hub's database to %s", target)
    _drop_old(path)


def _drop_old(path: Path) -> None:
    """Keep the newest copies of a database."""
    copies = sorted(
        path.parent.glob(f"{path.stem}-*.sqlite"), key=lambda each: each.stat().st_mtime
    )
    for old in copies[:-COPIES_KEPT]:
        for suffix in (*LOGS, ""):
            old.with_name(old.name + suffix).unlink(missing_ok=True)
