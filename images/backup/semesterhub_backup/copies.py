"""Consistent copies of live databases."""

import contextlib
import os
import sqlite3
from pathlib import Path

# Where each database lives in the storage tree, and what its copy is called.
DATABASES = {"hub/jupyterhub.sqlite": "jupyterhub.sqlite", "uids/uids.sqlite": "uids.sqlite"}


def copy_databases(storage: Path, stage: Path) -> None:
    """Copy every database that is there by SQLite's own backup, which sees whole transactions."""
    for place, name in DATABASES.items():
        source = storage / place
        if source.is_file():
            copy_database(source, stage / name)


def copy_database(source: Path, target: Path) -> None:
    """Copy one database; the target is replaced when the copy is whole."""
    new = target.with_name(f".{target.name}.new")
    new.unlink(missing_ok=True)
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        contextlib.closing(sqlite3.connect(source, timeout=30)) as live,
        contextlib.closing(sqlite3.connect(new)) as copy,
    ):
        live.backup(copy)
        # One file without a log beside it.
        copy.execute("PRAGMA journal_mode=DELETE")
    new.replace(target)
