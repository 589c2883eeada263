"""Earlier versions for students: a list of them, and one of them put beside the present one.

A process of its own, which holds up no backup and is held up by none: it reads backups without a
lock, and the passphrase is where it is for backups, with restic alone.
"""

import dataclasses
import functools
import logging
import queue
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from semesterhub_backup.beside import Wanted, checked_name, put_beside
from semesterhub_backup.errors import BackupError, NotFoundError
from semesterhub_backup.history import History
from semesterhub_backup.mailbox import Asked, Mailbox, Person
from semesterhub_backup.manifest import FOLDER
from semesterhub_backup.opened import opened
from semesterhub_backup.progress import now
from semesterhub_backup.restic import PART, Restic, Snapshot
from semesterhub_backup.restic_says import NoRepositoryError
from semesterhub_backup.restore import safe_path
from semesterhub_backup.settings import HOMES, Settings
from semesterhub_backup.times import iso

log = logging.getLogger("backup")

LOOK_SECONDS = 0.5
PEOPLE_SECONDS = 15.0
TIDY_SECONDS = 300.0
RETRY_SECONDS = 60.0
# Of one backup that can't be taken in; then it is passed over.
MOST_FAILURES = 3
# Of restores that wait for their turn; each is one of another person.
MOST_WAITING = 20
# A student waits for it.
STALLED_SECONDS = 120
FAILED = (
    "The backups can't be read just now. Try again in a few minutes; if it stays so, tell the"
    " course's staff."
)


class Service:
    """Answers requests until it is told to stop."""

    def __init__(self, settings: Settings, mailbox: Path) -> None:
        self._settings = dataclasses.replace(settings, stalled_seconds=STALLED_SECONDS)
        self._mailbox = Mailbox(mailbox)
        self._folder = settings.work / "earlier"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._history = History(self._folder / "history.sqlite")
        self._restic = Restic(self._settings)
        self._index = _Index(self._settings, self._restic, self._history, self._folder / "index")
        self._restores: queue.Queue[tuple[Asked, Snapshot, Wanted] | None] = queue.Queue(
            MOST_WAITING
        )
        self._at_work: set[int] = set()
        self._people: dict[int, Person] = {}
        self._stopping = threading.Event()

    def run(self) -> int:
        """Look for requests, and take in new backups meanwhile."""
        signal.signal(signal.SIGTERM, lambda *_: self._stopping.set())
        self._mailbox.open()
        for work in (self._restore_all, self._take_in_all):
            threading.Thread(target=work, daemon=True).start()
        people, tidy = _Due(PEOPLE_SECONDS), _Due(TIDY_SECONDS)
        while not self._stopping.is_set():
            if people.is_now():
                _guarded(self._meet_people)
            if tidy.is_now():
                _guarded(self._mailbox.tidy)
            _guarded(self._look)
            self._stopping.wait(LOOK_SECONDS)
        return 0

    def _meet_people(self) -> None:
        self._people = read_people(self._settings.storage / "uids" / "uids.sqlite")
        self._mailbox.welcome(self._people)

    def _look(self) -> None:
        for asked in self._mailbox.look(self._people):
            # What one asks, however odd it is, keeps nobody else's answer back.
            _guarded(functools.partial(self._reply, asked))

    def _reply(self, asked: Asked) -> None:
        try:
            answer = self._deal_with(asked)
        except BackupError as error:
            answer = {"ok": False, "message": str(error)}
        except (sqlite3.Error, ValueError) as error:
            log.error("earlier versions: %s", error)  # noqa: TRY400 (it says all)
            answer = {"ok": False, "message": FAILED}
        if answer is not None:
            self._mailbox.answer(asked, answer)

    def _deal_with(self, asked: Asked) -> dict[str, Any] | None:
        """Answer a request; None: it is answered when it is done."""
        path = asked.request.get("path")
        if not isinstance(path, str):
            raise BackupError("Which file or folder? The request names none.")
        path = "." if path in {"", "."} else safe_path(path)
        if asked.request.get("do") == "list":
            return self._list(asked.person, path)
        if asked.request.get("do") != "restore":
            raise BackupError("The request is of another version. Restart your server.")
        snapshot = self._history.snapshot(str(asked.request.get("backup")))
        if snapshot is None:
            raise NotFoundError("That backup is not kept any more. Look at the list again.")
        wanted = Wanted(path, checked_name(asked.request.get("name")))
        if asked.person.uid in self._at_work:
            raise BackupError("Another version is on its way already. Wait until it is there.")
        try:
            self._restores.put_nowait((asked, snapshot, wanted))
        except queue.Full:
            raise BackupError(
                "Many ask for earlier versions at the moment. Try again in a minute."
            ) from None
        self._at_work.add(asked.person.uid)
        return None

    def _list(self, person: Person, path: str) -> dict[str, Any]:
        states = self._history.states(person.slug, path)
        is_folder = path == "." or any(state.kind == FOLDER for state in states)
        names = self._history.names(person.slug, path) if is_folder else []
        return {
            "ok": True,
            "complete": self._index.is_complete,
            "states": [
                {
                    "kind": each.kind,
                    "files": each.files,
                    "bytes": each.bytes,
                    "first": iso(each.first),
                    "last": iso(each.newest.time),
                    "backup": each.newest.id,
                }
                for each in states
            ],
            "names": [
                {"name": each.name, "kind": each.kind, "last": iso(each.last)} for each in names
            ],
        }

    def _take_in_all(self) -> None:
        """Bring the history up to date, whatever else is asked meanwhile."""
        while not self._stopping.wait(LOOK_SECONDS):
            _guarded(self._index.go_on)

    def _restore_all(self) -> None:
        """Put one after the other in its place."""
        while (work := self._restores.get()) is not None:
            asked = work[0]
            try:
                answer = self._restore(*work)
            except BackupError as error:
                log.warning("earlier versions: nothing for %s: %s", asked.person.slug, error)
                answer = {"ok": False, "message": _for_students(error)}
            except (OSError, MemoryError, ValueError):
                log.exception("earlier versions: nothing for %s", asked.person.slug)
                answer = {"ok": False, "message": FAILED}
            finally:
                self._at_work.discard(asked.person.uid)
            _guarded(functools.partial(self._mailbox.answer, asked, answer))

    def _restore(self, asked: Asked, snapshot: Snapshot, wanted: Wanted) -> dict[str, Any]:
        with opened(self._restic, snapshot, self._folder / "staging") as backup:
            came = put_beside(self._settings, asked.person, backup, wanted)
        log.info(
            "earlier versions: %s took back %s as of %s: %d files, %d bytes",
            *(asked.person.slug, ascii(wanted.path), iso(snapshot.time), came.files, came.bytes),
        )
        return {"ok": True, "name": came.name}


