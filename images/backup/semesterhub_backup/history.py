"""Which states every path of the homes has had, by backup: so that a list of them is quick.

An index of the manifests in the backups, one row for each content that a path had. It can be thrown
away at any time: it is made again from the backups.
"""

import bisect
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from semesterhub_backup.manifest import FILE, FOLDER, HARD, LINK, Item, read_items
from semesterhub_backup.restic import Snapshot
from semesterhub_backup.times import SKEW

VERSION = 1
# Some 150,000 files. What has more would fill the container's memory beside a backup that runs.
LARGEST_MANIFEST = 32 * 2**20
# Of a home, some 50 MB: who makes ever new files by the thousand loses the oldest of them first.
MOST_ROWS = 300_000
MOST_STATES = 200
MOST_NAMES = 1000
# Backups are numbered as they are taken in: a clock may once have been ahead. A content is in the
# backups from the one numbered `first` to the one before `ended`; NULL: the newest still has it.
SCHEMA = f"""
CREATE TABLE backup (
  number INTEGER PRIMARY KEY, snapshot TEXT UNIQUE NOT NULL, time INTEGER NOT NULL);
CREATE TABLE home (home TEXT PRIMARY KEY, stamp TEXT NOT NULL);
CREATE TABLE content (
  home TEXT NOT NULL, path BLOB NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL,
  size INTEGER NOT NULL, first INTEGER NOT NULL, ended INTEGER);
CREATE INDEX content_path ON content (home, path);
PRAGMA user_version = {VERSION};
"""
_SHOWN = {FILE, FOLDER, LINK}


@dataclass(frozen=True)
class State:
    """What a path was, in one backup or in several one after the other."""

    kind: str
    files: int
    bytes: int
    first: datetime
    """The oldest backup that is kept and has it."""
    newest: Snapshot
    """The newest one."""


@dataclass(frozen=True)
class Name:
    """A name in a folder, and the newest backup that has it."""

    name: str
    kind: str
    last: datetime


