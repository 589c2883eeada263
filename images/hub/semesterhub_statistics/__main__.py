"""`python -m semesterhub_statistics`: record, and serve the page, until told to stop."""

import argparse
import asyncio
import csv
import functools
import logging
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from semesterhub.loops import forever
from semesterhub.settings import key, secret
from semesterhub.strict import SettingsError
from tornado.httpserver import HTTPServer

from semesterhub_statistics import database, pages, sources
from semesterhub_statistics.kept import EVERY_SECONDS, Kept
from semesterhub_statistics.names import People
from semesterhub_statistics.recorder import ROUND_SECONDS, Recorder
from semesterhub_statistics.reports import TABLES, Reports
from semesterhub_statistics.settings import PORT, Places, Settings, load_settings, read_places

log = logging.getLogger("statistics")

SQLITE = "sqlite"


async def serve(settings: Settings, places: Places) -> None:
    """Serve until SIGTERM."""
    people = People(settings.names, key("statistics-key"))
    kept = Kept(places) if places.kept.is_dir() else None
    if kept:
        kept.take()
    live = database.open_to_write(places.database)
    people.settle(live)
    recorder = Recorder(live, people, settings.keep_names_days)
    hub = sources.Hub(settings.hub_api_url, secret("statistics-token"))

    def round_() -> None:
        recorder.record(hub.read(recorder.last_start), sources.look_at_machine(places.files))

    loops = [_often("recording", ROUND_SECONDS, round_)]
    if kept:
        loops.append(_often("the copy for backups", EVERY_SECONDS, kept.keep))
    server = HTTPServer(pages.application(settings, places, people), xheaders=True)
    server.listen(PORT)
    log.info("listening on port %d below %s", PORT, settings.prefix)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await stopping.wait()
    for loop in loops:
        loop.cancel()
    server.stop()
    if kept:
        kept.keep()


def _often(what: str, every: float, do: Callable[[], None]) -> asyncio.Task[None]:
    return asyncio.create_task(forever(what, every, functools.partial(asyncio.to_thread, do)))


def write(what: str, places: Places) -> None:
    """Write a table, or a copy of the database, to standard output."""
    if what == SQLITE:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / places.database.name
            database.copy(places.database, made)
            with made.open("rb") as file:
                shutil.copyfileobj(file, sys.stdout.buffer)
    else:
        csv.writer(sys.stdout).writerows(Reports(load_settings(), places).table(what))


def main() -> None:
    """Run, or write what is asked for."""
    parser = argparse.ArgumentParser(prog="semesterhub-statistics", description=__doc__)
    parser.add_argument("--print", choices=[*TABLES, SQLITE], help="a table as CSV, or all of it")
    given = parser.parse_args()
    if given.print:
        write(given.print, read_places())
        return
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)
    try:
        asyncio.run(serve(load_settings(), read_places()))
    except (SettingsError, OSError, sqlite3.Error) as error:
        log.error("cannot start: %s", error)  # noqa: TRY400 (it says all)
        sys.exit(1)


if __name__ == "__main__":
    main()
