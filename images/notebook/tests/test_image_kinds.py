"""What students do to a server that nobody thought of: packages, exports, folders, crashes."""

import json
import secrets
import time

import pytest
from testing.kernel import Kernel
from testing.student import Student, image_under_test
from testing.websocket import WebSocket

pytestmark = pytest.mark.image

MANY = 20_000
NAME = "%C3%9Cbung%201.ipynb"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "markdown",
            "id": "a",
            "metadata": {},
            "source": "# Übung 1\n\n$e^{i\\pi}=-1$\n\n| a |\n|---|\n| 1 |\n\n#import x",
        },
        {
            "cell_type": "code",
            "id": "b",
            "metadata": {},
            "execution_count": 1,
            "source": "import pandas as pd\nprint('#set page()')",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": "\x1b[31m#set page()\x1b[0m\n"},
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {
                        "text/plain": "<Figure>",
                        "image/png": PIXEL,
                    },
                },
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {
                        "text/plain": "   a\n0  1",
                        "text/html": "<table border='1'><tr><td>1</td></tr></table>",
                    },
                },
                {
                    "output_type": "error",
                    "ename": "ValueError",
                    "evalue": "x",
                    "traceback": ["\x1b[0;31mValueError\x1b[0m: x"],
                },
            ],
        },
        {"cell_type": "raw", "id": "c", "metadata": {}, "source": "raw"},
    ],
    "metadata": {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}


def test_what_is_offered_as_an_export_works(student: Student) -> None:
    model = {"type": "notebook", "format": "json", "content": NOTEBOOK}
    saved = student.request("PUT", f"api/contents/{NAME}", model)
    assert saved.status == 201
    offered = student.get("api/nbconvert").json()
    assert {"pdf", "html", "latex", "rst", "asciidoc", "slides"} <= set(offered)
    failed = {}
    for name in offered:
        answer = student.get(f"nbconvert/{name}/{NAME}?download=true")
        if answer.status != 200 or not answer.body:
            failed[name] = answer.body[-300:]
    assert failed == {}
    assert student.get(f"nbconvert/pdf/{NAME}").body.startswith(b"%PDF-")


def test_the_students_own_version_of_a_package_wins(student: Student) -> None:
    """A wheel made here, so that the test needs no index: an older idna than the course's."""
    make = (
        "import zipfile\n"
        "z = zipfile.ZipFile('idna-2.0-py3-none-any.whl', 'w')\n"
        "z.writestr('idna/__init__.py', '__version__ = \"2.0\"')\n"
        "i = 'idna-2.0.dist-info/'\n"
        "z.writestr(i + 'METADATA', 'Metadata-Version: 2.1\\nName: idna\\nVersion: 2.0\\n')\n"
        "z.writestr(i + 'WHEEL',"
        " 'Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
        "z.writestr(i + 'RECORD', '')\n"
        "z.close()\n"
        "import subprocess, sys\n"
        "p = [sys.executable, '-m', 'pip', 'install', '--no-index', '--no-deps']\n"
        "p += ['idna-2.0-py3-none-any.whl']\n"
        "print(subprocess.run(p, capture_output=True, text=True))\n"
    )
    with Kernel(student) as kernel:
        before = kernel.run("import idna; print(idna.__version__, idna.__file__)")
        assert "/opt/notebook" in before
        assert "returncode=0" in kernel.run(make)
    with Kernel(student) as kernel:
        after = kernel.run("import idna; print(idna.__version__, idna.__file__)")
        assert after.startswith("2.0 /home/ada/.local/lib/python3.13/site-packages/")
        assert kernel.run("import pandas; print(pandas.__file__)").startswith("/opt/notebook/")
    assert student.execute("sh", "-c", "python -c 'import idna; print(idna.__version__)'") == "2.0"
    assert student.execute("ipython", "-c", "import idna; print(idna.__version__)") == "2.0"
    # pip and ipython of the terminal are the same; the server itself goes on with the course's
    assert "idna" in student.execute("pip", "list", "--user")
    student.execute("pip", "uninstall", "--yes", "idna")
    with Kernel(student) as kernel:
        assert kernel.run("import idna; print(idna.__version__, idna.__file__)") == before