class History:
    """The index, in a file that nobody else opens; for several threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.RLock()
        self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        """Open it; what is damaged or of another version is made anew."""
        with suppress(sqlite3.DatabaseError):
            db = sqlite3.connect(self._file, check_same_thread=False)
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version == VERSION:
                return db
            db.close()
        self._remove()
        db = sqlite3.connect(self._file, check_same_thread=False)
        db.executescript(SCHEMA)
        return db

    def begin_anew(self) -> None:
        """Forget all of it."""
        with self._lock:
            self._db.close()
            self._remove()
            self._db = self._open()

    def _remove(self) -> None:
        # With what a killed process left of a change: it would be taken for one of the new file's.
        for path in (self._file, self._file.with_name(f"{self._file.name}-journal")):
            path.unlink(missing_ok=True)

    def missing(self, stored: Iterable[Snapshot], now: datetime) -> list[Snapshot]:
        """Tell which backups are to be taken in, oldest first; those that are gone leave it."""
        present = {each.id: each for each in stored}
        with self._lock:
            select = "SELECT snapshot FROM backup ORDER BY number"
            known = [row[0] for row in self._db.execute(select)]
            if known and known[-1] not in present:
                # Not the backups that it was made from: the next can't be compared with its last.
                self.begin_anew()
                known = []
            self._forget([each for each in known if each not in present])
        newest = present[known[-1]].time if known else None
        # One that could not be read in its turn is passed over; but the clock may have been ahead
        # when the last was made.
        since = newest if newest is not None and newest <= now + SKEW else None
        new = [each for each in present.values() if each.id not in set(known)]
        new = [each for each in new if since is None or each.time >= since]
        return sorted(new, key=lambda each: each.time)

    def _forget(self, snapshots: list[str]) -> None:
        if not snapshots:
            return
        with self._db as db:
            gone = [(each,) for each in snapshots]
            db.executemany("DELETE FROM backup WHERE snapshot = ?", gone)
            db.execute(
                "DELETE FROM content WHERE NOT EXISTS (SELECT 1 FROM backup WHERE"
                " number >= first AND (ended IS NULL OR number < ended))"
            )

    def take(self, snapshot: Snapshot, manifests: Mapping[str, Path]) -> None:
        """Take in a backup, by the manifest of each home; all of it or nothing."""
        with self._lock, self._db as db:
            moment = int(snapshot.time.timestamp())
            insert = "INSERT INTO backup (snapshot, time) VALUES (?, ?)"
            number = db.execute(insert, (snapshot.id, moment)).lastrowid
            stamps = dict(db.execute("SELECT home, stamp FROM home").fetchall())
            for home, file in manifests.items():
                status = file.stat()
                if status.st_size > LARGEST_MANIFEST:
                    continue
                stamp = f"{status.st_mtime_ns} {status.st_size}"
                if stamps.pop(home, None) != stamp:
                    with file.open("rb") as lines:
                        self._take_home(home, number or 0, read_items(lines))
                    db.execute("INSERT OR REPLACE INTO home VALUES (?, ?)", (home, stamp))
            for home in stamps:
                open_rows = "UPDATE content SET ended = ? WHERE home = ? AND ended IS NULL"
                db.execute(open_rows, (number, home))
                db.execute("DELETE FROM home WHERE home = ?", (home,))

    def _take_home(self, home: str, number: int, items: Iterable[Item]) -> None:
        """Compare a home with how it was: what is another ends, what is new begins."""
        select = (
            "SELECT path, rowid, kind, digest, size FROM content WHERE home = ? AND ended IS NULL"
        )
        before = {row[0]: (row[1], row[2:]) for row in self._db.execute(select, (home,))}
        new = []
        for path, fact in _facts(items):
            was = before.get(path)
            if was is not None and was[1] == fact:
                del before[path]
            else:
                new.append((home, path, *fact, number))
        ended = [(number, rowid) for rowid, _ in before.values()]
        self._db.executemany("UPDATE content SET ended = ? WHERE rowid = ?", ended)
        insert = "INSERT INTO content VALUES (?, ?, ?, ?, ?, ?, NULL)"
        self._db.executemany(insert, new)
        count = "SELECT COUNT(*) FROM content WHERE home = ?"
        ((rows,),) = self._db.execute(count, (home,))
        if rows > MOST_ROWS:
            self._db.execute(
                "DELETE FROM content WHERE rowid IN (SELECT rowid FROM content WHERE home = ?"
                " AND ended IS NOT NULL ORDER BY ended LIMIT ?)",
                (home, rows - MOST_ROWS),
            )

    def snapshot(self, name: str) -> Snapshot | None:
        """Find a backup by its id."""
        select = "SELECT snapshot, time FROM backup WHERE snapshot = ?"
        with self._lock:
            row = self._db.execute(select, (name,)).fetchone()
        return None if row is None else Snapshot(row[0], datetime.fromtimestamp(row[1], UTC), ())

    def states(self, home: str, path: str) -> list[State]:
        """List the states of a path, the newest first."""
        select = "SELECT kind, size, first, ended FROM content WHERE home = ? AND path = ?"
        found: list[State] = []
        with self._lock:
            backups = self._backups()
            rows = self._db.execute(select, (home, os.fsencode(path))).fetchall()
            for kind, size, first, ended in rows:
                if kind == FOLDER:
                    found += self._states_of_folder(home, path, first, ended, backups)
                elif kind in _SHOWN and (kept := backups.between(first, ended)):
                    found.append(State(kind, 1, size, kept[0].time, kept[1]))
        found.sort(key=lambda each: (each.newest.time, each.first), reverse=True)
        return found[:MOST_STATES]

    def _states_of_folder(
        self, home: str, path: str, first: int, ended: int | None, backups: "_Backups"
    ) -> Iterator[State]:
        """Cut a folder's time wherever anything in it became another."""
        changes: dict[int, list[int]] = {first: [0, 0]}
        low, high = _below(path)
        select = (
            "SELECT kind, size, first, ended FROM content"
            " WHERE home = ? AND path > ? AND path < ? AND path != X'2E'"
        )
        for kind, size, begin, end in self._db.execute(select, (home, low, high)):
            for at, sign in ((begin, 1), (end, -1)):
                if at is not None and (ended is None or at < ended):
                    change = changes.setdefault(max(at, first), [0, 0])
                    change[0] += sign * (kind == FILE)
                    change[1] += sign * size
        files = total = 0
        moments = sorted(changes)
        for begin, end in zip(moments, [*moments[1:], ended], strict=True):
            files, total = files + changes[begin][0], total + changes[begin][1]
            if kept := backups.between(begin, end):
                yield State(FOLDER, files, total, kept[0].time, kept[1])

    def names(self, home: str, path: str) -> list[Name]:
        """List the names that a folder has had, those that are there still or were last first."""
        low, high = _below(path)
        select = (
            "SELECT path, kind, MAX(COALESCE(ended, 1 << 62)) AS last FROM content"
            " WHERE home = ? AND path > ? AND path < ? AND path != X'2E'"
            " AND instr(substr(path, ?), X'2F') = 0 GROUP BY path ORDER BY last DESC, path"
        )
        with self._lock:
            backups = self._backups()
            rows = self._db.execute(select, (home, low, high, len(low) + 1)).fetchall()
        found: list[Name] = []
        for encoded, kind, last in rows:
            kept = backups.between(0, last)
            try:
                name = encoded[len(low) :].decode("utf-8")
            except UnicodeDecodeError:
                continue  # JupyterLab can't show it
            if kept and kind in _SHOWN:
                found.append(Name(name, kind, kept[1].time))
            if len(found) == MOST_NAMES:
                break
        return found

    def _backups(self) -> "_Backups":
        select = "SELECT number, snapshot, time FROM backup ORDER BY number"
        return _Backups(self._db.execute(select).fetchall())


class _Backups:
    """The backups that are kept, by number."""

    def __init__(self, rows: list[tuple[int, str, int]]) -> None:
        self._numbers = [row[0] for row in rows]
        self._snapshots = [
            Snapshot(name, datetime.fromtimestamp(moment, UTC), ()) for _, name, moment in rows
        ]

    def between(self, first: int, ended: int | None) -> tuple[Snapshot, Snapshot] | None:
        """Give the oldest and the newest of a span; None: none of them is kept."""
        begin = bisect.bisect_left(self._numbers, first)
        end = len(self._numbers) if ended is None else bisect.bisect_left(self._numbers, ended)
        return (self._snapshots[begin], self._snapshots[end - 1]) if begin < end else None


def _below(path: str) -> tuple[bytes, bytes]:
    """Between which two paths everything is that is below one."""
    if path == ".":
        return b"", b"\xff" * 8
    encoded = os.fsencode(path)
    return encoded + b"/", encoded + b"0"  # which follows the slash


def _facts(items: Iterable[Item]) -> Iterator[tuple[bytes, tuple[str, str, int]]]:
    """Say of each path what tells one content from another; a further name has its file's."""
    files: dict[str, tuple[str, str, int]] = {}
    for item in items:
        fact = (item.kind, item.target if item.kind == LINK else item.digest, item.size)
        if item.kind == FILE:
            files[item.path] = fact
        elif item.kind == HARD:
            fact = files.get(item.target, fact)
        digest = fact[1].encode("utf-8", "backslashreplace").decode()
        yield os.fsencode(item.path), (fact[0], digest, fact[2])
