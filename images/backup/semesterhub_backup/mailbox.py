"""Where students' servers ask for earlier versions, and are answered.

A request is a file in a folder of the exchange, as what is handed in is: its owner's UID, which the
kernel keeps, says who asks, and nothing in it does. Answers are in a folder of the asker's alone.
All of it is hostile input: nothing is opened but small plain files, and no link is followed.
"""

import json
import logging
import os
import re
import stat
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger("backup")

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
SOURCE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
TICKET = re.compile(r"[0-9a-f]{32}")
LARGEST = 8192
AT_ONCE = 20_000
MOST_OF_A_PERSON = 4
# A request that nobody waits for any more, such as one that came back from a backup. The clock of a
# file server differs from this machine's.
STALE_SECONDS = 600
# So long what can't be read may be on its way from a node.
WRITTEN_SECONDS = 10
# An answer that nobody has fetched.
KEPT_SECONDS = 900
# Of a person, the newest: answers are root's, and count for no student's share of the disk.
MOST_ANSWERS = 8
BUSY = "One request at a time: wait for the answer to the last one."


@dataclass(frozen=True)
class Person:
    """Somebody with a home."""

    uid: int
    slug: str


@dataclass(frozen=True)
class Asked:
    """A request."""

    person: Person
    ticket: str
    request: dict[str, Any]


class Mailbox:
    """The folder of one course."""

    def __init__(self, folder: Path) -> None:
        self._asked = folder / "asked"
        self._answers = folder / "answers"
        self._people: list[Person] = []

    def open(self) -> None:
        """Make the folders. In the one anybody can put a file and see none."""
        for path, mode in (
            (self._asked.parent, 0o755),
            (self._asked, 0o1733),
            (self._answers, 0o711),
        ):
            path.mkdir(exist_ok=True)
            path.chmod(mode)

    def welcome(self, people: Mapping[int, Person]) -> None:
        """Give everybody a folder for answers, before it is looked for."""
        self._people = list(people.values())
        for person in self._people:
            folder = self._answers / person.slug
            folder.mkdir(exist_ok=True, mode=0o700)
            # Also where it was there: a machine may have died before it was theirs.
            status = folder.stat()
            if (status.st_gid, stat.S_IMODE(status.st_mode)) != (person.uid, 0o750):
                os.chown(folder, -1, person.uid)
                folder.chmod(0o750)

    def look(self, people: Mapping[int, Person]) -> list[Asked]:
        """Take the requests that are there, at most one of a person."""
        found: dict[int, Asked] = {}
        seen: Counter[int] = Counter()
        with _opened(self._asked) as folder:
            for name, status in _entries(folder):
                uid, age = status.st_uid, time.time() - status.st_mtime
                seen[uid] += 1
                plain = stat.S_ISREG(status.st_mode) and TICKET.fullmatch(name)
                if not plain or abs(age) > STALE_SECONDS or seen[uid] > MOST_OF_A_PERSON:
                    _remove(name, folder, status)
                    continue
                person = people.get(uid)
                request = None if person is None else _read(name, folder, status)
                if person is not None and request is None and abs(age) < WRITTEN_SECONDS:
                    continue
                _remove(name, folder, status)
                if person is None or request is None:
                    log.warning("earlier versions: a request of UID %d can't be read", uid)
                elif uid in found:
                    with suppress(OSError):
                        self.answer(Asked(person, name, request), {"ok": False, "message": BUSY})
                else:
                    found[uid] = Asked(person, name, request)
        return list(found.values())

    def answer(self, asked: Asked, content: Mapping[str, Any]) -> None:
        """Leave an answer where its asker alone can read it, whole."""
        with _opened(self._answers / asked.person.slug) as folder:
            new = f".{asked.ticket}"
            opened = os.open(new, NEW, 0o600, dir_fd=folder)
            with os.fdopen(opened, "w", encoding="ascii") as file:
                json.dump(content, file)
                os.fchown(opened, -1, asked.person.uid)
                os.fchmod(opened, 0o640)
            os.rename(new, f"{asked.ticket}.json", src_dir_fd=folder, dst_dir_fd=folder)
            for name, status in list(_entries(folder))[:-MOST_ANSWERS]:
                _remove(name, folder, status)

    def tidy(self) -> None:
        """Remove answers that nobody waits for: old ones, and those of people who were made up."""
        slugs = {person.slug for person in self._people}
        with _opened(self._answers) as top:
            for name, status in _entries(top):
                if slugs and name not in slugs:
                    _remove(name, top, status)
        for person in self._people:
            with suppress(FileNotFoundError), _opened(self._answers / person.slug) as folder:
                for name, status in _entries(folder):
                    if time.time() - status.st_ctime > KEPT_SECONDS:
                        _remove(name, folder, status)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    folder = os.open(path, FOLDER)
    try:
        yield folder
    finally:
        os.close(folder)


def _entries(folder: int) -> Iterator[tuple[str, os.stat_result]]:
    """Give what a folder has, the oldest first; a bounded part of one that was filled."""
    with os.scandir(folder) as entries:
        some = [entry for _, entry in zip(range(AT_ONCE), entries, strict=False)]
    found = []
    for entry in some:
        with suppress(FileNotFoundError):
            found.append((entry.name, entry.stat(follow_symlinks=False)))
    yield from sorted(found, key=lambda each: each[1].st_ctime_ns)


def _read(name: str, folder: int, before: os.stat_result) -> dict[str, Any] | None:
    """Read a request; None: it is none."""
    try:
        opened = os.open(name, SOURCE, dir_fd=folder)
    except OSError:
        return None
    with os.fdopen(opened, "rb") as file:
        status = os.fstat(opened)
        # A further name of somebody else's file would be theirs.
        plain = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
        if not plain or status.st_uid != before.st_uid:
            return None
        try:
            request = json.loads(file.read(LARGEST))
        except (OSError, ValueError, RecursionError):
            return None
    return request if isinstance(request, dict) else None


def _remove(name: str, folder: int, status: os.stat_result) -> None:
    try:
        if stat.S_ISDIR(status.st_mode):
            # Not shutil.rmtree: a tree may be deeper than that can recurse, or have folders open.
            command = ["rm", "-rf", "--", f"./{name}"]
            place = f"/proc/self/fd/{folder}"
            subprocess.run(command, cwd=place, capture_output=True, check=True)  # noqa: S603 (no shell)
        else:
            os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass
    except (OSError, subprocess.CalledProcessError) as error:
        log.error("earlier versions: %s can't be removed: %s", ascii(name), ascii(error))  # noqa: TRY400
