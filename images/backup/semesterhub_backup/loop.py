"""Backups at their time, for as long as the container runs."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime

from semesterhub_backup.settings import Settings
from semesterhub_backup.status import DAY_SECONDS, Status, age_seconds, read_status, updated_status
from semesterhub_backup.times import iso

log = logging.getLogger("backup")

LOOK_SECONDS = 30.0
RETRY_SECONDS = 600.0
DRILL_EVERY_DAYS = 28
RETRY_DRILL_DAYS = 1


def due_in(success: str | None, error: str | None, every: int, now: datetime) -> float:
    """Tell in how many seconds the next backup is due.

    One interval after the last success began to count, at once if that is past (the container was
    down); after an error not before ten minutes have gone by.
    """
    age = age_seconds(success, now)
    seconds = 0.0 if age is None else float(every - age)
    since_error = age_seconds(error, now)
    if since_error is not None and (age is None or since_error < age):
        seconds = max(seconds, min(RETRY_SECONDS, every) - since_error)
    return max(0.0, seconds)


def drill_is_due(status: Status, now: datetime) -> bool:
    """Tell whether a restore is to be proved: after the first backup, then every four weeks."""
    if age_seconds(status.lastSuccess, now) is None:
        return False
    failed = age_seconds((status.lastDrillError or {}).get("at"), now)
    if failed is not None and failed < RETRY_DRILL_DAYS * DAY_SECONDS:
        return False
    age = age_seconds((status.lastDrill or {}).get("at"), now)
    return age is None or age >= DRILL_EVERY_DAYS * DAY_SECONDS


class Loop:
    """Runs each backup as a process of its own, so that none can bring the loop down."""

    def __init__(self, settings: Settings) -> None:
        """Note since when backups are expected."""
        self._settings = settings
        self._child: subprocess.Popen[bytes] | None = None
        self._earlier: subprocess.Popen[bytes] | None = None
        self._stopping = False
        settings.work.mkdir(parents=True, exist_ok=True, mode=0o700)
        with updated_status(settings) as status:
            status.since = iso(datetime.now(UTC))

    def run(self) -> int:
        """Loop until told to stop; a backup that runs then is ended, the next one cleans up."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        if self._settings.mailbox is not None:
            threading.Thread(target=self._serve, daemon=True).start()
        while not self._stopping:
            wait = self._plan()
            if wait > 0:
                # Short sleeps: an operator's `now` moves the next one, the clock may be set.
                time.sleep(min(wait, LOOK_SECONDS))
                continue
            self._start("now")
            if drill_is_due(read_status(self._settings), datetime.now(UTC)):
                self._plan()
                self._start("drill")
        return 0

    def _plan(self) -> float:
        status = read_status(self._settings)
        error = status.lastError["at"] if status.lastError else None
        moment = datetime.now(UTC)
        wait = due_in(status.lastSuccess, error, self._settings.every_seconds, moment)
        planned = iso(datetime.fromtimestamp(moment.timestamp() + wait, UTC))
        if status.nextRun != planned:
            with updated_status(self._settings) as status:
                status.nextRun = planned
        return wait

    def _start(self, what: str) -> None:
        command = [sys.executable, "-m", "semesterhub_backup", what]
        self._child = subprocess.Popen(command, start_new_session=True)  # noqa: S603 (no shell)
        if self._stopping:
            self._end_child()
        code = self._child.wait()
        self._child = None
        if code != 0 and not self._stopping:
            log.error("%s failed with code %d", what, code)
            # It may have ended before it could note its error, from which the pause is counted.
            time.sleep(LOOK_SECONDS)

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True
        self._end_child()
        _end(self._earlier)
        # Interrupts the sleep: Python goes on with it after a handler that returns.
        raise SystemExit(0)

    def _end_child(self) -> None:
        _end(self._child)

    def _serve(self) -> None:
        """Have students' requests answered, whatever ends who answers them."""
        while not self._stopping:
            command = [sys.executable, "-m", "semesterhub_backup", "earlier"]
            self._earlier = subprocess.Popen(command, start_new_session=True)  # noqa: S603 (no shell)
            if self._stopping:
                _end(self._earlier)
            code = self._earlier.wait()
            if not self._stopping:
                log.error("what answers requests for earlier versions ended with code %d", code)
                # A pause and no wait: what ends at once is not to be started without end.
                time.sleep(LOOK_SECONDS)


def _end(process: "subprocess.Popen[bytes] | None") -> None:
    """End a process and what it has started."""
    if process is not None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
