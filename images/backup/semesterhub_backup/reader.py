"""Read trees, each as its owner, and tell all of it on a pipe.

A program of its own, which is asked over a socket and forks a process for each tree: so that what
reads never had anything else in its memory or among its open files.

    reader SOCKET

A request is the owner's UID and GID, and four open files: the tree, what is known of it, memory in
which the reader notes which file it is at, and the pipe.
"""

import json
import mmap
import os
import signal
import socket
import sys

from semesterhub_backup import frames, view
from semesterhub_backup.manifest import read_items
from semesterhub_backup.tree_reader import CHUNK, WHERE_BYTES, Reader, UnreadableError

REQUEST_BYTES = 256


def read_tree(opened: list[int], uid: int, gid: int) -> None:
    """Read one tree, in a process that does nothing else."""
    top, manifest, where, pipe = opened
    with os.fdopen(pipe, "wb", buffering=CHUNK) as out:
        try:
            view.enter(top, uid, gid)
            with os.fdopen(manifest, "rb") as lines, mmap.mmap(where, WHERE_BYTES) as place:
                known = {item.path: item for item in read_items(lines)}
                Reader(top, known, out, place).run()
        except (OSError, MemoryError, ValueError, UnreadableError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            out.write(frames.pack(frames.FAILED, json.dumps(why or type(error).__name__).encode()))


def main(arguments: list[str]) -> int:
    """Serve until the other end is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    asked = socket.socket(fileno=int(arguments[0]))
    while True:
        request, opened, _, _ = socket.recv_fds(asked, REQUEST_BYTES, 4)
        if not request:
            return 0
        if os.fork() == 0:
            asked.close()
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            try:
                read_tree(opened, *json.loads(request))
            finally:
                os._exit(0)
        for descriptor in opened:
            os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
