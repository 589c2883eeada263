"""A copy of the statistics where backups read, and its way back."""

from pathlib import Path

import pytest
from semesterhub_statistics import database
from semesterhub_statistics.kept import Kept
from semesterhub_statistics.settings import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    made = Places(data=tmp_path / "data", kept=tmp_path / "kept")
    made.data.mkdir()
    made.kept.mkdir()
    return made


def note(places: Places, text: str) -> None:
    """Change the database here."""
    live = database.open_to_write(places.database)
    with live:
        live.execute("INSERT OR REPLACE INTO meta VALUES ('note', ?)", (text,))
    live.close()


def noted(path: Path) -> str:
    """Read that in a database."""
    reader = database.open_to_read(path)
    [row] = reader.execute("SELECT value FROM meta WHERE key = 'note'").fetchall()
    reader.close()
    return str(row["value"])


def test_the_copy_is_whole_and_one_file(places: Places) -> None:
    note(places, "monday")
    Kept(places).keep()
    assert [each.name for each in places.kept.iterdir()] == ["statistics.sqlite"]
    assert noted(places.kept / "statistics.sqlite") == "monday"


def test_what_is_newer_here_stays(places: Places) -> None:
    note(places, "monday")
    Kept(places).keep()
    note(places, "tuesday")
    Kept(places).take()
    assert noted(places.database) == "tuesday"


def test_a_restored_copy_is_taken_and_the_other_kept_aside(places: Places) -> None:
    note(places, "monday")
    Kept(places).keep()
    restored = (places.kept / "statistics.sqlite").read_bytes()
    note(places, "tuesday")
    Kept(places).keep()
    (places.kept / "statistics.sqlite").write_bytes(restored)
    Kept(places).take()
    assert noted(places.database) == "monday"
    [aside] = places.data.glob("*-replaced-*.sqlite")
    assert noted(aside) == "tuesday"


def test_a_new_machine_takes_the_copy(places: Places) -> None:
    note(places, "monday")
    Kept(places).keep()
    for file in places.data.iterdir():
        file.unlink()
    Kept(places).take()
    assert noted(places.database) == "monday"
