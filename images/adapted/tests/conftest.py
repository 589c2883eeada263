"""Builds an image in the manner of docker-stacks and adapts it; without an engine, tests say so."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ADAPTED = HERE.parent
NOTEBOOK = ADAPTED.parent / "notebook"
sys.path[:0] = [str(ADAPTED), str(NOTEBOOK)]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "image: builds and runs an image on a Docker engine")


def build(tag: str, folder: Path, **arguments: str) -> str:
    """Build an image; answers what the build printed."""
    given = [word for key, value in arguments.items() for word in ("--build-arg", f"{key}={value}")]
    done = subprocess.run(
        ["docker", "build", "--tag", tag, *given, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{done.stdout[-3000:]}{done.stderr[-1000:]}")
    return tag


def adapt(tag: str, base: str, folder: Path) -> str:
    """Adapt an image, with the build context that the program makes."""
    shutil.copytree(ADAPTED, folder, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    modules = folder / "semesterhub_notebook"
    modules.mkdir()
    for name in json.loads((ADAPTED / "shared.json").read_text()):
        shutil.copy(NOTEBOOK / "semesterhub_notebook" / f"{name}.py", modules)
    return build(tag, folder, BASE_IMAGE=base)


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Adapt an image."""
    if shutil.which("docker") is None:
        pytest.skip("there is no docker command")
    base = build("semesterhub-test/stack", HERE / "stack")
    folder = tmp_path_factory.mktemp("adapted") / "context"
    yield adapt("semesterhub-test/adapted", base, folder)
    subprocess.run(["docker", "rmi", "semesterhub-test/adapted"], check=False, capture_output=True)
