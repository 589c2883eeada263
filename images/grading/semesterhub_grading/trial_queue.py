"""Finds what was handed in and queues it for a trial run (trials.py)."""

import asyncio
import json
import logging
from collections.abc import Callable, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path

from semesterhub_grading.collect import submissions
from semesterhub_grading.jobs import Jobs
from semesterhub_grading.settings import Settings
from semesterhub_grading.trials import TRIAL, place_of

log = logging.getLogger("grading")

EVERY_SECONDS = 5
FRESH = timedelta(days=1)
"""Older submissions are not tried: the key may have been set just now, in the middle of a term."""


class Trials:
    """Looks for what was handed in, and queues it: each student's newest, once, one at a time."""

    def __init__(
        self,
        settings: Settings,
        jobs: Jobs,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take where to look and where to queue."""
        self._settings = settings
        self._jobs = jobs
        self._now = now
        self._asked: dict[tuple[str, str], str] = {}

    def look(self, busy: Set[str] = frozenset()) -> list[tuple[str, str]]:
        """Return assignments and students with something that was not tried, and remember it.

        Who is busy, with a trial that has not ended, comes later: whoever hands in all the time has
        one place and not all.
        """
        places = self._settings.places
        found, taken = [], set(busy)
        for folder in places.received.iterdir():
            if folder.name.startswith(".") or not folder.is_dir():
                continue
            newest = {one.student: one for one in submissions(places.received, folder.name)}
            for student, one in newest.items():
                key = (folder.name, student)
                if student in taken:
                    continue
                if self._now() - one.time > FRESH or self._asked.get(key) == one.folder.name:
                    continue
                self._asked[key] = one.folder.name
                if _tried_already(place_of(places, *key)) != one.folder.name:
                    found.append(key)
                    taken.add(student)
        return found

    async def forever(self) -> None:
        """Look again and again; what goes wrong is logged."""
        while True:
            try:
                trials = [job for job in self._jobs.all() if job.kind == TRIAL]
                busy = {job.student or "" for job in trials if not job.finished.is_set()}
                for assignment, student in await asyncio.to_thread(self.look, busy):
                    self._jobs.add(TRIAL, assignment, student, "submission")
            except Exception:
                log.exception("looking for submissions failed")
            await asyncio.sleep(EVERY_SECONDS)


def _tried_already(place: Path) -> str:
    try:
        return str(json.loads(place.read_text("utf-8"))["id"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
