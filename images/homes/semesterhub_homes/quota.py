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
FS_DQ_BSOFT, FS_DQ_BHARD = 1 << 2, 1 << 3
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


def limit_record(project: int, limit: int) -> bytes:
    """Build the kernel's record that limits a project to so many bytes (rounded up to 512)."""
    blocks = -(-limit // BASIC_BLOCK)
    head = (DISK_QUOTA_VERSION, PROJECT_QUOTA, FS_DQ_BSOFT | FS_DQ_BHARD, project)
    return DISK_QUOTA.pack(*head, blocks, blocks, *[0] * 18)


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
        self.problem: str | None = "the configuration has no student.homeQuota"
        if default is not None:
            device = folder.stat().st_dev
            mounts = parse_mounts(Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
            self.problem = why_not(mounts, (os.major(device), os.minor(device)))

    def apply(self, top: int, project: int, limit: int) -> None:
        """Put a home, open as top, under a limit; the first failure is the last try."""
        if self.problem:
            return
        try:
            _join(top, project)
            record = ctypes.create_string_buffer(limit_record(project, limit))
            _quotactl(top, Q_XSETQLIM, project, record)
        except OSError as error:
            self.problem = f"{error.strerror} (it takes the capabilities SYS_ADMIN and FOWNER)"

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
    wanted = with_project(_attributes(top), project)
    if wanted == _attributes(top):
        return
    for _, folders, files, here in os.fwalk(".", dir_fd=top, follow_symlinks=False):
        for name in [*folders, *files]:
            _join_one(here, name, project)
    fcntl.ioctl(top, FS_IOC_FSSETXATTR, wanted)


def _join_one(folder: int, name: str, project: int) -> None:
    # A device or a pipe is never opened; links have no attributes.
    mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        return
    file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        inherit = FS_XFLAG_PROJINHERIT if stat.S_ISDIR(mode) else 0
        fcntl.ioctl(file, FS_IOC_FSSETXATTR, with_project(_attributes(file), project, inherit))
    finally:
        os.close(file)


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
