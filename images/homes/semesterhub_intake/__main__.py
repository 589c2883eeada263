"""Run the intake until it is told to stop; `health` asks how it is."""

import logging
import os
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

from semesterhub_homes.settings import SettingsError

from semesterhub_intake.fetched import fetched, write_fetched
from semesterhub_intake.intake import Intake
from semesterhub_intake.people import Student, read_people, write_people
from semesterhub_intake.settings import Settings, read_settings

log = logging.getLogger("intake")

BEAT = Path("/tmp/intake-beat")  # noqa: S108 (the container's own)
SILENT_SECONDS = 120
PEOPLE_SECONDS = 15


def main() -> int:
    """Look every few seconds; the exit code is 0 after an orderly stop."""
    if sys.argv[1:] == ["health"]:
        return health()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        settings = read_settings(os.environ)
        run(settings, stopping)
    except (SettingsError, OSError) as error:
        log.error("cannot start: %s", error)  # noqa: TRY400 (it says all)
        return 1
    log.info("stopped")
    return 0


def run(settings: Settings, stopping: threading.Event) -> None:
    """Look until it is told to stop. What goes wrong at one look is logged; the next comes."""

    def people() -> list[Student]:
        return read_people(settings.storage)

    intake = Intake(settings, people)
    log.info("looking at %s every %.1f s", settings.exchange / "inbound", settings.every_seconds)
    told = 0.0
    while not stopping.is_set():
        try:
            if time.monotonic() - told > PEOPLE_SECONDS or not told:
                everybody = [person for person in people() if not person.made_up]
                write_people(everybody, settings.received, settings.graders)
                intake.tell_deadlines()
                intake.tell_trials()
                found = fetched(settings.storage, settings.exchange / "outbound", everybody)
                write_fetched(found, settings.received, settings.graders)
                told = time.monotonic()
            intake.look()
            BEAT.touch()
        except (OSError, ValueError, sqlite3.Error) as error:
            log.error("this look failed: %s", error)  # noqa: TRY400 (it says all)
        stopping.wait(settings.every_seconds)


def health() -> int:
    """Answer 0 if the last look was well and not long ago."""
    try:
        since = time.time() - BEAT.stat().st_mtime
    except OSError:
        since = float("inf")
    if since > SILENT_SECONDS:
        print("the intake has not looked for two minutes; its log says why", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
