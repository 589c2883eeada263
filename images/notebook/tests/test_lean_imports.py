"""What is imported later is the real thing, later."""

import importlib
import importlib.metadata
import sys
from pathlib import Path

import pytest
from semesterhub_notebook import lean_imports


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a module that says when it runs."""
    (tmp_path / "a_late_one.py").write_text("import sys\nsys.late_one_ran = True\nvalue = 42\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "late_one_ran", False, raising=False)
    monkeypatch.delitem(sys.modules, "a_late_one", raising=False)
    return "a_late_one"


def test_a_deferred_module_runs_on_first_use(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "meta_path", [lean_imports.DeferringFinder([package]), *sys.meta_path])
    module = importlib.import_module(package)
    assert not sys.late_one_ran
    assert module.value == 42
    assert sys.late_one_ran


def test_a_stand_in_leaves_no_trace(package: str) -> None:
    with lean_imports.stand_ins({package: {"value": 1}}):
        assert importlib.import_module(package).value == 1
    assert importlib.import_module(package).value == 42


def test_a_stand_in_never_replaces_what_is_loaded(package: str) -> None:
    real = importlib.import_module(package)
    with lean_imports.stand_ins({package: {"value": 1}}):
        assert importlib.import_module(package) is real
    assert sys.modules[package] is real


def test_a_stand_in_goes_when_the_import_fails(package: str) -> None:
    with pytest.raises(ZeroDivisionError), lean_imports.stand_ins({package: {}}):
        raise ZeroDivisionError
    assert package not in sys.modules


def test_a_function_of_later_calls_the_real_one(package: str) -> None:
    (Path(sys.path[0]) / f"{package}.py").write_text("def double(n):\n    return 2 * n\n")
    assert lean_imports.later(package, "double")(21) == 42


def test_a_client_of_later_is_the_real_client(monkeypatch: pytest.MonkeyPatch) -> None:
    class AsyncClient:
        """As httpx's."""

        def __init__(self, **options: object) -> None:
            self.options = options

    later_client = lean_imports.LaterClient(timeout=5)
    httpx = type(sys)("httpx")
    httpx.AsyncClient = AsyncClient
    monkeypatch.setitem(sys.modules, "httpx", httpx)
    assert later_client.options == {"timeout": 5}
    assert later_client.options is later_client.options


def test_entry_points_are_the_same_and_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read = importlib.metadata.entry_points
    expected = read(group="console_scripts")
    reads = []
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda: reads.append(1) or read())
    lean_imports.cache_entry_points()
    assert set(importlib.metadata.entry_points(group="console_scripts")) == set(expected)
    assert not list(importlib.metadata.entry_points(group="console_scripts", name="none such"))
    assert len(reads) == 1


def test_ipythons_folder_is_where_ipython_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.delenv("IPYTHONDIR", raising=False)
    assert lean_imports.ipython_dir() == "/home/ada/.ipython"
    monkeypatch.setenv("IPYTHONDIR", "~/elsewhere/")
    assert lean_imports.ipython_dir() == "/home/ada/elsewhere"
