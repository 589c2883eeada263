"""Make the generator and the alerts' package importable."""

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent
ALERTS = FOLDER.parent / "alerts"
sys.path[:0] = [str(FOLDER), str(ALERTS), str(Path(__file__).parent)]


@pytest.fixture
def folder() -> Path:
    return FOLDER
