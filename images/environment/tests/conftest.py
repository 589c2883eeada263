"""Tests of the image need an engine and the notebook image; without them they are skipped."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "notebook")]

from testing.student import image_under_test  # noqa: E402 (found by the line above)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "image: builds and runs an image on a Docker engine")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs an image where there is none."""
    if item.get_closest_marker("image") is None:
        return
    words = ["docker", "image", "inspect", image_under_test()]
    if (
        shutil.which("docker") is None
        or subprocess.run(words, capture_output=True, check=False).returncode
    ):
        pytest.skip(f"there is no image {image_under_test()}")
