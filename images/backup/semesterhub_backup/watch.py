"""Read what a program says, and end it when it does not go on."""

import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import IO


class Watch:
    """Reads a program's lines, and ends it when nothing new happens for too long."""

    def __init__(self, process: "subprocess.Popen[bytes]", patience: float) -> None:
        """Take the program, and for how many seconds it may make no progress."""
        self._process = process
        self._patience = patience
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
        self._threads = [
            threading.Thread(target=self._read, args=(pipe,), daemon=True) for pipe in self._pipes
        ]
        self._last = time.monotonic()
        self._seen: object = None
        self.stalled = False
        self.where = ""

    def __enter__(self) -> "Watch":
        """Begin to read."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Wait until all is read."""
        if _error[0] is not None:
            self._process.kill()
        for thread in self._threads:
            thread.join()

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                self._lines.put(line)
        self._lines.put(None)

    def progressed(self, what: object, where: str = "") -> None:
        """Note that something is another than it was."""
        if what != self._seen:
            self._seen, self._last, self.where = what, time.monotonic(), where

    def lines(self) -> Iterator[str]:
        """Give lines until both pipes are closed."""
        still_open = len(self._pipes)
        while still_open:
            try:
                line = self._lines.get(timeout=1)
            except queue.Empty:
                line = b""
            if line is None:
                still_open -= 1
            elif line:
                yield line.decode(errors="replace").rstrip("\n")
            if not self.stalled and time.monotonic() - self._last > self._patience:
                self.stalled = True
                self._process.kill()
