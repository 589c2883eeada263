"""What is recorded, and that nothing that goes wrong loses it."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from semesterhub_statistics import database
from semesterhub_statistics.names import People
from semesterhub_statistics.recorder import Recorder, WrongClockError
from semesterhub_statistics.sources import Machine, look_at_machine

KEY = b"k" * 32
NOON = 1_790_000_100  # a whole five minutes
MACHINE = Machine(memory_used=3, memory_total=8, disk_used=10, disk_total=100)
DAY = 86_400


class Term:
    """A recorder with clocks that stand still until they are moved."""

    def __init__(self, path: Path, names: Any = "names", keep: int = 100) -> None:
        self.path = path
        self.now = self.steady = float(NOON)
        self.names = names
        self.keep = keep
        self.open()

    def open(self) -> None:
        """Start the service, again."""
        self.database = database.open_to_write(self.path)
        people = People(self.names, KEY)
        people.settle(self.database)
        clocks = {"wall": lambda: self.now, "steady": lambda: self.steady}
        self.recorder = Recorder(self.database, people, self.keep, **clocks)

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self.steady += seconds

    def round(self, *online: str, **more: Any) -> None:
        """Record a round with people on line since noon, all of them active."""
        servers = [
            {"user": name, "name": "", "started": NOON, "active": int(self.now)} for name in online
        ]
        told = {
            "people": {"students": 220, "staff": 4},
            "servers": servers,
            "starts": [],
            "last": 0,
            "machines": {"count": 2, "memoryBytes": 64},
            "reservedBytes": 4,
        }
        self.recorder.record({**told, **more}, MACHINE)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        return [tuple(row) for row in self.database.execute(query)]


@pytest.fixture
def term(tmp_path: Path) -> Term:
    return Term(tmp_path / "statistics.sqlite")


def start(number: int, user: str = "ada", **more: Any) -> dict[str, Any]:
    model = {"id": number, "user": user, "began": NOON + number, "waited": 0.5, "seconds": 4.0}
    return {**model, "result": "ready", "reason": "", **more}


def test_somebody_with_two_servers_is_one_person(term: Term) -> None:
    servers = [
        {"user": "ada", "name": name, "started": NOON, "active": NOON} for name in ("", "work")
    ]
    term.round(servers=servers)
    query = "SELECT running, active, memory_promised FROM sample"
    assert term.rows(query) == [(1, 1, 8)]
    assert term.rows("SELECT server FROM session ORDER BY 1") == [("",), ("work",)]
    assert term.rows("SELECT count(*) FROM active") == [(1,)]


def test_sessions_are_intervals_and_not_a_row_a_round(term: Term) -> None:
    for _ in range(30):
        term.round("ada", "grace")
        term.pass_(60)
    term.round("grace")
    query = "SELECT name, started, ended FROM session JOIN person ON person = person.id ORDER BY 1"
    assert term.rows(query) == [("ada", NOON, NOON + 1800), ("grace", NOON, None)]
    assert term.rows("SELECT count(*) FROM active") == [(2,)]
    assert term.rows("SELECT count(*), max(running), min(memory_promised) FROM sample") == [
        (7, 2, 4)
    ]


def test_the_table_of_2015(term: Term) -> None:
    term.round("ada")
    term.pass_(600)
    term.round("grace")
    assert term.rows("SELECT date, user, active FROM activity ORDER BY 1, 2") == [
        ("2026-09-21 14:15:00", "ada", 1),
        ("2026-09-21 14:15:00", "grace", 0),
        ("2026-09-21 14:25:00", "ada", 0),
        ("2026-09-21 14:25:00", "grace", 1),
    ]


def test_idle_is_on_line_and_not_active(term: Term) -> None:
    idle = {"user": "ada", "name": "", "started": NOON, "active": NOON - 601}
    term.round(servers=[idle])
    assert term.rows("SELECT running, active FROM sample") == [(1, 0)]


def test_a_hub_that_was_away_leaves_a_gap_and_no_wrong_end(term: Term) -> None:
    term.round("ada", "grace")
    term.pass_(3600)
    term.round("ada")
    query = "SELECT name, ended FROM session JOIN person ON person = person.id ORDER BY 1"
    # grace went in an hour that nobody saw
    assert term.rows(query) == [("ada", None), ("grace", NOON)]


def rehearsal(began: int, **more: Any) -> dict[str, Any]:
    counts = dict.fromkeys(("started", "refused", "failed", "submitted"), 3)
    plot: dict[str, list[int]] = {"time": [began], "servers": [3], "cpu": [50], "memory": [40]}
    start = {"p50": 2.0, "p95": 4.0, "most": 5.5}
    told = {"began": began, "students": 3, "minutes": 1, "start": start, "plot": plot, **counts}
    return {**told, "limit": "cpu", "findings": [["it was busy", "more processors"]], **more}


def test_rehearsals_are_kept_once_and_apart(term: Term) -> None:
    term.round("ada", rehearsals=[rehearsal(NOON)])
    term.round("ada", rehearsals=[rehearsal(NOON), rehearsal(NOON + 60, students=9)])
    term.round("ada")
    assert term.rows("SELECT began, students, slowest_start, reached FROM rehearsal") == [
        (NOON, 3, 5.5, "cpu"),
        (NOON + 60, 9, 5.5, "cpu"),
    ]
    assert term.rows("SELECT count(*) FROM start") == [(0,)]


def test_a_service_that_restarts_goes_on(term: Term) -> None:
    term.round("ada")
    term.database.close()
    term.pass_(60)
    term.open()
    term.round("ada", starts=[start(7)], last=7)
    assert term.recorder.last_start == 7
    assert term.rows("SELECT count(*) FROM session") == [(1,)]


def test_starts_are_recorded_once(term: Term) -> None:
    term.round(starts=[start(1), start(2, result="failed", reason="full")], last=2)
    term.round(starts=[start(2, result="failed", reason="full")], last=2)
    assert term.rows("SELECT result, reason, waited, seconds FROM start") == [
        ("ready", "", 0.5, 4.0),
        ("failed", "full", 0.5, 4.0),
    ]
    # a hub with the database of yesterday numbers from there: all of it is read again
    term.round(last=1)
    assert term.recorder.last_start == 0


def test_a_full_disk_costs_rounds_and_nothing_else(term: Term) -> None:
    term.round("ada")
    [[pages]] = term.rows("PRAGMA page_count")
    term.database.execute(f"PRAGMA max_page_count = {pages}")
    term.pass_(60)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        term.round(*(f"student-{n}" for n in range(3000)))
    assert term.rows("SELECT count(*), max(ended) FROM session") == [(1, None)]
    term.database.execute("PRAGMA max_page_count = 100000")
    term.pass_(60)
    term.round("ada")
    assert term.rows("SELECT seen FROM session") == [(NOON + 120,)]


def test_a_damaged_database_is_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "statistics.sqlite"
    path.write_bytes(b"SQLite format 3\0" + b"nonsense" * 1000)
    term = Term(path)
    term.round("ada")
    assert [each.read_bytes()[16:24] for each in tmp_path.glob("*-damaged-*.sqlite")] == [
        b"nonsense"
    ]


def test_a_clock_before_the_first_day_records_nothing(term: Term) -> None:
    term.now = 0
    with pytest.raises(WrongClockError):
        term.round("ada")
    assert term.rows("SELECT count(*) FROM session") == [(0,)]


def test_a_database_made_while_the_clock_was_a_year_ahead(tmp_path: Path) -> None:
    """It records again after a day of a steady clock, and not after a year."""
    path = tmp_path / "statistics.sqlite"
    term = Term(path)
    term.database.execute("UPDATE meta SET value = ? WHERE key = 'created'", (NOON + 365 * DAY,))
    term.database.commit()
    term.open()
    for _ in range(24):
        with pytest.raises(WrongClockError):
            term.round("ada")
        term.pass_(3600)
    term.round("ada")
    term.open()  # and over a restart
    term.pass_(60)
    term.round("ada")
    assert term.rows("SELECT seen FROM session") == [(int(term.now),)]


def test_a_clock_that_is_still_being_set_records_nothing(term: Term) -> None:
    for step in range(30):
        term.now = 3600 * step * step
        term.steady += 3600
        with pytest.raises(WrongClockError):
            term.round("ada")


def test_a_clock_that_steps_there_and_back_ends_no_session(term: Term) -> None:
    term.round("ada")
    for moment in (NOON + 400 * DAY, NOON + 60):
        term.now = moment
        term.steady += 60
        term.round("ada")
    assert term.rows("SELECT started, seen, ended FROM session") == [(NOON, NOON + 60, None)]


def test_names_go_after_their_days(tmp_path: Path) -> None:
    term = Term(tmp_path / "statistics.sqlite", keep=10)
    term.round("ada", starts=[start(1)], last=1)
    term.pass_(60)
    term.round()
    for _ in range(11):
        term.pass_(DAY)
        term.round()
    assert term.rows("SELECT person FROM session UNION ALL SELECT person FROM start") == [
        (None,),
        (None,),
    ]
    assert term.rows("SELECT count(*) FROM person") == [(0,)]
    # what names nobody stays
    assert term.rows("SELECT min(time), max(active) FROM sample") == [(NOON, 1)]


def test_a_clock_a_year_ahead_takes_no_name(tmp_path: Path) -> None:
    term = Term(tmp_path / "statistics.sqlite", keep=10)
    term.round("ada")
    term.pass_(60)
    term.round()
    term.now += 365 * DAY
    for _ in range(20):
        term.steady += 3600
        term.now += 3600
        term.round()
    assert term.rows("SELECT name FROM person") == [("ada",)]


def test_pseudonyms_take_the_place_of_names_and_back(tmp_path: Path) -> None:
    term = Term(tmp_path / "statistics.sqlite")
    term.round("ada")
    term.names = "pseudonyms"
    term.open()
    [[name]] = term.rows("SELECT name FROM person")
    assert name == People("names", KEY).pseudonym("ada") != People("names", b"x").pseudonym("ada")
    term.round("ada")
    term.names = "names"
    term.open()
    term.round("ada")
    assert term.rows("SELECT name FROM person") == [("ada",)]
    assert term.rows("SELECT count(*) FROM session") == [(1,)]


def test_this_machine_has_memory_and_a_disk(tmp_path: Path) -> None:
    found = look_at_machine(tmp_path)
    assert 0 < found.memory_used < found.memory_total
    assert 0 < found.disk_used <= found.disk_total
