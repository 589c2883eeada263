"""Run the server, or look after the campus's, until told to stop; meanwhile write dumps."""

import argparse
import logging
import os
import signal
import sys
import time
from typing import Protocol

from semesterhub_database.asked import Asked
from semesterhub_database.campus import Campus
from semesterhub_database.cluster import Cluster
from semesterhub_database.dumps import Dumps
from semesterhub_database.examine import examine
from semesterhub_database.settings import DatabaseError, Settings, read_settings

log = logging.getLogger("database")

SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})
LOOK_SECONDS = 1


class Databases(Protocol):
    """The databases, wherever their server is."""

    def open(self) -> None:
        """Make them ready."""

    def close(self) -> None:
        """Write the last dumps."""

    @property
    def runs(self) -> bool:
        """Whether there is anything to dump."""

    @property
    def dumps(self) -> Dumps:
        """Their dumps."""


def serve(databases: Databases, asked: Asked, settings: Settings) -> bool:
    """Write dumps until told to stop; False if the server ended."""
    due = time.monotonic() + settings.dump_seconds
    # Between two looks: a backup asks by a file.
    while signal.sigtimedwait(SIGNALS, LOOK_SECONDS) is None:
        if not databases.runs:
            return False
        question = asked.question()
        if question is None and time.monotonic() < due:
            continue
        trouble = ""
        try:
            databases.dumps.write_if_changed()
        except OSError as error:
            trouble = str(error)
            log.exception("no dump was written; the next try is in %d s", settings.dump_seconds)
        if question is not None:
            asked.answer(question, trouble)
        due = time.monotonic() + settings.dump_seconds
    return True


def run() -> int:
    """Serve; the exit code is 0 after an orderly stop."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        settings = read_settings()
        databases: Databases = Campus(settings) if settings.places else Cluster(settings)
        asked = Asked(settings.data)
        databases.open()
        asked.begin()
    except (DatabaseError, OSError) as error:
        log.error("%s", error)  # noqa: TRY400 (it says all)
        return 1
    log.info("ready")
    if not serve(databases, asked, settings):
        log.error("PostgreSQL ended")
        return 1
    try:
        databases.close()
        asked.end()
    except OSError:
        log.exception("the last dumps were not written")
        return 1
    log.info("stopped")
    return 0


def main() -> int:
    """Serve, or examine what the campus gives."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)
    os.umask(0o077)
    parser = argparse.ArgumentParser(prog="semesterhub_database", description=__doc__)
    parser.add_argument("do", nargs="?", choices=["serve", "examine"], default="serve")
    return run() if parser.parse_args().do == "serve" else examine(sys.stdin.read())


if __name__ == "__main__":
    sys.exit(main())
