"""Versions of the library: whose they are, which counts, and what of a package stays out."""

import os
from pathlib import Path
from typing import Any

import pytest
from semesterhub_intake import library
from semesterhub_intake.library import RequestError, answer

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="acts as several users: needs root")

BUILDER = 20009


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir(mode=0o2775)
    return tmp_path


def ask(storage: Path, **request: Any) -> dict[str, Any]:
    return answer(request, storage, BUILDER)


def fetch(storage: Path, text: str) -> str:
    """Do what the container with pip does; answers the folder's name."""
    folder: str = ask(storage, do="begin")["folder"]
    package = storage / "shared" / "library" / folder / "python" / "thing"
    package.mkdir()
    (package / "__init__.py").write_text(text)
    for path in (package, package / "__init__.py"):
        os.chown(path, BUILDER, BUILDER)
    return folder


def test_a_version_is_roots_and_counts_at_once(storage: Path) -> None:
    folder = fetch(storage, "v = 1")
    package = storage / "shared/library" / folder / "python" / "thing"
    (package / "link").symlink_to("/etc/passwd")
    (package / "__init__.py").chmod(0o4777)
    os.mkfifo(package / "pipe")
    (package.parents[1] / "pip-unpack-x").mkdir()
    said = ask(storage, do="finish", folder=folder, requirements=["thing"])
    version = said["current"]
    assert said["versions"] == {version: ["thing"]}
    made = storage / "shared/library/current/python/thing"
    assert sorted(path.name for path in made.iterdir()) == ["__init__.py"]
    version_folder = made.parents[1].resolve()
    names = sorted(path.name for path in version_folder.iterdir())
    assert names == ["python", "requirements.txt"]
    for path in (made, made / "__init__.py", made.parent, made.parent.parent.resolve()):
        status = path.stat()
        assert (status.st_uid, status.st_mode & 0o7022) == (0, 0)


def test_versions_are_kept_and_one_is_taken_back(storage: Path) -> None:
    first = ask(storage, do="finish", folder=fetch(storage, "v = 1"), requirements=["thing==1"])[
        "current"
    ]
    began_with = (storage / "shared/library/current").resolve()
    second = ask(storage, do="finish", folder=fetch(storage, "v = 2"), requirements=["thing==2"])[
        "current"
    ]
    assert [first[-2:], second[-2:]] == ["-1", "-2"]
    # a kernel that found its place before reads what it began with
    assert (began_with / "python/thing/__init__.py").read_text() == "v = 1"
    assert (storage / "shared/library/current/python/thing/__init__.py").read_text() == "v = 2"
    with pytest.raises(RequestError, match="in use"):
        ask(storage, do="forget", version=second)
    assert ask(storage, do="use", version=first)["current"] == first
    assert list(ask(storage, do="forget", version=second)["versions"]) == [first]


@pytest.mark.parametrize("version", ["../../homes", "2026-11-30-9", "", "current"])
def test_only_a_version_is_used_or_forgotten(storage: Path, version: str) -> None:
    for what in ("use", "forget"):
        with pytest.raises(RequestError, match="no version"):
            ask(storage, do=what, version=version)


def test_what_was_never_finished_goes(storage: Path) -> None:
    fetch(storage, "v = 1")
    second = ask(storage, do="begin")["folder"]
    names = [path.name for path in (storage / "shared/library").iterdir()]
    assert sorted(names) == sorted([second, "versions"])
    for name in ("versions", f"{library.NEW}x", f"{library.NEW}/../versions"):
        with pytest.raises(RequestError, match="not begun"):
            ask(storage, do="finish", folder=name, requirements=[])


def test_a_folder_that_staff_made_is_not_the_library(storage: Path) -> None:
    fake = storage / "shared" / "library"
    fake.mkdir()
    os.chown(fake, 20001, 19999)
    with pytest.raises(RequestError, match="Move it away"):
        ask(storage, do="list")
