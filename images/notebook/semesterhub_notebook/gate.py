"""The firewall gate: nothing of the student's runs before their network is closed.

The firewall container enters each server's network namespace as it starts, and its table rejects
connections to 127.0.0.1 port 1 as administratively prohibited. Nothing listens there, so without
the table the kernel itself refuses: the error tells which of the two it is.
"""

import errno
import socket
import time
from collections.abc import Callable

ADDRESS = ("127.0.0.1", 1)
PAUSE_SECONDS = 0.02
_CLOSED = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES)


class GateError(RuntimeError):
    """The network was not closed in time."""


def probe() -> int:
    """Knock once; answers the error number, 0 if somebody opened."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as knock:
        knock.settimeout(1.0)
        try:
            return knock.connect_ex(ADDRESS)
        except TimeoutError:
            return errno.ETIMEDOUT


def wait_until_closed(
    patience: float,
    knock: Callable[[], int] = probe,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> float:
    """Return, with the seconds it took, once the firewall's table is in place."""
    began = clock()
    while knock() not in _CLOSED:
        if clock() - began > patience:
            raise GateError(
                f"the course's firewall did not close this server's network within "
                f"{patience:.0f} seconds, so the server does not start. An operator finds the "
                f"reason in the log of the firewall container on this machine."
            )
        pause(PAUSE_SECONDS)
    return clock() - began
