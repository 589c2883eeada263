"""Whose quota files count for, on XFS: its project, which a rename does not change.

Files that come back join the project of the place that they go to, without which the kernel refuses
to move them there; and what is put aside leaves it, so that nobody pays for it.
"""

import errno
import fcntl
import os
import stat
import struct

# struct fsxattr: xflags, extsize, nextents, projid, cowextsize, 8 bytes of padding.
FSXATTR = struct.Struct("=5I8x")
FS_IOC_FSGETXATTR = 0x801C581F
FS_IOC_FSSETXATTR = 0x401C5820
FS_XFLAG_PROJINHERIT = 0x200
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NOT_HERE = {errno.ENOTTY, errno.EOPNOTSUPP, errno.EINVAL}


def project_of(folder: int) -> int | None:
    """Tell for which project what is made in a folder counts; None: for none."""
    try:
        flags, _, _, project, _ = FSXATTR.unpack(_attributes(folder))
    except OSError as error:
        if error.errno in NOT_HERE:
            return None
        raise
    return project if flags & FS_XFLAG_PROJINHERIT else None


def join(name: str, folder: int, project: int | None) -> None:
    """Have what has a name in a folder, and all that is in it, count for a project or for none."""
    top = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISDIR(top.st_mode):
        _join_one(name, folder, project)
        return
    opened = os.open(name, FOLDER, dir_fd=folder)
    try:
        if project_of(opened) == project:
            return
        # Without recursion: a folder that somebody made may be as deep as they like.
        walk = os.fwalk(".", onerror=_raise, dir_fd=opened, follow_symlinks=False)
        for _, folders, files, here in walk:
            for each in (*folders, *files):
                _join_one(each, here, project)
        _set(opened, project, is_folder=True)
    finally:
        os.close(opened)


def _raise(error: OSError) -> None:
    """Complain of a folder that can't be looked into: it would be nobody's to pay for."""
    if not isinstance(error, FileNotFoundError):
        raise error


def _join_one(name: str, folder: int, project: int | None) -> None:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            return
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        return
    try:
        _set(file, project, is_folder=stat.S_ISDIR(mode))
    finally:
        os.close(file)


def _set(descriptor: int, project: int | None, *, is_folder: bool) -> None:
    try:
        flags, extent, extents, _, copy_extent = FSXATTR.unpack(_attributes(descriptor))
        flags &= ~FS_XFLAG_PROJINHERIT
        if is_folder and project is not None:
            flags |= FS_XFLAG_PROJINHERIT
        wanted = FSXATTR.pack(flags, extent, extents, project or 0, copy_extent)
        fcntl.ioctl(descriptor, FS_IOC_FSSETXATTR, wanted)
    except OSError as error:
        if error.errno not in NOT_HERE:
            raise


def _attributes(descriptor: int) -> bytes:
    return fcntl.ioctl(descriptor, FS_IOC_FSGETXATTR, bytes(FSXATTR.size))