class _Index:
    """Takes new backups into the history, one after the other."""

    def __init__(self, settings: Settings, restic: Restic, history: History, folder: Path) -> None:
        self._newest = settings.work / "parent"
        self._restic = restic
        self._history = history
        self._folder = folder
        self._seen: str | None = None
        self._missing: list[Snapshot] = []
        self._failures: Counter[str] = Counter()
        self._retry = _Due(RETRY_SECONDS)

    @property
    def is_complete(self) -> bool:
        """Tell whether all backups are in the history."""
        return self._seen is not None and not self._missing

    def go_on(self) -> None:
        """Take in one more backup, if there is one."""
        # A run notes there what it stored last.
        newest = self._newest.read_text(encoding="ascii") if self._newest.exists() else ""
        if newest != self._seen and self._retry.is_now():
            new = self._history.missing(self._stored(), now())
            self._missing = [each for each in new if self._failures[each.id] < MOST_FAILURES]
            self._seen, self._retry = newest, _Due(RETRY_SECONDS)
        if not self._missing:
            return
        snapshot = self._missing[0]
        try:
            with opened(self._restic, snapshot, self._folder) as backup:
                self._history.take(snapshot, backup.manifests(HOMES))
        except (BackupError, OSError, ValueError, sqlite3.Error) as error:
            # It may be gone since, or damaged: the others go on without it.
            self._failures[snapshot.id] += 1
            self._seen, self._missing = None, []
            self._retry.is_now()
            damaged = isinstance(error, sqlite3.DatabaseError)
            if damaged and not isinstance(error, sqlite3.OperationalError):
                self._history.begin_anew()
            raise
        self._missing.pop(0)

    def _stored(self) -> list[Snapshot]:
        try:
            stored = self._restic.snapshots(locked=False)
        except NoRepositoryError:
            return []
        return [each for each in stored if PART not in each.tags]


class _Due:
    """Something to be done at once, and then every so many seconds."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._next = 0.0

    def is_now(self) -> bool:
        """Tell whether it is to be done."""
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + self._every
        return True


def read_people(table: Path) -> dict[int, Person]:
    """Read whose UID is whose."""
    if not table.exists():
        return {}
    with closing(sqlite3.connect(f"file:{table}?mode=ro", uri=True, timeout=10)) as db:
        rows = db.execute("SELECT uid, slug FROM people").fetchall()
    return {int(uid): Person(int(uid), str(slug)) for uid, slug in rows}


def _guarded(act: Callable[[], None]) -> None:
    """Do something; what goes wrong is logged, and the next look comes."""
    try:
        act()
    except (BackupError, OSError, ValueError, sqlite3.Error) as error:
        log.error("earlier versions: %s", error)  # noqa: TRY400 (it says all)


def _for_students(error: BackupError) -> str:
    """Say what a student can act on; what restic says is for the log."""
    return FAILED if type(error) is BackupError else str(error)
