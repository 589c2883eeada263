"""An old database is copied, then upgraded; a newer one is left alone."""

import os
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jupyterhub
import pytest
from alembic import command
from alembic.config import Config
from jupyterhub import orm
from kept_copies import asides
from semesterhub import database
from sqlalchemy import create_engine

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _alembic_on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")


def make(path: Path, revision: str) -> str:
    """Make a database as an older JupyterHub left it."""
    url = f"sqlite:///{path}"
    if revision == "head":
        orm.new_session_factory(url)
    else:
        database.dbutil.upgrade(url, revision)
    return url


def revision(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob("jupyterhub-*.sqlite"))


def older() -> str:
    return [s.revision for s in database._scripts().walk_revisions()][1]


def test_no_database_and_a_current_one_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "jupyterhub.sqlite"
    database.prepare(f"sqlite:///{path}", NOW)
    assert not path.exists()
    url = make(path, "head")
    before = path.read_bytes()
    database.prepare(url, NOW)
    assert path.read_bytes() == before
    assert copies(path) == []


def test_an_older_one_is_copied_then_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "jupyterhub.sqlite"
    url = make(path, "head")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO users (name, cookie_id) VALUES ('ada', 'x')")
    head = database._scripts().get_heads()[0]
    _undo(path)
    database.prepare(url, NOW)
    [copy] = copies(path)
    assert copy.name == f"jupyterhub-{jupyterhub.__version__}-20260901T083000.sqlite"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert revision(copy) == older()
    assert revision(path) == head
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT name FROM users").fetchall() == [("ada",)]


def _undo(path: Path) -> None:
    """Take the newest migration back, so that upgrading has something to do."""
    with database.dbutil._temp_alembic_ini(f"sqlite:///{path}") as ini:
        command.downgrade(Config(ini), older())


def test_three_copies_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "jupyterhub.sqlite"
    make(path, "head")
    for day in range(5):
        database._copy(path, NOW + timedelta(days=day))
        newest = copies(path)[-1]
        os.utime(newest, (day, day))
    assert [each.name[-22:-14] for each in copies(path)] == ["20260903", "20260904", "20260905"]


def test_a_broken_database_is_moved_too(tmp_path: Path) -> None:
    path = tmp_path / "jupyterhub.sqlite"
    path.write_bytes(b"broken")
    database.move_aside(path)
    assert asides(path)[0].read_bytes() == b"broken"
    assert not path.exists()


def test_three_of_those_are_kept_with_their_logs(tmp_path: Path) -> None:
    path = tmp_path / "jupyterhub.sqlite"
    for day in range(5):
        path.write_bytes(b"broken")
        path.with_name(f"jupyterhub-replaced-2026090{day}T083000.sqlite-wal").write_bytes(b"x")
        database.move_aside(path, datetime(2026, 9, day + 1, 8, 30, tzinfo=UTC))
        os.utime(asides(path)[-1], (day, day))
    assert [each.name[-22:-14] for each in asides(path)] == ["20260903", "20260904", "20260905"]
    assert not list(path.parent.glob("*20260901*"))


def test_a_newer_one_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "jupyterhub.sqlite"
    url = make(path, "head")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'fedcba987654'")
    before = path.read_bytes()
    with pytest.raises(database.NewerDatabaseError, match="a newer JupyterHub made it"):
        database.prepare(url, NOW)
    assert path.read_bytes() == before
    assert copies(path) == []


def test_sqlite_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    database.tune_sqlite()
    engine = create_engine(f"sqlite:///{tmp_path}/x.sqlite")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1
    engine.dispose()
