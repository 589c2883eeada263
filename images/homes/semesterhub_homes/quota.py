"""XFS project quotas: a home's project is its owner's UID.

Where the file system has no project quota, homes are made all the same and the log says so once.
"""

import ctypes
import errno
import fcntl
import os
import stat
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# struct fsxattr: xflags, extsize, nextents, projid, cowextsize, 8 bytes of padding.
FSXATTR = struct.Struct("=5I8x")
FS_IOC_FSGETXATTR = 0x801C581F
FS_IOC_FSSETXATTR = 0x401C5820
FS_XFLAG_PROJINHERIT = 0x200

# struct fs_disk_quota of <linux/dqblk_xfs.h>.
DISK_QUOTA = struct.Struct("=bbHI6QiiHH4b3QiHh8x")
BLOCKS_USED = 40  # where d_bcount is in it
DISK_QUOTA_VERSION = 1
PROJECT_QUOTA = 2
FS_DQ_ISOFT, FS_DQ_IHARD, FS_DQ_BSOFT, FS_DQ_BHARD = 1 << 0, 1 << 1, 1 << 2, 1 << 3
# Files and folders that go with a limit of bytes: more than honest work makes; many millions of
# empty ones would take up what all others need.
BYTES_A_FILE = 8192
FEWEST_FILES = 100_000
# What says that nothing can be limited here, whichever home it is.
FOR_ALL = frozenset({errno.EPERM, errno.ENOSYS, errno.ENOTTY, errno.EOPNOTSUPP, errno.EINVAL})
# A file that went away, or became something else, while a home joined its project.
PASSED_OVER = frozenset({errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.ESTALE, errno.ENOTDIR})
Q_XGETQUOTA, Q_XSETQLIM = (ord("X") << 8) + 3, (ord("X") << 8) + 4
SUBCMD_SHIFT = 8
BASIC_BLOCK = 512
SYS_QUOTACTL_FD = 443  # the same on every architecture
PROJECT_OPTIONS = frozenset({"prjquota", "pquota"})
# What proc(5) promises of a line in mountinfo, before and after its dash.
FIELDS_BEFORE, FIELDS_AFTER = 6, 3
ESCAPE = {r"\040": " ", r"\011": "\t", r"\012": "\n", r"\134": "\\"}


@dataclass(frozen=True)
class Mount:
    """A line of /proc/self/mountinfo."""

    device: tuple[int, int]
    point: str
    kind: str
    options: frozenset[str]


def parse_mounts(text: str) -> list[Mount]:
    """Read /proc/self/mountinfo; lines that are not as expected are left out."""
    mounts = []
    for line in text.splitlines():
        before, separator, after = line.partition(" - ")
        left, right = before.split(), after.split()
        complete = len(left) >= FIELDS_BEFORE and len(right) >= FIELDS_AFTER
        if not separator or not complete or ":" not in left[2]:
            continue
        major, minor = left[2].split(":")
        point = left[4]
        for code, character in ESCAPE.items():
            point = point.replace(code, character)
        options = frozenset(right[2].split(","))  # the file system's own, not the mount's
        mounts.append(Mount((int(major), int(minor)), point, right[0], options))
    return mounts


def why_not(mounts: Iterable[Mount], device: tuple[int, int]) -> str | None:
    """Say why the file system on a device enforces no project quota; None if it does."""
    kinds = [mount for mount in mounts if mount.device == device]
    if not kinds:
        return "its file system is unknown"
    mount = kinds[-1]
    if mount.kind != "xfs":
        return f"its file system is {mount.kind}, not xfs"
    if not mount.options & PROJECT_OPTIONS:
        return "its xfs is mounted without prjquota"
    return None