def test_an_open_folder_of_many_files_is_no_lasting_load() -> None:
    with Student(image_under_test()) as student:
        student.wait_ready()
        student.execute(
            "python", "-c",
            "import os; os.mkdir('many');"
            f"[open(f'many/{{i}}.csv', 'w').close() for i in range({MANY})];"
            "os.mkdir('many/.hidden'); os.mkdir('many/sub'); open('many/n.ipynb', 'w').close();"
            "os.symlink('gone', 'many/dangling'); os.symlink('sub', 'many/link');"
            "os.mkfifo('many/p')",
        )  # fmt: skip
        before = student.cpu_seconds()
        first = student.get("api/contents/many?type=directory&content=1").json()["content"]
        took = student.cpu_seconds() - before
        by_name = {entry["name"]: entry for entry in first}
        assert len(first) == MANY + 3
        assert {by_name[name]["type"] for name in ("sub", "link")} == {"directory"}
        assert by_name["n.ipynb"]["type"] == "notebook"
        assert by_name["7.csv"] | {"created": 0, "last_modified": 0} == {
            "name": "7.csv", "path": "many/7.csv", "type": "file", "mimetype": "text/csv",
            "size": 0, "writable": True, "content": None, "format": None,
            "hash": None, "hash_algorithm": None, "created": 0, "last_modified": 0,
        }  # fmt: skip
        before = student.cpu_seconds()
        for _ in range(5):
            look = student.get("api/contents/many?content=1&hash=0").json()["content"]
            assert len(look) == len(first)
        again = (student.cpu_seconds() - before) / 5
        print(f"{MANY} files: first look {took:.2f} s of a processor, each further {again:.2f} s")
        assert took < 3
        assert again < 0.6
        # what comes and goes is seen at once
        student.execute("sh", "-c", "touch many/new.txt && rm many/7.csv")
        names = {e["name"] for e in student.get("api/contents/many?content=1").json()["content"]}
        assert "new.txt" in names
        assert "7.csv" not in names


def test_a_kernel_that_crashes_leaves_no_core() -> None:
    with Student(image_under_test(), options=["--ulimit", "core=-1"]) as student:
        student.wait_ready()
        with Kernel(student) as kernel:
            assert (
                kernel.run("import resource as r; print(r.getrlimit(r.RLIMIT_CORE))") == "(0, 0)\n"
            )
            code = (
                "import subprocess, sys\n"
                "c = subprocess.run([sys.executable, '-c', 'import ctypes; ctypes.string_at(0)'])\n"
                "import os; print(c.returncode, [n for n in os.listdir() if 'core' in n])"
            )
            assert kernel.run(code) == "-11 []\n"


def start_silent_cell(student: Student, code: str) -> WebSocket:
    """Run code and do not wait for it."""
    kernel = student.request("POST", "api/kernels", {"name": "python3"}).json()["id"]
    session = secrets.token_hex(8)
    path = f"{student.prefix}api/kernels/{kernel}/channels?session_id={session}"
    channel = WebSocket(student.address, 8888, path, student.hub.browser_token)
    channel.send(
        {
            "channel": "shell",
            "header": {
                "msg_id": secrets.token_hex(8), "msg_type": "execute_request",
                "session": session, "username": "", "version": "5.3",
            },
            "parent_header": {}, "metadata": {},
            "content": {"code": code, "silent": False, "store_history": False},
        }
    )  # fmt: skip
    while True:
        message = channel.receive()
        if message["msg_type"] == "execute_input":
            return channel


@pytest.mark.parametrize(("minutes", "is_activity"), [("60", True), ("0", False)])
def test_a_silent_cell_is_activity_to_the_hub(minutes: str, *, is_activity: bool) -> None:
    env = {"SEMESTERHUB_BUSY_MINUTES": minutes, "JUPYTERHUB_ACTIVITY_INTERVAL": "1"}
    with Student(image_under_test(), env=env) as student:
        student.wait_ready()
        channel = start_silent_cell(student, "import time; time.sleep(600)")
        time.sleep(1)  # what is reported of the start is older than this
        began = student.get("api/status").json()["last_activity"]
        reported = len(student.hub.seen.activity)
        deadline = time.monotonic() + 20
        while len(student.hub.seen.activity) < reported + 3 and time.monotonic() < deadline:
            time.sleep(0.2)  # between two looks: the stand-in for the hub tells nobody
        last = student.hub.seen.activity[-1]["servers"][""]["last_activity"]
        assert (last > began) is is_activity, json.dumps([began, last])
        channel.__exit__()
