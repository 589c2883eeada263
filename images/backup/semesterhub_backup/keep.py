"""Which backups are kept: all of the last days, one a week before that."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from semesterhub_backup.restic import PART, Snapshot
from semesterhub_backup.times import SKEW

# A clock that is wrong for some hours must not cost a semester's backups.
MOST_FORGOTTEN = 200
DAY = timedelta(days=1)


def newest(snapshots: Sequence[Snapshot], now: datetime) -> Snapshot | None:
    """Find the newest whole backup. One that was made while the clock was ahead is not it."""
    complete = [each for each in snapshots if PART not in each.tags]
    of_now = [each for each in complete if each.time <= now + SKEW]
    return max(of_now or complete, key=lambda each: each.time, default=None)


def to_forget(
    snapshots: Sequence[Snapshot], days: int, weeks: int, newest: str, now: datetime
) -> list[str]:
    """Choose what goes: parts that a whole backup has taken in, and what is too old."""
    forgotten = [each.id for each in snapshots if PART in each.tags and each.id != newest]
    complete = [each for each in snapshots if PART not in each.tags]
    weekly: dict[tuple[int, int], Snapshot] = {}
    for each in sorted(complete, key=lambda each: each.time):
        year, week, _ = each.time.isocalendar()
        weekly[year, week] = each
    of_a_week = {each.id for each in weekly.values() if now - each.time < weeks * 7 * DAY}
    old = [each for each in complete if now - each.time >= days * DAY]
    expired = [each.id for each in old if each.id not in of_a_week and each.id != newest]
    return forgotten + expired[:MOST_FORGOTTEN]
