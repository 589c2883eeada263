"""A home whose own Jupyter configuration is broken: the server starts, and its pages say why."""

import json
import re
import shlex
from pathlib import Path

import pytest
from semesterhub_notebook import rescue
from testing.kernel import Kernel
from testing.student import Student, image_under_test

CONFIG = ".jupyter/jupyter_server_config.py"


def broken(files: dict[str, str]) -> list[str]:
    """Write files into the home, then start as always."""
    write = "; ".join(
        f"mkdir -p {shlex.quote(str(Path(name).parent))} && printf %s {shlex.quote(text)}"
        f" > {shlex.quote(name)}"
        for name, text in files.items()
    )
    return ["sh", "-c", f"cd && {write}; exec semesterhub-singleuser"]


def said(student: Student, page: str = "lab") -> str:
    """Read what a page tells its student."""
    text = student.get(page).body.decode()
    found = re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert found, text[:500]
    return str(json.loads(found[1]).get("semesterhubNotice", ""))


@pytest.mark.image
@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({CONFIG: "c.FileContentsManager.root_dir = '/home/ada/gone'"}, "/home/ada/gone"),
        ({CONFIG: "exit()"}, "it ended itself"),
        ({CONFIG: "import os; os._exit(7)"}, "it ended with status 7"),
        ({CONFIG: "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"}, "signal 11"),
        ({CONFIG: "while True: pass"}, "did not answer within 12 seconds"),
        ({CONFIG: "c.ServerApp.ip = '127.0.0.2'\nc.ServerApp.port = 9999"}, ""),
        ({".jupyter/jupyter_config.py": "raise KeyboardInterrupt"}, "KeyboardInterrupt"),
        ({".jupyter/jupyter_server_config.json": '{"ServerApp": {"port": "many"}}'}, ""),
        ({".jupyter/jupyter_server_config.d/mine.json": "{"}, ""),
        ({".local/etc/jupyter/jupyter_server_config.py": "exit(3)"}, ""),
        ({".local/share/jupyter": "no folder"}, ""),
        ({".jupyter": "no folder"}, ""),
    ],
    ids=lambda value: None if isinstance(value, str) else f"{next(iter(value.items()))}"[:60],
)
def test_a_server_starts_without_what_breaks_it(files: dict[str, str], why: str) -> None:
    env = {"SEMESTERHUB_FIREWALL_SECONDS": "12"}
    with Student(image_under_test(), command=broken(files), env=env) as student:
        student.wait_ready(30)
        notice = said(student)
        assert why in notice
        if why:
            assert "Your server did not start with your own Jupyter configuration" in notice
            assert said(student, "tree") == notice
        with Kernel(student) as kernel:
            assert kernel.run("print(6 * 7)") == "42\n"


@pytest.mark.image
def test_configuration_that_works_is_used_and_stops_in_time() -> None:
    works = {CONFIG: "c.MappingKernelManager.cull_interval = 77\nc.ServerApp.quit_button = False"}
    with Student(image_under_test(), command=broken(works)) as student:
        student.wait_ready(30)
        assert said(student) == ""
        assert b"quitButton" in student.get("lab").body
        assert json.loads(
            re.search(r'"quitButton": (true|false)', student.get("lab").body.decode())[1]  # type: ignore[index]
        ) is False  # fmt: skip
        student.stop()
        assert "Traceback" not in student.logs()


def test_who_has_configuration(tmp_path: Path) -> None:
    assert rescue.has_configuration(tmp_path) is False
    (tmp_path / ".jupyter/lab/user-settings").mkdir(parents=True)
    (tmp_path / ".jupyter/labconfig").mkdir()
    (tmp_path / ".local/share/jupyter").mkdir(parents=True)
    assert rescue.has_configuration(tmp_path) is False
    (tmp_path / ".jupyter/jupyter_server_config.py").touch()
    assert rescue.has_configuration(tmp_path) is True


def test_a_reason_is_one_line() -> None:
    refused = SystemExit(1)  # upstream leaves so, with a value that it refuses
    refused.__context__ = ValueError("no such folder: /gone\nand more")
    assert rescue.explain(refused) == "ValueError: no such folder: /gone"
    assert rescue.explain(SystemExit(3)) == "it ended itself (exit status 3)"
    assert rescue.explain(MemoryError()) == "MemoryError: no reason given"


def test_a_usual_start_says_nothing() -> None:
    assert rescue.notice({}) == ""
    assert "x is wrong. Put" in rescue.notice({rescue.VARIABLE: "x is wrong."})
    assert len(rescue.environment("y" * 10_000)[rescue.VARIABLE]) == rescue.LONGEST_REASON
