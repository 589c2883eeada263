"""These tests run inside of the image (../test_image.py): nbgrader is nowhere else."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import course
from semesterhub_grading.settings import Settings


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    os.umask(0o007)
    yield tmp_path
    os.umask(0o022)


@pytest.fixture
def settings(root: Path) -> Settings:
    return course.make(root)
