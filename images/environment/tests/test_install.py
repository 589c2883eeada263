"""What is installed, in which order, and what is said of what can't be had."""

from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

import install
import pytest

APT_MISSING = """Reading package lists...
E: Unable to locate package grafviz
"""
PIP_MISSING = """ERROR: Could not find a version that satisfies numpyy==1 (from versions: none)
ERROR: No matching distribution found for numpyy==1
"""
PIP_CONFLICT = """ERROR: Cannot install numpy<2: versions have conflicting dependencies.

The conflict is caused by:
    The user requested numpy<2
    The user requested (constraint) numpy==2.5.5

To fix this you could try to:
1. loosen the range of package versions you've specified
ERROR: ResolutionImpossible: for help visit https://pip.pypa.io/
"""


class Runs:
    """Commands that were run; those that have a word of `failing` in them fail with its text."""

    def __init__(self, failing: dict[str, str] | None = None) -> None:
        """Begin with none."""
        self.commands: list[list[str]] = []
        self.failing = failing or {}

    def __call__(self, command: Sequence[str]) -> tuple[int, str]:
        """Take a command down."""
        self.commands.append(list(command))
        for word, output in self.failing.items():
            if word in command:
                return 100, output
        return 0, ""


def write(folder: Path, **lists: str) -> Path:
    for name in ("requirements", "extensions"):
        (folder / f"{name}.txt").write_text(lists.get(name, ""))
    return folder


def test_nothing_wanted_runs_nothing(tmp_path: Path) -> None:
    run = Runs()
    install.install_debian([], [], run)
    install.install_python(write(tmp_path), "", run)
    assert run.commands == []


def test_names_are_never_options() -> None:
    run = Runs()
    install.install_debian(["graphviz"], ["r"], run)
    installs = [command for command in run.commands if "install" in command]
    assert [command[command.index("--") + 1 :] for command in installs] == [
        ["graphviz"],
        ["r-base-core", "r-cran-irkernel"],
    ]


def test_a_missing_debian_package_is_told_with_its_key() -> None:
    with pytest.raises(install.CannotInstallError) as told:
        install.install_debian(["grafviz"], [], Runs({"grafviz": APT_MISSING}))
    assert str(told.value) == ("environment.packages: apt: Unable to locate package grafviz")


@pytest.mark.parametrize(
    ("key", "output", "words"),
    [
        ("requirements", PIP_MISSING, "No matching distribution found for numpyy==1"),
        (
            "extensions",
            PIP_CONFLICT,
            "The user requested numpy<2; the image has numpy==2.5.5",
        ),
        ("requirements", "Killed\n\n", "Killed"),
    ],
)
def test_what_pip_refuses_is_told_with_its_key(
    tmp_path: Path, key: str, output: str, words: str
) -> None:
    folder = write(tmp_path, **{key: "numpyy\n"})
    with pytest.raises(install.CannotInstallError) as told:
        install.install_python(folder, "", Runs({str(folder / f"{key}.txt"): output}))
    assert str(told.value) == f"environment.{key}: pip: {words}"


def test_what_the_image_has_keeps_its_version() -> None:
    pins = install.constraints(distributions()).splitlines()
    assert any(line.startswith("pytest==") for line in pins)
    assert "aiodns<0" in pins


def test_a_package_that_is_no_extension_is_refused(tmp_path: Path) -> None:
    for name, file in (
        ("plain_thing", "plain_thing/__init__.py"),
        ("lab.thing", "../../../share/jupyter/labextensions/thing/package.json"),
    ):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "RECORD").write_text(f"{file},,\n")
    install.check_extensions(["Lab-Thing==1.0"], [str(tmp_path)])
    for line in ("plain-thing>=1", "not-there"):
        with pytest.raises(install.CannotInstallError, match="without an extension"):
            install.check_extensions([line], [str(tmp_path)])


def test_only_what_has_no_compiled_code_is_compiled(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text("")
    old = tmp_path / "old.py"
    old.write_text("")
    compiled = Path(install.cache_from_source(str(old)))
    compiled.parent.mkdir()
    compiled.write_bytes(b"")
    assert install.uncompiled(tmp_path) == [tmp_path / "new.py"]
