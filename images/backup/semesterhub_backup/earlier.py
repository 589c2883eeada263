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
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from semesterhub_backup.beside import Wanted, checked_name, put_beside
from semesterhub_backup.errors import BackupError, NotFoundError, RefusedError
from semesterhub_backup.gather import NOBODYS
from semesterhub_backup.history import History
from semesterhub_backup.index import Index
from semesterhub_backup.mailbox import Asked, Mailbox, Person
from semesterhub_backup.manifest import FOLDER
from semesterhub_backup.opened import opened
from semesterhub_backup.restic import Restic, Snapshot
from semesterhub_backup.restic_says import NoRepositoryError
from semesterhub_backup.restore import safe_path
from semesterhub_backup.settings import Settings
from semesterhub_backup.times import iso
from semesterhub_backup.turns import Due, Rests

log = logging.getLogger("backup")

LOOK_SECONDS = 0.5
PEOPLE_SECONDS = 15.0
TIDY_SECONDS = 300.0
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
        self._index = Index(self._settings, self._restic, self._history, self._folder / "index")
        self._restores: queue.Queue[tuple[Asked, Snapshot, Wanted]] = queue.Queue(MOST_WAITING)
        self._at_work: set[int] = set()
        self._lists, self._comings = Rests(free=0.1, factor=5), Rests(free=10, factor=2)
        self._people: dict[int, Person] = {}
        self._stopping = threading.Event()

    def run(self) -> int:
        """Look for requests, and take in new backups meanwhile."""
        signal.signal(signal.SIGTERM, lambda *_: self._stopping.set())
        self._mailbox.open()
        works = (self._restore_all, self._take_in_all)
        threads = [threading.Thread(target=work, daemon=True) for work in works]
        for thread in threads:
            thread.start()
        people, tidy = Due(PEOPLE_SECONDS), Due(TIDY_SECONDS)
        while not self._stopping.is_set():
            if not all(thread.is_alive() for thread in threads):
                return 1  # it logged why; the container's loop starts this anew
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
        # As it is: a folder called "~" is a folder too, though people type it for the home.
        below = path if path.startswith("/") else f"./{path}"
        path = "." if path in {"", "."} else safe_path(below)
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
        self._comings.check(asked.person.uid)
        if self._restores.full():
            raise BackupError("Many ask for earlier versions at the moment. Try again in a minute.")
        # First, since it may be done at once. Nobody else puts anything into the queue.
        self._at_work.add(asked.person.uid)
        self._restores.put((asked, snapshot, wanted))
        return None

    def _list(self, person: Person, path: str) -> dict[str, Any]:
        with self._lists.counted(person.uid):
            return self._listed(person, path)

    def _listed(self, person: Person, path: str) -> dict[str, Any]:
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
        while True:
            asked, snapshot, wanted = self._restores.get()
            try:
                answer = self._restore(asked, snapshot, wanted)
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
        with (
            self._comings.counted(asked.person.uid),
            opened(self._restic, snapshot, self._folder / "staging") as backup,
        ):
            came = put_beside(self._settings, asked.person, backup, wanted)
        log.info(
            "earlier versions: %s took back %s as of %s: %d files, %d bytes",
            *(asked.person.slug, ascii(wanted.path), iso(snapshot.time), came.files, came.bytes),
        )
        return {"ok": True, "name": came.name}


def read_people(table: Path) -> dict[int, Person]:
    """Read whose UID is whose. Made-up students have no backups, and are gone soon."""
    if not table.exists():
        return {}
    with closing(sqlite3.connect(f"file:{table}?mode=ro", uri=True, timeout=10)) as db:
        rows = db.execute("SELECT uid, slug FROM people").fetchall()
    return {int(uid): Person(int(uid), slug) for uid, slug in rows if not NOBODYS.match(slug)}


def _guarded(act: Callable[[], None]) -> None:
    """Do something; what goes wrong is logged, and the next look comes."""
    try:
        act()
    except (BackupError, OSError, ValueError, MemoryError, sqlite3.Error) as error:
        log.error("earlier versions: %s", error)  # noqa: TRY400 (it says all)


def _for_students(error: BackupError) -> str:
    """Say what a student can act on; what restic says is for the log."""
    known = isinstance(error, (RefusedError, NotFoundError))
    return str(error) if known and not isinstance(error, NoRepositoryError) else FAILED
