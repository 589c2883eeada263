"""Points in time, as people say them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from semesterhub_backup.errors import BackupError, NotFoundError

AGE = re.compile(r"(\d{1,6})\s*(s|m|min|h|d|w)", re.ASCII)
UNIT = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
SHOWN = 40
SKEW = timedelta(minutes=5)


def iso(moment: datetime) -> str:
    """Write 2026-11-21T13:00:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def parse_iso(text: str | None) -> datetime | None:
    """Read what iso wrote; None where it is no time."""
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        return None


def parse_time(text: str, now: datetime) -> datetime:
    """Understand ISO with its zone, an age like 2h, and now.

    Without a zone it is refused: this container knows none but UTC, and whoever asks is elsewhere.
    """
    wanted = text.strip().lower()
    if wanted == "now":
        return now
    age = AGE.fullmatch(wanted.removesuffix(" ago"))
    if age:
        return now - int(age[1]) * UNIT[age[2]]
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BackupError(
            f"{text!r} is no time. Say 2026-11-21T13:00+01:00, 30m, 2h, 3d, 1w or now."
        ) from None
    if moment.tzinfo is None:
        raise BackupError(
            f"{text!r} has no time zone. Say e.g. {text.strip()}+01:00 or {text.strip()}Z."
        )
    return moment


def choose(available: Sequence[datetime], text: str | None, now: datetime) -> datetime:
    """Take the newest available time that is not younger than what was asked for."""
    if not available:
        raise NotFoundError("There is no backup yet. Make one: semesterhub-backup now")
    if text is None:
        # What was made while the clock was ahead is not the newest.
        return max([each for each in available if each <= now + SKEW] or available)
    wanted = parse_time(text, now)
    fitting = [each for each in available if each <= wanted]
    if fitting:
        return max(fitting)
    listed = "\n".join(f"  {iso(each)}" for each in sorted(available)[:SHOWN])
    more = "" if len(available) <= SHOWN else f"\n  and {len(available) - SHOWN} later ones"
    raise NotFoundError(
        f"There is no backup from {iso(wanted)} or before. There are:\n{listed}{more}"
    )
