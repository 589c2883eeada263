"""Make the package importable, and containers of it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from box import IMAGE, ROOT, Box, docker


@pytest.fixture(scope="session")
def image() -> None:
    """Build the image."""
    docker("build", "--quiet", "--tag", IMAGE, str(ROOT))


@pytest.fixture
def stopped_box(tmp_path: Path, image: None) -> Iterator[Box]:
    """Make a course whose container is not started yet."""
    assert image is None
    made = Box(tmp_path)
    yield made
    made.remove()


@pytest.fixture
def box(stopped_box: Box) -> Box:
    """Start its container, whose backups go to a folder."""
    stopped_box.start("sleep", "infinity")
    return stopped_box
