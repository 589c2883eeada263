"""Deadlines are instants, by the course's clock of the day itself."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from semesterhub_grading.deadlines import DeadlineError, Deadlines, instant

BERLIN = ZoneInfo("Europe/Berlin")


def test_the_clock_of_the_day_counts_and_not_todays() -> None:
    assert instant("2026-10-24T23:59", BERLIN) == datetime(2026, 10, 24, 21, 59, tzinfo=UTC)
    assert instant("2026-10-26T23:59", BERLIN) == datetime(2026, 10, 26, 22, 59, tzinfo=UTC)
    assert instant("2026-10-26T23:59+05:00", BERLIN).hour == 18


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("tomorrow", "no time"),
        ("2026-12-01", "time of day"),
        ("2027-03-28T02:30", "not exist"),
        ("9999-12-31T23:59", "no time of a course's"),
        ("9999-12-31T23:59-05:00", "no time of a course's"),
        ("0001-01-01T00:00", "no time of a course's"),
    ],
)
def test_what_is_no_time_is_said(text: str, word: str) -> None:
    with pytest.raises(DeadlineError, match=word):
        instant(text, BERLIN)


def test_a_new_deadline_keeps_the_extensions(tmp_path: Path) -> None:
    deadlines = Deadlines(tmp_path)
    with pytest.raises(DeadlineError, match="set that first"):
        deadlines.extend("ps1", "ada", datetime.now(UTC))
    deadlines.set("ps1", datetime(2026, 1, 1, tzinfo=UTC), "close")
    deadlines.extend("ps1", "@lab-1", datetime(2026, 1, 3, tzinfo=UTC))
    deadlines.set("ps1", datetime(2026, 1, 2, tzinfo=UTC))
    assert deadlines.read()["ps1"] == {
        "due": "2026-01-02T00:00:00+00:00",
        "late": "close",
        "extensions": {"@lab-1": "2026-01-03T00:00:00+00:00"},
    }
    deadlines.remove("ps1")
    assert deadlines.read() == {}
