"""Folders of groups: each for the members of one group, who alone have its GID.

`groups/` is root's, so that no member can put something else in a folder's place. A folder is
root's too: members make, change and remove what is in it, and can't open it to others. It is made
once, never written by the service and never removed.
"""

import errno
import logging
import os
import re
import shutil
import sqlite3
import stat
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from semesterhub_homes.making import FOLDER, HALF_MADE, open_folder
from semesterhub_homes.names import NameRefusedError
from semesterhub_homes.projects import Tree
from semesterhub_homes.quota import Quota
from semesterhub_homes.table import TableError, UidTable

log = logging.getLogger("homes")

# As config/schema/names.ts has it.
NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}")
# NFS tells a server at most 16 groups of somebody; everybody has two others at most.
MOST_FOLDERS = 12
MODE = 0o2770
# What is made in the folder is for all members, whatever their umask: a default ACL of owner and
# group with all rights, and others with none (acl(5), linux/posix_acl_xattr.h).
ACL = "system.posix_acl_default"
_OWNER, _GROUP, _OTHERS = 0x01, 0x04, 0x20
_NOBODY = 0xFFFFFFFF
SHARED = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", tag, rights, _NOBODY)
    for tag, rights in ((_OWNER, 7), (_GROUP, 7), (_OTHERS, 0))
)
NO_ACLS = frozenset({errno.EOPNOTSUPP, errno.EPERM, errno.EINVAL})


class GroupError(RuntimeError):
    """A group's folder can't be had; the message says what to do."""


@dataclass(frozen=True)
class GroupFolder:
    """A group's folder, and the GID that opens it."""

    name: str
    gid: int


def read_names(names: object) -> list[str]:
    """Read which groups a request names; raise NameRefusedError for what can't be."""
    if not isinstance(names, list) or len(names) > MOST_FOLDERS or len(set(names)) < len(names):
        raise NameRefusedError(f"folders must be a list of at most {MOST_FOLDERS} groups")
    for name in names:
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise NameRefusedError(f"{name!r} is no name of a group")
    return names


class GroupFolders:
    """The folders of all groups that have one."""

    def __init__(self, path: Path, table: UidTable, quota: Quota) -> None:
        """Take where they are, who has which GID, and what limits them."""
        self._path = path
        self._table = table
        self._quota = quota
        self._lock = threading.Lock()
        self._acls_told = False

    def of(self, names: Iterable[str]) -> list[GroupFolder]:
        """Give the folders of groups, made where there are none yet.

        One that can't be had is left out and told of: its members have all the rest.
        """
        found = []
        for name in names:
            try:
                # a whole group comes at once, and gets one folder
                with self._lock:
                    found.append(self._ensure(name))
            except (GroupError, TableError, OSError, sqlite3.Error) as error:
                # a full disk, too: who has a home already must get at it, to make room
                log.error("the folder of %s is left out: %s", name, error)  # noqa: TRY400 (it says all)
        return found

    def apply_all(self) -> list[int]:
        """Put the folders that are there under the course's limit; give their GIDs."""
        rows = self._table.groups()
        for name, gid in rows.items():
            # What is in a folder's place is told when a member comes.
            with suppress(OSError), self._top(name) as top:
                self._limit(name, top, gid)
        return list(rows.values())

    def trees(self) -> list[Tree]:
        """Tell which folders have a project of their own."""
        rows = self._table.groups().items()
        return [Tree(f"groups/{name}", gid, partial(self._top, name)) for name, gid in rows]

    @contextmanager
    def _top(self, name: str) -> Iterator[int]:
        top = self._open(name)
        try:
            yield top
        finally:
            os.close(top)

    def quotas(self) -> list[dict[str, object]]:
        """Tell limit and use of each folder, in bytes."""
        limit = None if self._quota.problem else self._quota.default
        return [
            {"name": name, "limit": limit, "used": self._quota.used(gid)}
            for name, gid in self._table.groups().items()
        ]

    def _ensure(self, name: str) -> GroupFolder:
        gid = self._table.register_group(name, self._gid_of, self._gids)
        if self._gid_of(name) is None:
            self._make(name, gid)
            log.info("made groups/%s, GID %d", name, gid)
        with self._top(name) as top:
            status = os.fstat(top)
            if (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) != (0, gid, MODE):
                raise GroupError(
                    f"groups/{name} must be root's, of GID {gid} and mode {MODE:o}. Nothing was"
                    " changed; put it right by hand."
                )
            self._limit(name, top, gid)
        return GroupFolder(name, gid)

    def _open(self, name: str) -> int:
        with open_folder(str(self._path)) as parent:
            return os.open(name, FOLDER, dir_fd=parent)

    def _gid_of(self, name: str) -> int | None:
        """Group of a folder, None where there is none."""
        try:
            status = (self._path / name).lstat()
        except FileNotFoundError:
            return None
        if not stat.S_ISDIR(status.st_mode):
            raise GroupError(f"groups/{name} is no folder. Move it away, then try again.")
        return status.st_gid

    def _gids(self) -> set[int]:
        with os.scandir(self._path) as entries:
            return {entry.stat(follow_symlinks=False).st_gid for entry in entries}

    def _make(self, name: str, gid: int) -> None:
        half = f"{HALF_MADE}{name}"
        with open_folder(str(self._path)) as parent:
            # Left by a crash; it is empty.
            shutil.rmtree(half, ignore_errors=True, dir_fd=parent)
            os.mkdir(half, 0o700, dir_fd=parent)
            top = os.open(half, FOLDER, dir_fd=parent)
            try:
                # In this order: of a group that is not the caller's, chmod takes setgid away.
                os.fchmod(top, MODE)
                os.fchown(top, 0, gid)
                self._share(top)
                os.fsync(top)
            finally:
                os.close(top)
            os.rename(half, name, src_dir_fd=parent, dst_dir_fd=parent)
            os.fsync(parent)

    def _share(self, top: int) -> None:
        try:
            os.setxattr(top, ACL, SHARED)
        except OSError as error:
            if error.errno not in NO_ACLS:
                raise
            if not self._acls_told:
                self._acls_told = True
                log.warning(
                    "the file system has no ACLs: members of a group read each other's files, and"
                    " change them only where the owner allows it (chmod g+w)"
                )

    def _limit(self, name: str, top: int, gid: int) -> None:
        """Put a folder under the limit that a home has: it is on the same disk."""
        if self._quota.default is None or self._quota.problem:
            return
        try:
            self._quota.apply(top, gid, self._quota.default)
        except OSError as error:
            log.warning("the folder of %s has no limit: %s", name, error.strerror)
