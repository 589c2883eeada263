"""Ask oneself, as the hub does, whether the service is well, and write until when that counts.

`homes-health` only compares two numbers: a look every few seconds for a whole term must cost
nothing.
"""

import logging
import time
from http import HTTPStatus
from pathlib import Path

from semesterhub_homes.client import ask

log = logging.getLogger("homes")

FILE = Path("/tmp/well-until")  # noqa: S108 (the container's own)
EVERY_SECONDS = 5
# A busy disk may make the service wait; one that hangs is silent for longer.
COUNTS_SECONDS = 120


def write(now: float, wrong: str = "") -> None:
    """Replace the file in one step: until when all counts as well, and what is wrong."""
    new = FILE.with_suffix(".new")
    new.write_text(f"{0 if wrong else int(now) + COUNTS_SECONDS} {wrong}\n")
    new.replace(FILE)


def problem() -> str:
    """Get /health once; say what is wrong, in one line, or nothing."""
    try:
        status, body = ask("GET", "/health")
    except (OSError, ValueError) as error:
        return f"the homes service does not answer: {error}"
    if status != HTTPStatus.OK:
        return f"{body.get('error', status)}"
    return ""


def look() -> None:
    """Ask once, and write it."""
    try:
        write(time.time(), problem())
    except OSError as error:
        log.warning("%s can't be written: %s", FILE, error.strerror)
