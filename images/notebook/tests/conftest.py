"""Tests of the image need an engine and the image; without them they say so and are skipped."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from testing.student import Student, image_under_test


def _why_not() -> str:
    """Say why the image can't be run here; empty when it can."""
    try:
        done = subprocess.run(
            ["docker", "image", "inspect", image_under_test()],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return "there is no docker command"
    return "" if done.returncode == 0 else done.stderr.strip()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "image: runs the built image on a Docker engine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = _why_not()
    for item in items:
        if reason and item.get_closest_marker("image"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="module")
def student() -> Iterator[Student]:
    """Run one server for a module's tests."""
    with Student(image_under_test()) as server:
        server.wait_ready()
        yield server


@pytest.fixture(scope="module")
def teacher() -> Iterator[Student]:
    """Run one server of staff for a module's tests."""
    with Student(image_under_test(), username="teacher", env={"SEMESTERHUB_STAFF": "1"}) as server:
        server.wait_ready()
        yield server
