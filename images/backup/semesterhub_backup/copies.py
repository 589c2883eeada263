"""Consistent copies of live databases."""

import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

# Where each database lives in the storage tree, and what its copy is called.
DATABASES = {
    "hub/jupyterhub.sqlite": "jupyterhub.sqlite",
    "uids/uids.sqlite": "uids.sqlite",
    "statistics/statistics.sqlite": "statistics.sqlite",
    # What the tree `grading` has of it may be half a transaction; a restore puts this over it.
    "grading/gradebook.db": "gradebook.sqlite",
}
DAMAGED = ".damaged"
# What took a database's place when the course moved to PostgreSQL.
DUMPED = {
    "hub/jupyterhub.sqlite": "dumps/hub.dump",
    "grading/gradebook.db": "dumps/gradebook.dump",
}


def copy_databases(storage: Path, folder: Path) -> dict[str, str]:
    """Copy every database that is there by SQLite's own backup, which sees whole transactions.

    Returns why one could not be copied, by its place. It is kept as it is then, beside the last
    copy that was good.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    problems = {}
    for place, name in DATABASES.items():
        source, target = storage / place, folder / name
        if not source.is_file():
            # A restore would put a copy of long ago beside the dump.
            if place in DUMPED and (storage / DUMPED[place]).is_file():
                target.unlink(missing_ok=True)
            continue
        damaged = target.with_name(f"{name}{DAMAGED}")
        try:
            copy_database(source, target)
        except sqlite3.DatabaseError as error:
            shutil.copyfile(source, damaged)
            damaged.chmod(0o600)
            problems[place] = f"the database can't be read ({error}); it is kept as it is"
        else:
            damaged.unlink(missing_ok=True)
    return problems


def copy_database(source: Path, target: Path) -> None:
    """Copy one database; the target is replaced when the copy is whole."""
    new = target.with_name(f".{target.name}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            contextlib.closing(sqlite3.connect(source, timeout=30)) as live,
            contextlib.closing(sqlite3.connect(new)) as copy,
        ):
            live.backup(copy)
            # One file without a log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
            (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(str(found).splitlines()[-1])
        if target.exists() and target.read_bytes() == new.read_bytes():
            return
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)
