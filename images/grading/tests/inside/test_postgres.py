"""The gradebook moves to PostgreSQL, whole, and a course goes on with it; with a real server."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import course
import pytest
from nbgrader.api import Gradebook
from semesterhub_grading import moving
from semesterhub_grading.overview import Overview
from semesterhub_grading.settings import Settings
from sqlalchemy import create_engine, func, inspect, select, table
from steps import BAD, GOOD, Worker, do

# In the image there is nothing beside these tests.
STAGE = Path(__file__).parent / "../../../database/tests/conftest.py"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Start a server as the course has it."""
    pytest.importorskip("psycopg")
    if os.geteuid() != 0 or not STAGE.exists():
        pytest.skip("it takes root, and the tests of the image database beside these")
    spec = importlib.util.spec_from_file_location("database_stage", STAGE)
    assert spec is not None
    assert spec.loader is not None
    stage: Any = importlib.util.module_from_spec(spec)
    sys.modules["database_stage"] = stage
    spec.loader.exec_module(stage)
    if stage.programs() is None:
        pytest.skip("there is no PostgreSQL from Debian")
    with stage.running_in_a_folder() as server:
        server.start()
        passfile = tmp_path / "passfile"
        passfile.write_text(f"127.0.0.1:{server.port}:*:gradebook:{stage.GRADEBOOK_PASSWORD}\n")
        passfile.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(passfile))
        yield f"postgresql+psycopg://gradebook@127.0.0.1:{server.port}/gradebook"


def counts(address: str) -> dict[str, int]:
    """Count the rows of each table."""
    engine = create_engine(address)
    with engine.connect() as connection:
        found = {
            name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
            for name in inspect(engine).get_table_names()
        }
    engine.dispose()
    return found


def test_a_course_moves_and_goes_on(graded: Settings, worker: Worker, url: str) -> None:
    file = graded.places.gradebook_file
    with Gradebook(graded.gradebook, "c1") as gradebook:
        essay = gradebook.find_grade("essay", "p1", "ps1", "ada")
        essay.manual_score = 1.5
        gradebook.db.commit()
    before, said = counts(graded.gradebook), Overview(graded).grades("plain", None)
    assert before["grade"] > 0
    assert moving.take_sqlite(file, url) is True
    assert not file.exists()
    [moved] = file.parent.glob("gradebook-moved-*.db")
    assert counts(url) == before
    there = replace(graded, gradebook_url=url)
    assert Overview(there).grades("plain", None) == said
    # a second time there is nothing to take, and another file is not mixed in
    assert moving.take_sqlite(file, url) is False
    moved.rename(file)
    assert moving.take_sqlite(file, url) is False
    assert file.exists()

    course.receive(there.places.course.parent, "alan", course.work(there.places.course.parent, BAD))
    do(there, "collect")
    do(there, "autograde", "alan")
    do(there, "feedback")
    with Gradebook(url, "c1") as gradebook:
        assert gradebook.find_grade("tests", "p1", "ps1", "alan").auto_score == 0
        assert gradebook.find_grade("essay", "p1", "ps1", "ada").manual_score == 1.5
    assert len(worker.seen) == 1


def test_a_course_begins_on_it(root: Path, worker: Worker, url: str) -> None:
    course.make(root)
    settings = course.settings(root, gradebook_url=url)
    do(settings, "generate")
    do(settings, "release")
    course.receive(root, "ada", course.work(root, GOOD))
    do(settings, "collect")
    do(settings, "autograde", "ada")
    assert worker.seen
    with Gradebook(url, "c1") as gradebook:
        assert gradebook.find_grade("tests", "p1", "ps1", "ada").auto_score == 3
    assert not settings.places.gradebook_file.exists()


def test_what_can_not_be_moved_stays(graded: Settings, url: str) -> None:
    file = graded.places.gradebook_file
    with Gradebook(graded.gradebook, "c1") as gradebook:
        # SQLite takes it; PostgreSQL knows no such text
        gradebook.find_grade("essay", "p1", "ps1", "ada").comment = None
        gradebook.find_student("ada").first_name = "a\0da"
        gradebook.db.commit()
    with pytest.raises(moving.GradebookError, match="nothing was") as refused:
        moving.take_sqlite(file, url)
    assert "INSERT" not in str(refused.value)
    assert file.exists()
    assert counts(url) == {}


def test_a_server_that_does_not_let_it_in(url: str) -> None:
    with pytest.raises(moving.GradebookError, match=r"no pg_hba\.conf entry"):
        moving.await_server(f"{url.removesuffix('gradebook')}hub", seconds=0)
