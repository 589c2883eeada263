"""The dumps that backups have, and whether they are the ones that this service wrote."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from semesterhub_database.connection import Connection
from semesterhub_database.settings import Settings

OWN = "dumped.sha256"
CLEAN = "clean"
PLACES = "places.json"
RESTORED = "restored"
"""Left by a restore of a backup (images/backup): its dumps, or that it has none, are what holds."""
MARK = "semesterhub"
"""The view by which a database of the campus's knows its course; no dump has it."""
# No column of a row tells of a change; PostgreSQL counts the rows that were written.
WRITTEN = (
    "SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database"
    " WHERE datname = current_database()"
)
# An extension and comments on it are the administrator's, and can't be restored by anybody else.
DUMP = ("--format=custom", "--no-comments", "--extension=plpgsql", f"--exclude-table={MARK}")


class Dumps:
    """Writes dumps. A dump by somebody else, which is one that was restored, is told apart."""

    def __init__(self, settings: Settings, databases: Mapping[str, Connection]) -> None:
        self._settings = settings
        self._databases = databases
        self._own = settings.data / OWN
        self._clean = settings.data / CLEAN
        self._places = settings.data / PLACES
        self._restored = settings.data / RESTORED
        self._written: dict[str, str] = {}

    def is_foreign(self, name: str) -> bool:
        """Whether what a dump has, or that there is none, takes the place of the data."""
        digest = _digest(self._settings.dump(name))
        return self._restored.exists() or (digest is not None and digest not in _lines(self._own))

    def have_all(self) -> bool:
        """Whether the dumps have everything: they were written at an orderly end."""
        digests = self._present()
        return bool(digests) and digests <= set(_lines(self._clean))

    def place_of(self, name: str, otherwise: str) -> str:
        """Tell where the database was that the dump is of."""
        known = json.loads(self._places.read_text("utf-8")) if self._places.exists() else {}
        return str(known.get(name, otherwise))

    def opened(self, places: Mapping[str, str]) -> None:
        """Note where the databases are, that they change, and that the dumps are their own."""
        self._clean.unlink(missing_ok=True)
        _write(self._places, json.dumps(dict(places)))
        _write(self._own, *sorted(self._present()))
        self._restored.unlink(missing_ok=True)

    def write_if_changed(self) -> None:
        """Write a dump of each database that changed since the last one."""
        for name, connection in self._databases.items():
            written = connection.query(WRITTEN)
            if written == self._written.get(name) and self._settings.dump(name).exists():
                continue
            self._write_one(name)
            self._written[name] = written

    @property
    def known(self) -> bool:
        """Whether this service wrote dumps before."""
        return self._own.exists()

    def write_all(self) -> None:
        """Write all dumps, changed or not: PostgreSQL counts rows some seconds late."""
        for name in self._databases:
            self._write_one(name)

    def write_last(self) -> None:
        """Write all dumps when nobody writes any more."""
        self.write_all()
        _write(self._clean, *sorted(self._present()))

    def script(self, name: str) -> str:
        """Write out a dump as SQL; nothing where there is none."""
        dump = self._settings.dump(name)
        return self._databases[name].script_of(str(dump)) if dump.exists() else ""

    def keep_aside(self, name: str, stamp: str) -> Path:
        """Write what a database has now where only a person looks for it; the last one stays."""
        for old in self._settings.data.glob(f"{name}-replaced-*.dump"):
            old.unlink()
        target = self._settings.data / f"{name}-replaced-{stamp}.dump"
        self._databases[name].run("pg_dump", *DUMP, f"--file={target}")
        return target

    def _write_one(self, name: str) -> None:
        target = self._settings.dump(name)
        new = target.with_suffix(".new")
        self._databases[name].run("pg_dump", *DUMP, f"--file={new}")
        with new.open("rb") as file:
            os.fsync(file.fileno())
        # Both are its own, whether it gets to the renaming or not.
        _write(self._own, *sorted(self._present() | {_digest(new) or ""}))
        new.rename(target)
        _write(self._own, *sorted(self._present()))

    def _present(self) -> set[str]:
        found = (_digest(self._settings.dump(name)) for name in self._databases)
        return {digest for digest in found if digest is not None}


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").split() if path.exists() else []


def _write(path: Path, *lines: str) -> None:
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
