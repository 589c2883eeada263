"""Make the package importable and a storage tree to work in."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """Make the folders that NfsExport makes."""
    for name in ("homes", "hub", "uids", "run"):
        (tmp_path / "storage" / name).mkdir(parents=True, mode=0o711)
    return tmp_path / "storage"
