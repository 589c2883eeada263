"""`semesterhub-grading`: the service, until it is told to stop."""

import asyncio
import logging
import os
import signal
import sys

from nbgrader.api import Gradebook
from tornado.httpserver import HTTPServer

from semesterhub_grading import formgrader, moving, operator
from semesterhub_grading.jobs import Jobs
from semesterhub_grading.people import read_people, tell_gradebook
from semesterhub_grading.settings import Settings, SettingsError, load_settings, secret
from semesterhub_grading.trial_queue import Trials

log = logging.getLogger("grading")

PORT = 8000
LARGEST_BODY = 1 << 20
PEOPLE_SECONDS = 30


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM."""
    jobs = Jobs(settings)
    auth = formgrader.hub_auth(settings, secret("grading-token"))
    app = formgrader.application(settings, auth, jobs)
    server = HTTPServer(app, xheaders=True, max_body_size=LARGEST_BODY)
    server.listen(PORT)
    private = operator.listen(settings, jobs)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    log.info("listening on port %d below %s", PORT, settings.prefix)
    people = asyncio.create_task(every(PEOPLE_SECONDS, lambda: sync(settings)))
    trying = asyncio.create_task(Trials(settings, jobs).forever()) if settings.trial_runs else None
    await stopping.wait()
    for task in (people, trying):
        if task:
            task.cancel()
    jobs.close()
    server.stop()
    private.stop()


async def every(seconds: float, does: object) -> None:
    """Do something again and again; what goes wrong is logged."""
    while True:
        try:
            await asyncio.to_thread(does)  # type: ignore[arg-type]
        except Exception:
            log.exception("a regular task failed")
        await asyncio.sleep(seconds)


def sync(settings: Settings) -> None:
    """Put who is new into the gradebook."""
    with Gradebook(settings.gradebook, settings.course) as gradebook:
        if new := tell_gradebook(read_people(settings.places.received), gradebook):
            log.info("%d new students in the gradebook", new)


def main() -> int:
    """Run; the exit code is 0 after an orderly stop."""
    os.umask(0o007)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)
    # Not each request: most are health checks, and a login's address has a code in it.
    logging.getLogger("tornado.access").setLevel(logging.WARNING)
    try:
        settings = load_settings()
        if settings.gradebook_url:
            moving.await_server(settings.gradebook_url)
            moving.take_sqlite(settings.places.gradebook_file, settings.gradebook_url)
        with Gradebook(settings.gradebook, settings.course):
            pass
        asyncio.run(serve(settings))
    except (SettingsError, moving.GradebookError, OSError) as error:
        log.error("cannot start: %s", error)  # noqa: TRY400 (it says all)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
