"""The storage tree's copy of the database of a hub that has it on its own machine's disk.

It is a file that nobody has open for writing: one copy takes the place of another by a rename.
What a backup reads and what a restore puts back is this file.
"""

import errno
import hashlib
import logging
import os
import re
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from semesterhub_homes.answers import Answer, refusal
from semesterhub_homes.making import FOLDER
from semesterhub_homes.settings import HUB_UID

log = logging.getLogger("homes")

MAX_DATABASE = 256 * 2**20
"""Bytes. A course of 220 has some MB; more than this is a mistake, and would fill the disk."""
LOCK_SECONDS = 5.0
MAGIC = b"SQLite format 3\0"
NAME = "jupyterhub.sqlite"
HALF_WRITTEN = f".{NAME}.new-"
LOGS = ("-wal", "-journal")
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
TAG = re.compile(r'"([0-9a-f]{64})"')
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Kept:
    """The copy that is there, opened; whoever gets it closes the file."""

    file: BinaryIO
    digest: str
    """SHA-256 of its bytes, in hexadecimal digits."""
    size: int
    """Bytes."""


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.answer = refusal(status, message)


def tags(header: str) -> set[str]:
    """Read the digests out of an If-Match or If-None-Match."""
    return set(TAG.findall(header))


class KeptDatabase:
    """The file `hub/jupyterhub.sqlite` of a storage tree."""

    def __init__(self, folder: Path) -> None:
        """Forget what a crash left half-written. The folder itself is made with the tree."""
        self._folder = folder
        self._path = folder / NAME
        self._lock = threading.Lock()
        self._digests: dict[tuple[int, ...], str] = {}
        for left in folder.glob(f"{HALF_WRITTEN}*"):
            left.unlink(missing_ok=True)

    def get(self) -> Kept | None:
        """Open the copy, None where there is none.

        Raise OSError or sqlite3.Error where it can't be read.
        """
        with self._lock:
            return self._get()

    def put(self, headers: Mapping[str, str], body: Iterable[bytes]) -> Answer:
        """Answer PUT /hub-database: another copy takes the place of the one that was expected.

        Nothing is changed by anything but success. What the body raises goes through.
        """
        try:
            expected, digest = _expected(headers), _digest(headers)
            return self._put(expected, digest, body)
        except _RefusedError as refused:
            return refused.answer
        except (OSError, sqlite3.Error) as error:
            log.error("the hub's database is not kept: %s", error)  # noqa: TRY400 (it says all)
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                text = f"the storage has no room for the hub's database: {error.strerror}"
                return refusal(HTTPStatus.INSUFFICIENT_STORAGE, text)
            text = f"the hub's database could not be kept: {error}"
            return refusal(HTTPStatus.INTERNAL_SERVER_ERROR, text)

    def _put(self, expected: str | None, digest: str, body: Iterable[bytes]) -> Answer:
        descriptor, name = tempfile.mkstemp(prefix=HALF_WRITTEN, dir=self._folder)
        new = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                _receive(body, file, digest)
                file.flush()
                os.fchown(descriptor, HUB_UID, HUB_UID)
                os.fsync(descriptor)
            with self._lock:
                return self._put_in_place(new, expected, digest)
        finally:
            new.unlink(missing_ok=True)

    def _put_in_place(self, new: Path, expected: str | None, digest: str) -> Answer:
        there = self._there()
        if there != expected:
            text = "the copy that is there is another one" if there else "there is no copy"
            return Answer(HTTPStatus.PRECONDITION_FAILED, {"error": text, "digest": there})
        # A log that lies beside a database is taken for that database's.
        for suffix in (*LOGS, "-shm"):
            self._beside(suffix).unlink(missing_ok=True)
        new.replace(self._path)
        folder = os.open(self._folder, FOLDER)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return Answer(HTTPStatus.OK, {"digest": digest}, {"ETag": f'"{digest}"'})

    def _there(self) -> str | None:
        kept = self._get()
        if kept is None:
            return None
        kept.file.close()
        return kept.digest

    def _get(self) -> Kept | None:
        try:
            self._fold_in()
            # A link is none of ours: it could lead to what only root may read.
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        file = os.fdopen(descriptor, "rb")
        try:
            status = _status(descriptor)
            return Kept(file, self._digest_of(file, status), status.st_size)
        except BaseException:
            file.close()
            raise

    def _digest_of(self, file: BinaryIO, status: os.stat_result) -> str:
        """Read the file once; a file that takes its place has another inode or time."""
        which = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns,
                 status.st_ctime_ns)  # fmt: skip
        if which not in self._digests:
            self._digests = {which: hashlib.file_digest(file, "sha256").hexdigest()}
            file.seek(0)
        return self._digests[which]

    def _fold_in(self) -> None:
        """Bring a log that lies beside the copy into it.

        A hub that had its database here and was killed leaves one: with it, and only with it, the
        file is the whole database. If a hub still has it open, SQLite says that it is locked.
        """
        status = self._path.lstat()
        if stat.S_ISREG(status.st_mode) and any(self._beside(log).exists() for log in LOGS):
            with closing(sqlite3.connect(self._path, timeout=LOCK_SECONDS)) as database:
                database.execute("PRAGMA journal_mode=DELETE")
            log.info("folded a log into hub/%s, left by a hub that was killed", NAME)

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(NAME + suffix)


def _status(descriptor: int) -> os.stat_result:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, f"hub/{NAME} is no file")
    return status


def _expected(headers: Mapping[str, str]) -> str | None:
    """Read which copy must be there; None: there must be none."""
    none, one = headers.get("If-None-Match"), headers.get("If-Match")
    digests = tags(one or "")
    if one is None and none == "*":
        return None
    if none is None and len(digests) == 1:
        return digests.pop()
    text = 'If-Match: "<sha256 of the copy to replace>" or If-None-Match: * must be given'
    raise _RefusedError(HTTPStatus.PRECONDITION_REQUIRED, text)


def _digest(headers: Mapping[str, str]) -> str:
    digest = headers.get("X-Content-SHA256", "")
    if not DIGEST.fullmatch(digest):
        text = "X-Content-SHA256 must be the body's SHA-256, in hexadecimal digits"
        raise _RefusedError(HTTPStatus.BAD_REQUEST, text)
    return digest


def _receive(body: Iterable[bytes], file: BinaryIO, digest: str) -> None:
    """Write the body to a file; refuse what is no database, or not the one that was promised."""
    begin, sum_ = b"", hashlib.sha256()
    for part in body:
        begin += part[: len(MAGIC) - len(begin)]
        sum_.update(part)
        file.write(part)
    if begin != MAGIC:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "the body is no database of SQLite's")
    if sum_.hexdigest() != digest:
        raise _RefusedError(HTTPStatus.BAD_REQUEST, "the body is not what X-Content-SHA256 says")
