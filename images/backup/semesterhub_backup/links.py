"""Links and pipes on XFS, which can belong to no project by themselves."""

import os
import secrets
import stat

from semesterhub_backup import project


def made_there(name: str, here: int, there: int) -> str | None:
    """Make a link or pipe anew in the folder that it goes to, under a name that is none.

    It can join no project, and XFS moves none into a folder that is of one: EXDEV. What is made
    in the folder counts for it by itself. None: a move does it.
    """
    made = os.stat(name, dir_fd=here, follow_symlinks=False)
    movable = stat.S_ISREG(made.st_mode) or stat.S_ISDIR(made.st_mode)
    if movable or project.project_of(there) is None:
        return None
    new = f".restoring-{secrets.token_hex(8)}"
    if stat.S_ISLNK(made.st_mode):
        os.symlink(os.readlink(name, dir_fd=here), new, dir_fd=there)
    else:
        mask = os.umask(0)
        os.mkfifo(new, stat.S_IMODE(made.st_mode), dir_fd=there)
        os.umask(mask)
    os.chown(new, made.st_uid, made.st_gid, dir_fd=there, follow_symlinks=False)
    times = (made.st_mtime_ns, made.st_mtime_ns)
    os.utime(new, ns=times, dir_fd=there, follow_symlinks=False)
    return new
