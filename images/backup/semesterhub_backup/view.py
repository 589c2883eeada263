"""Give up everything but one folder, before anything in it is looked at.

A reader changes its root to the folder, becomes the owner of it, and has no capability in effect.
It may raise one, to read what the owner has closed to themself (`chmod 0`), which an owner can open
at any time; nobody else's files are read by it. It never had a passphrase or a credential: it is
forked from a program of its own, started with an empty environment.
"""

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Iterator
from contextlib import contextmanager

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS = 1, 4, 8
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
CAPABILITY_VERSION = 0x20080522
READ_SEARCH = 1 << 2  # CAP_DAC_READ_SEARCH
LAST_CAPABILITY = 63
# A home whose description does not fit is one home less, and not the container's end.
MEMORY_BYTES = 400 * 2**20

_libc = ctypes.CDLL(None, use_errno=True)


def enter(folder: int, uid: int, gid: int) -> None:
    """See nothing but the folder from now on, with its owner's rights.

    A folder of root's (the exchange, the shared folder) is nobody's home: it is read whole, by a
    process that can read and do nothing else.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    os.fchdir(folder)
    os.chroot(".")
    os.setgroups([])
    _prctl(PR_SET_KEEPCAPS, 1)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    _capabilities(READ_SEARCH if uid == 0 else 0, READ_SEARCH)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _prctl(PR_SET_DUMPABLE, 0)
    # Last, since the kernel forgets it when an owner changes.
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@contextmanager
def may_read_all() -> Iterator[None]:
    """Raise the capability for one system call or two."""
    _capabilities(READ_SEARCH, READ_SEARCH)
    try:
        yield
    finally:
        _capabilities(0 if os.geteuid() else READ_SEARCH, READ_SEARCH)


def drop_all() -> None:
    """Give up all capabilities for good, whatever is executed next: root, of its own files only."""
    for number in range(LAST_CAPABILITY + 1):
        # Beyond the last that the kernel knows it says EINVAL.
        _libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0)
    _capabilities(0, 0)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def _capabilities(effective: int, permitted: int) -> None:
    head = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION, 0))
    data = ctypes.create_string_buffer(struct.pack("=6I", effective, permitted, 0, 0, 0, 0))
    if _libc.capset(head, data) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
