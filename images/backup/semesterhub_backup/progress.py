"""Tell what goes on: to whoever asked for it, and in the status file for everybody else."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from semesterhub_backup.lock import held
from semesterhub_backup.settings import Settings
from semesterhub_backup.status import lock_file, read_status, updated_status
from semesterhub_backup.times import iso

TICK_SECONDS = 2.0

Say = Callable[[str], None]


def say(text: str) -> None:
    """Tell on standard error; whoever stopped listening stops nothing."""
    try:
        print(text, file=sys.stderr, flush=True)
    except BrokenPipeError:
        sys.stderr = Path("/dev/null").open("w", encoding="utf-8")  # noqa: SIM115 (for good)


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


class Progress:
    """Every two seconds, what a run has done so far."""

    def __init__(self, settings: Settings, what: str, tell: Say) -> None:
        """Begin; what names the run."""
        self._settings = settings
        self._tell = tell
        self._begin = time.monotonic()
        self._running = {"what": what, "since": iso(now()), "progress": "begins"}
        self._step = ""
        self._done: Callable[[], str] = str
        self._ended = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> "Progress":
        """Begin to tick."""
        self._ticker.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """End; the status says that nothing runs."""
        self._ended.set()
        self._ticker.join()
        with updated_status(self._settings) as status:
            status.running = None

    def step(self, text: str, done: Callable[[], str] = str) -> None:
        """Tell the next step; done tells how far it is."""
        self._step, self._done = text, done
        self._tell(f"  {text}")

    def seen(self, message: dict[str, Any]) -> None:
        """Take note of what restic has done in this step."""
        files = message.get("files_done", message.get("files_restored", 0))
        self._done = lambda: f": {files:,} files"

    def _tick(self) -> None:
        while not self._ended.wait(TICK_SECONDS):
            seconds = int(time.monotonic() - self._begin)
            text = f"{self._step}{self._done()}, {seconds} s"
            self._tell(f"  {text}")
            self._running["progress"] = text
            with updated_status(self._settings) as status:
                status.running = self._running


@contextmanager
def exclusive(settings: Settings, tell: Say) -> Iterator[None]:
    """Hold the lock, telling what is waited for."""
    settings.work.mkdir(parents=True, exist_ok=True, mode=0o700)
    told = 0.0

    def waiting() -> None:
        nonlocal told
        if time.monotonic() - told >= TICK_SECONDS:
            told = time.monotonic()
            running = read_status(settings).running or {"what": "another command", "progress": ""}
            tell(f"Waiting for {running['what']} to end: {running['progress']}")

    with held(lock_file(settings), waiting):
        yield
