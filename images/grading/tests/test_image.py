"""Runs the tests below inside/ in the image: nbgrader and Jupyter are there and not here."""

import importlib.util
import os
import subprocess
import warnings
from pathlib import Path

import pytest

IMAGE = os.environ.get("SEMESTERHUB_GRADING_IMAGE", "")
HERE = Path(__file__).parent
# pytest and what it imports, all plain Python: the image has no test packages.
NEEDED = ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments", "py")


def packages() -> list[str]:
    """Mount each package that pytest needs into the container."""
    mounts = []
    for name in NEEDED:
        spec = importlib.util.find_spec(name)
        assert spec is not None, name
        assert spec.origin is not None, name
        file = Path(spec.origin)
        place = file.parent if file.name == "__init__.py" else file
        inside = name if place.is_dir() else file.name
        mounts += ["--volume", f"{place}:/test-packages/{inside}:ro"]
    return mounts


@pytest.mark.skipif(not IMAGE, reason="SEMESTERHUB_GRADING_IMAGE names no image")
def test_inside_of_the_image() -> None:
    command = ["docker", "run", "--rm", "--user", "10995:19998", "--tmpfs", "/tmp:mode=1777,exec"]
    command += [*packages(), "--volume", f"{HERE / 'inside'}:/tests:ro"]
    command += ["--env", "PYTHONPATH=/test-packages", "--env", "PYTHONDONTWRITEBYTECODE=1", IMAGE]
    command += [
        "/opt/notebook/bin/python",
        "-m",
        "pytest",
        "-q",
        "-rs",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore",
        "/tests",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, f"{done.stdout[-8000:]}\n{done.stderr[-2000:]}"
    for line in done.stdout.splitlines():
        if line.startswith("SKIPPED"):
            warnings.warn(f"inside of the image: {line}", stacklevel=1)