def files_for(limit: int) -> int:
    """Tell how many files and folders go with so many bytes."""
    return max(FEWEST_FILES, limit // BYTES_A_FILE)


def limit_record(project: int, limit: int | None) -> bytes:
    """Build the kernel's record that limits a project to so many bytes (rounded up to 512).

    And to the files that go with them. None: to nothing.
    """
    blocks = 0 if limit is None else -(-limit // BASIC_BLOCK)
    files = 0 if limit is None else files_for(limit)
    fields = FS_DQ_BSOFT | FS_DQ_BHARD | FS_DQ_ISOFT | FS_DQ_IHARD
    head = (DISK_QUOTA_VERSION, PROJECT_QUOTA, fields, project)
    return DISK_QUOTA.pack(*head, blocks, blocks, files, files, *[0] * 16)


def used_bytes(record: bytes) -> int:
    """Read how much a project has on the disk from the kernel's record."""
    (blocks,) = struct.unpack_from("=Q", record, BLOCKS_USED)
    return int(blocks) * BASIC_BLOCK


def with_project(attributes: bytes, project: int, inherit: int = FS_XFLAG_PROJINHERIT) -> bytes:
    """Change attributes so that a directory and what is made in it count for a project.

    A file has nothing that could inherit: 0.
    """
    flags, extent, extents, _, copy_extent = FSXATTR.unpack(attributes)
    return FSXATTR.pack(flags | inherit, extent, extents, project, copy_extent)


class Quota:
    """The quotas of homes in one folder."""

    def __init__(self, folder: Path, default: int | None) -> None:
        """Look at the file system; `problem` says why no limit is enforced, if so."""
        self.default = default
        self._folder = folder
        device = folder.stat().st_dev
        mounts = parse_mounts(Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
        problem = why_not(mounts, (os.major(device), os.minor(device)))
        # Limits that an earlier configuration set are the kernel's: it keeps them.
        self._may_have_old = default is None and problem is None
        none = "the configuration has no student.homeQuota"
        self.problem = none if default is None else problem

    def apply(self, top: int, project: int, limit: int) -> None:
        """Put a home, or another tree, open as top, under a limit.

        Raise OSError for trouble with this one alone; what holds for all is the last try.
        """
        if self.problem:
            return
        try:
            _join(top, project)
            self._limit(top, project, limit)
        except OSError as error:
            if error.errno not in FOR_ALL:
                raise
            self.problem = f"{error.strerror} (it takes the capabilities SYS_ADMIN and FOWNER)"

    def take_back(self, top: int, project: int) -> int:
        """Have all of a tree, open as top, count for its project; tell how much did not."""
        return 0 if self.problem or self.default is None else _claim(top, project)

    def clear(self, projects: Iterable[int]) -> None:
        """Take limits away that were set under an earlier configuration."""
        if not self._may_have_old:
            return
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for project in projects:
                self._limit(folder, project, None)
        except OSError as error:
            if error.errno not in {errno.ENOENT, errno.ESRCH}:
                self.problem = f"limits of before could not be taken away: {error.strerror}"
        finally:
            os.close(folder)

    def forget(self, project: int) -> None:
        """Take away the limit of a home that is gone."""
        if self.problem:
            return
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._limit(folder, project, None)
        finally:
            os.close(folder)

    def _limit(self, descriptor: int, project: int, limit: int | None) -> None:
        record = ctypes.create_string_buffer(limit_record(project, limit))
        _quotactl(descriptor, Q_XSETQLIM, project, record)

    def used(self, project: int) -> int | None:
        """Tell how many bytes a project has on the disk; None where nothing counts them."""
        if self.problem:
            return None
        record = ctypes.create_string_buffer(DISK_QUOTA.size)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            _quotactl(folder, Q_XGETQUOTA, project, record)
        except OSError as error:
            # Nothing was ever written or limited there.
            return 0 if error.errno in {errno.ENOENT, errno.ESRCH} else None
        finally:
            os.close(folder)
        return used_bytes(record.raw)


def _join(top: int, project: int) -> None:
    """Have a home count for its project: what is in it first, so that a crash begins again.

    What is made in it later counts by itself. So this looks inside a home once: when it is new, or
    came back from a backup.
    """
    attributes = _attributes(top)
    if with_project(attributes, project) != attributes:
        _claim(top, project)


def _claim(top: int, project: int) -> int:
    """Have everything in a tree count for a project, the top last; tell how much did not."""
    walk = os.fwalk(".", onerror=_raise, dir_fd=top, follow_symlinks=False)
    found = sum(
        _join_one(here, name, project)
        for _, folders, files, here in walk
        for name in (*folders, *files)
    )
    return found + _set_project(top, project, FS_XFLAG_PROJINHERIT)


def _raise(error: OSError) -> None:
    """Complain of a folder that can't be looked into; one that is gone holds nothing."""
    if error.errno not in PASSED_OVER:
        raise error


def _join_one(folder: int, name: str, project: int) -> bool:
    # A device or a pipe is never opened; links have no attributes.
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            return False
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        if error.errno in PASSED_OVER:
            return False
        raise
    try:
        return _set_project(file, project, FS_XFLAG_PROJINHERIT if stat.S_ISDIR(mode) else 0)
    finally:
        os.close(file)


def _set_project(descriptor: int, project: int, inherit: int) -> bool:
    """Have one thing count for a project; False if it did."""
    attributes = _attributes(descriptor)
    wanted = with_project(attributes, project, inherit)
    if wanted == attributes:
        return False
    fcntl.ioctl(descriptor, FS_IOC_FSSETXATTR, wanted)
    return True


def _attributes(descriptor: int) -> bytes:
    return fcntl.ioctl(descriptor, FS_IOC_FSGETXATTR, bytes(FSXATTR.size))


def _quotactl(
    descriptor: int, subcommand: int, project: int, record: ctypes.Array[ctypes.c_char]
) -> None:
    command = (subcommand << SUBCMD_SHIFT) | PROJECT_QUOTA
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(SYS_QUOTACTL_FD, descriptor, command, project, record) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
