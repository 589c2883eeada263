"""These tests run inside of the image (../test_image.py): nbgrader is nowhere else."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import course
from nbformat.v4 import new_code_cell
from semesterhub_grading.settings import Settings
from steps import GOOD, Worker, do


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    os.umask(0o007)
    yield tmp_path
    os.umask(0o022)


@pytest.fixture
def settings(root: Path) -> Settings:
    return course.make(root)


@pytest.fixture
def worker(root: Path, settings: Settings) -> Iterator[Worker]:
    playing = Worker(settings.places.jobs)
    yield playing
    playing.close()
    assert root.exists()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Release once: it takes seconds."""
    os.umask(0o007)
    root = tmp_path_factory.mktemp("prepared")
    settings = course.make(root)
    do(settings, "generate")
    do(settings, "release")
    assert "only staff know" not in (root / "exchange/c1/outbound/ps1/p1.ipynb").read_text()
    return root


@pytest.fixture
def released(settings: Settings, root: Path, prepared: Path) -> Settings:
    shutil.copytree(prepared, root, dirs_exist_ok=True)
    return settings


@pytest.fixture(scope="session")
def graded_once(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Path:
    """Take and autograde what ada handed in, once."""
    root = tmp_path_factory.mktemp("graded")
    shutil.copytree(prepared, root, dirs_exist_ok=True)
    made = course.settings(root)
    spy = new_code_cell("print('<script>parent.x=1</script>')")
    files = {"evil.html": "<script>parent.x=1</script>", "a.png": "no picture", "d.csv": "1,2"}
    work = course.work(root, GOOD, "<script>parent.x=1</script>my essay", spy)
    course.receive(root, "ada", work, files)
    worker = Worker(made.places.jobs)
    do(made, "collect")
    do(made, "autograde", "ada")
    worker.close()
    return root


@pytest.fixture
def graded(settings: Settings, root: Path, graded_once: Path) -> Settings:
    """One submission that is autograded and waits for a grade by hand."""
    shutil.copytree(graded_once, root, dirs_exist_ok=True)
    return settings
