"""Make the package importable and a storage tree to work in."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from intake_course import Course  # now that the package is found


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Make the folders that NfsExport makes."""
    for name in ("homes", "groups", "hub", "uids", "run"):
        (tmp_path / "storage" / name).mkdir(parents=True, mode=0o711)
    return tmp_path / "storage"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Give a course whose folders other users can enter."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    return Course(tmp_path)
