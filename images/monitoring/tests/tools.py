"""Debian's own programs, where this computer has them."""

import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")


def needed(*programs: str) -> None:
    missing = [each for each in programs if shutil.which(each) is None]
    if missing:
        pytest.skip(
            f"{', '.join(missing)}: not on this computer (Debian has prometheus-alertmanager)"
        )


def checked(*words: str | Path) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
