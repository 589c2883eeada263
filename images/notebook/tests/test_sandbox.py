"""One submission is executed as nbgrader does it, in the image."""

import json
from typing import Any

import pytest
from testing.student import docker, image_under_test

pytestmark = pytest.mark.image

RUN = """
import json, sys
from pathlib import Path
from semesterhub_sandbox import run
run.WORK = Path("/tmp")
empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
sources = enumerate(json.loads(sys.argv[1]))
cells = [{**empty, "id": str(n), "source": source} for n, source in sources]
kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
text = json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})
print(json.dumps({**run._execute(text, 2, 100_000), "nbgrader": "nbgrader" in sys.modules}))
"""


def execute(*sources: str) -> dict[str, Any]:
    """Run cells in the image, each for two seconds at most."""
    words = ["run", "--rm", "--network", "none", "--user", "11000", "--env", "HOME=/tmp"]
    python = ["--entrypoint", "/opt/notebook/bin/python", image_under_test(), "-I", "-c", RUN]
    result: dict[str, Any] = json.loads(docker(*words, *python, json.dumps(sources)))
    return result


def test_each_cell_has_its_own_end_and_nbgrader_is_not_loaded() -> None:
    answer = execute("x = 41", "1 / 0", "while True: pass", "print(x + 1)")
    names = [[one.get("ename", one.get("text")) for one in c["outputs"]] for c in answer["cells"]]
    # The timeout is told beside what the interrupted code says of itself.
    assert names == [
        [],
        ["ZeroDivisionError"],
        ["KeyboardInterrupt", "CellTimeoutError"],
        ["42\n"],
    ]
    assert [cell["count"] for cell in answer["cells"]] == [1, 2, 3, 4]
    assert answer["problem"] == ""
    assert answer["nbgrader"] is False


def test_an_error_that_shows_nothing_is_an_error_still() -> None:
    answer = execute("get_ipython()._showtraceback = lambda *a: None\nraise KeyError('hidden')")
    assert [one["ename"] for one in answer["cells"][0]["outputs"]] == ["KeyError"]


def test_a_kernel_that_ends_itself_is_said() -> None:
    answer = execute("print(1)", "import os; os._exit(0)", "print(2)")
    assert "the kernel died" in answer["problem"]
    assert answer["cells"][2] == {"outputs": [], "count": None}
