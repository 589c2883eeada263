"""Run the intake until it is told to stop."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

from semesterhub_homes import health
from semesterhub_homes.settings import SettingsError

from semesterhub_intake.fetched import fetched, write_fetched
from semesterhub_intake.intake import Intake
from semesterhub_intake.people import Student, read_people, write_people
from semesterhub_intake.settings import Settings, read_settings

log = logging.getLogger("intake")

PEOPLE_SECONDS = 15


def main() -> int:
    """Look every few seconds; the exit code is 0 after an orderly stop."""
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
    """Look until it is told to stop. What goes wrong at one look is logged; the next comes.

    What is handed in does not wait for what people are told: where the exchange is full, only
    taking what is in it makes room.
    """

    def people() -> list[Student]:
        return read_people(settings.storage)

    def tell() -> None:
        everybody = [person for person in people() if not person.made_up]
        write_people(everybody, settings.received, settings.graders)
        intake.tell_deadlines()
        intake.tell_trials()
        found = fetched(settings.storage, settings.exchange / "outbound", everybody)
        write_fetched(found, settings.received, settings.graders)

    intake = Intake(settings, people)
    log.info("looking at %s every %.1f s", settings.exchange / "inbound", settings.every_seconds)
    told = 0.0
    failures: dict[str, str] = {}
    while not stopping.is_set():
        if _done("taking what was handed in", intake.look, failures):
            health.write(time.time())
        due = not told or time.monotonic() - told > PEOPLE_SECONDS
        if due and _done("telling people and graders", tell, failures):
            told = time.monotonic()
        stopping.wait(settings.every_seconds)


def _done(what: str, do: Callable[[], object], failures: dict[str, str]) -> bool:
    """Do something. Whatever goes wrong is logged, once as long as it is the same."""
    try:
        do()
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        if failures.get(what) != said:
            log.exception("%s failed at this look; the next one tries again", what)
        failures[what] = said
        return False
    failures.pop(what, None)
    return True


if __name__ == "__main__":
    sys.exit(main())
