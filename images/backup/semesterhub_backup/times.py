"""Points in time: as duplicity names them, as people say them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

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


def from_duplicity(text: str) -> datetime:
    """Read duplicity's 20261121T130000Z."""
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def iso(moment: datetime) -> str:
    """Write 2026-11-21T13:00:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def parse_time(text: str, now: datetime) -> datetime:
    """Understand ISO, an age like 2h, now, today and yesterday; a day means its end."""
    wanted = text.strip().lower()
    if wanted == "now":
        return now
    if wanted in {"today", "yesterday"}:
        day = now.astimezone(UTC).date() - timedelta(days=wanted == "yesterday")
        return datetime.combine(day, time(23, 59, 59), UTC)
    age = AGE.fullmatch(wanted.removesuffix(" ago"))
    if age:
        return now - int(age[1]) * UNIT[age[2]]
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BackupError(
            f"{text!r} is no time. Say 2026-11-21T13:00, 2026-11-21, 30m, 2h, 3d, 1w, now, today or"
            " yesterday."
        ) from None
    if re.fullmatch(r"\d{4}-?\d{2}-?\d{2}", text.strip()):
        moment = moment.replace(hour=23, minute=59, second=59)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def choose(available: Sequence[datetime], text: str | None, now: datetime) -> datetime:
    """Take the newest available time that is not younger than what was asked for."""
    if not available:
        raise NotFoundError("There is no backup yet. Make one: semesterhub-backup now")
    if text is None:
        return max(available)
    wanted = parse_time(text, now)
    fitting = [each for each in available if each <= wanted]
    if fitting:
        return max(fitting)
    listed = "\n".join(f"  {iso(each)}" for each in sorted(available)[:SHOWN])
    more = "" if len(available) <= SHOWN else f"\n  and {len(available) - SHOWN} later ones"
    raise NotFoundError(
        f"There is no backup from {iso(wanted)} or before. There are:\n{listed}{more}"
    )
