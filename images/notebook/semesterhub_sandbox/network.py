"""Take this container's network away, so that only its own loopback is left."""

import fcntl
import socket
import struct
from pathlib import Path

_GET_FLAGS = 0x8913  # SIOCGIFFLAGS
_SET_FLAGS = 0x8914  # SIOCSIFFLAGS
_UP = 0x1
_REQUEST = struct.Struct("16sH14x")
# Docker's own name server answers inside of a container on this address, whatever is down.
_DOCKER_DNS = ("127.0.0.11", 53)


class NetworkError(RuntimeError):
    """The network is still there."""


def _flags(control: socket.socket, name: str) -> int:
    answer = fcntl.ioctl(control, _GET_FLAGS, _REQUEST.pack(name.encode(), 0))
    return int(_REQUEST.unpack(answer)[1])


def cut() -> None:
    """Take every interface but the loopback down. Needs NET_ADMIN, which nothing later has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        names = [name for _, name in socket.if_nameindex() if name != "lo"]
        for name in names:
            flags = _flags(control, name)
            fcntl.ioctl(control, _SET_FLAGS, _REQUEST.pack(name.encode(), flags & ~_UP))
        if still := [name for name in names if _flags(control, name) & _UP]:
            raise NetworkError(f"{', '.join(still)} can't be taken down")
    if Path("/proc/net/route").read_text().count("\n") > 1:
        raise NetworkError("there is still a route to somewhere")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as knock:
        knock.settimeout(1)
        if knock.connect_ex(_DOCKER_DNS) == 0:
            raise NetworkError("Docker's name server answers in here")
