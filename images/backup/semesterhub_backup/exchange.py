"""Put one thing in the place of another, or where nothing is, in one step."""

import ctypes
import errno
import os
import stat
from collections.abc import Callable

RENAME_NOREPLACE, RENAME_EXCHANGE = 1, 2
NO_EXCHANGE = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}


def exists(name: str, folder: int) -> bool:
    """Tell whether a folder has a name."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def exchange(one: int, two: int, name: str, call: Callable[..., int] | None = None) -> None:
    """Exchange what has a name in one folder with what has it in the other.

    Atomic where the file system can (ext4, xfs, btrfs); else by renames, in between which the name
    is away for a moment.
    """
    rename = call or ctypes.CDLL(None, use_errno=True).renameat2
    encoded = os.fsencode(name)
    if rename(one, encoded, two, encoded, RENAME_EXCHANGE) == 0:
        return
    number = ctypes.get_errno()
    if number not in NO_EXCHANGE:
        raise OSError(number, os.strerror(number), name)
    away = f".{name[:200]}.restoring"
    os.rename(name, away, src_dir_fd=one, dst_dir_fd=one)
    os.rename(name, name, src_dir_fd=two, dst_dir_fd=one)
    os.rename(away, name, src_dir_fd=one, dst_dir_fd=two)


def add(one: int, name: str, two: int, new: str, call: Callable[..., int] | None = None) -> None:
    """Move what has a name in one folder to a name in the other that nothing has yet.

    NFS can't; there a further name that must be new takes the place of the rename, and a folder,
    which has none, takes at most the place of an empty one.
    """
    rename = call or ctypes.CDLL(None, use_errno=True).renameat2
    if rename(one, os.fsencode(name), two, os.fsencode(new), RENAME_NOREPLACE) == 0:
        return
    number = ctypes.get_errno()
    if number not in NO_EXCHANGE:
        raise OSError(number, os.strerror(number), new)
    if stat.S_ISDIR(os.stat(name, dir_fd=one, follow_symlinks=False).st_mode):
        os.rename(name, new, src_dir_fd=one, dst_dir_fd=two)
        return
    os.link(name, new, src_dir_fd=one, dst_dir_fd=two, follow_symlinks=False)
    os.unlink(name, dir_fd=one)
