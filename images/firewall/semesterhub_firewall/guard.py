"""Closes containers, several at once, and remembers which are closed."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from .engine import Engine, Student
from .namespace import Namespace
from .nft import Nft

# Waiting for the engine's answers is most of it, so more than there are cores.
WORKERS = 16
# Between attempts at one container. Its launcher waits at the gate, a minute or longer.
PAUSES = (0.05, 0.2, 1.0, 3.0, 10.0)


def log(message: str) -> None:
    """Write one line; Docker adds the time."""
    sys.stderr.write(f"firewall: {message}\n")


class Guard:
    """The containers that this firewall answers for."""

    def __init__(self, engine: Engine, rules: str) -> None:
        self.engine = engine
        self.rules = rules
        # Container to the PID whose namespace was closed.
        self.closed: dict[str, int] = {}
        # Name of a container that could not be closed, to the reason.
        self.failed: dict[str, str] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="close")
        self._nft = Nft()
        self._listing: dict[str, str] = {}

    def submit(self, student: Student) -> Future[None]:
        """Close a container soon."""
        return self._pool.submit(self._close, student)

    def _close(self, student: Student) -> None:
        """Close a container; try again while it runs and cannot be closed."""
        for pause in (*PAUSES, None):
            try:
                self._attempt(student)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next attempt or the gate
                reason = f"{type(error).__name__}: {error}"
                with self._lock:
                    self.failed[student.name] = reason
                log(f"{student.name} is not closed: {reason}")
            else:
                with self._lock:
                    self.failed.pop(student.name, None)
                return
            if pause is not None:
                time.sleep(pause)

    def _attempt(self, student: Student) -> None:
        pid = self.engine.pid(student.id)
        if pid is None:
            return
        rules = self.rules
        known = self.closed.get(student.id) == pid
        try:
            with Namespace(self._nft, student.id, pid) as namespace:
                if known and namespace.listing() == self._listing.get(rules, ""):
                    return
                listing = namespace.load(rules)
        except (ProcessLookupError, FileNotFoundError):
            # It ended while it was looked at. If it has not, that is a failure.
            if self.engine.pid(student.id) == pid:
                raise
            return
        with self._lock:
            self._listing = {rules: listing}
            # Found running and just started may be one and the same: said once.
            silent = not known and self.closed.get(student.id) == pid
            self.closed[student.id] = pid
        if not silent:
            self._tell(student, again=known)

    def _tell(self, student: Student, *, again: bool) -> None:
        if again:
            log(f"{student.name} had lost its rules: closed again")
        elif student.started_ns is None:
            log(f"{student.name} closed, found running")
        else:
            late = (time.time_ns() - student.started_ns) / 1e6
            log(f"{student.name} closed {late:.0f} ms after its start")

    def verify(self) -> None:
        """Look into every running student's namespace, and close what is not closed."""
        running = self.engine.students()
        ids, names = {one.id for one in running}, {one.name for one in running}
        with self._lock:
            self.closed = {one: pid for one, pid in self.closed.items() if one in ids}
            self.failed = {name: why for name, why in self.failed.items() if name in names}
        for result in [self.submit(student) for student in running]:
            result.result()
