"""The library as a student's Python finds it, and as packages get into it."""

import sys
from pathlib import Path

import pytest
from semesterhub_notebook import library, library_path


def made(folder: Path, version: str) -> Path:
    packages = folder / "versions" / version / "python"
    packages.mkdir(parents=True)
    link = folder / "current"
    link.unlink(missing_ok=True)
    link.symlink_to(f"versions/{version}")
    return packages


def test_its_place_is_found_once_and_then_kept(tmp_path: Path) -> None:
    own = tmp_path.lstat().st_uid
    assert library_path.place(str(tmp_path), own) is None
    first = made(tmp_path, "2026-11-30-1")
    found = library_path.place(str(tmp_path), own)
    assert found == str(first.resolve())
    made(tmp_path, "2026-11-30-2")
    assert found == str(first.resolve())
    assert library_path.place(str(tmp_path), own) != found


def test_what_somebody_else_made_is_none(tmp_path: Path) -> None:
    made(tmp_path, "2026-11-30-1")
    assert library_path.place(str(tmp_path), tmp_path.lstat().st_uid + 1) is None


def test_it_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = made(tmp_path, "2026-11-30-1")
    monkeypatch.setattr(library_path, "place", lambda: str(packages))
    monkeypatch.setattr(sys, "path", ["/image"])
    library_path.add()
    library_path.add()
    assert sys.path == ["/image", str(packages)]


def distribution(folder: Path, name: str, file: str) -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    record = f"{file},,\n{name}-1.0.dist-info/METADATA,,\n{name}-1.0.dist-info/RECORD,,\n"
    (info / "RECORD").write_text(f"{record}../../outside,,\n")
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text("")


def test_what_the_image_has_is_not_kept_twice(tmp_path: Path) -> None:
    target, image = tmp_path / "a" / "b" / "target", tmp_path / "image"
    (tmp_path / "a" / "outside").parent.mkdir(parents=True)
    (tmp_path / "a" / "outside").write_text("not the library's")
    distribution(image, "Num_Py", "numpy/__init__.py")
    distribution(target, "num-py", "numpy/__init__.py")
    distribution(target, "torch", "torch/__init__.py")
    found = library.distributions(path=[str(image)])
    assert library.remove_doubles(target, found) == ["torch==1.0"]
    assert sorted(path.name for path in target.iterdir()) == ["torch", "torch-1.0.dist-info"]
    assert (tmp_path / "a" / "outside").exists()


def test_pips_reason_is_one_line() -> None:
    missing = "Looking\nERROR: No matching distribution found for torchh\n"
    assert library.reason(missing) == "No matching distribution found for torchh"
    conflict = (
        "The conflict is caused by:\n    The user requested numpy<2\n"
        "    The user requested (constraint) numpy==2.5.5\n\nTo fix\n"
    )
    assert library.reason(conflict) == "The user requested numpy<2; the image has numpy==2.5.5"
