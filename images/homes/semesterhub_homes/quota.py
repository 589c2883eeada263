"""XFS project quotas: a home's project is its owner's UID, its limit the course's.

Where the file system has no project quota, homes are made all the same and the log says so once.
"""

import ctypes
import fcntl
import os
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
DISK_QUOTA_VERSION = 1
PROJECT_QUOTA = 2
FS_DQ_BSOFT, FS_DQ_BHARD = 1 << 2, 1 << 3
Q_XSETQLIM = (ord("X") << 8) + 4
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


def limit_record(project: int, limit: int) -> bytes:
    """Build the kernel's record that limits a project to so many bytes (rounded up to 512)."""
    blocks = -(-limit // BASIC_BLOCK)
    head = (DISK_QUOTA_VERSION, PROJECT_QUOTA, FS_DQ_BSOFT | FS_DQ_BHARD, project)
    return DISK_QUOTA.pack(*head, blocks, blocks, *[0] * 18)


def with_project(attributes: bytes, project: int) -> bytes:
    """Change a directory's attributes so that it and what is made in it count for a project."""
    flags, extent, extents, _, copy_extent = FSXATTR.unpack(attributes)
    return FSXATTR.pack(flags | FS_XFLAG_PROJINHERIT, extent, extents, project, copy_extent)


class Quota:
    """The quota of homes in one folder."""

    def __init__(self, folder: Path, limit: int | None) -> None:
        """Look at the file system; `problem` says why the limit isn't enforced, if so."""
        self._limit = limit
        self.problem: str | None = None
        if limit is not None:
            device = folder.stat().st_dev
            mounts = parse_mounts(Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
            self.problem = why_not(mounts, (os.major(device), os.minor(device)))

    def limit(self) -> int | None:
        """Tell the limit in force."""
        return None if self.problem else self._limit

    def apply(self, top: int, project: int) -> None:
        """Put a home, open as top, under its limit; the first failure is the last try."""
        if self._limit is None or self.problem:
            return
        try:
            attributes = fcntl.ioctl(top, FS_IOC_FSGETXATTR, bytes(FSXATTR.size))
            wanted = with_project(attributes, project)
            if wanted != attributes:
                fcntl.ioctl(top, FS_IOC_FSSETXATTR, wanted)
            _set_limit(top, project, self._limit)
        except OSError as error:
            self.problem = f"{error.strerror} (it takes the capabilities SYS_ADMIN and FOWNER)"


def _set_limit(descriptor: int, project: int, limit: int) -> None:
    command = (Q_XSETQLIM << SUBCMD_SHIFT) | PROJECT_QUOTA
    record = ctypes.create_string_buffer(limit_record(project, limit))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(SYS_QUOTACTL_FD, descriptor, command, project, record) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
