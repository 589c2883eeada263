"""Executes one notebook, as a user without any right, and writes its cells' outputs as JSON.

The notebook comes by standard input and is nowhere on disk: a student's code finds only the files.
"""

import ctypes
import io
import json
import os
import sys
import tarfile
from pathlib import Path
from typing import Any

WORK = Path("/tmp/work")  # noqa: S108 (the container's own)
_DUMPABLE = 4


def _unpack() -> str:
    with tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read())) as tar:
        packed = tar.extractfile("notebook.ipynb")
        notebook = packed.read().decode() if packed else ""
        members = [one for one in tar.getmembers() if one.name.startswith("files/")]
        for one in members:
            one.name = one.name.removeprefix("files/")
        WORK.mkdir(mode=0o700)
        tar.extractall(WORK, members, filter="data")
    return notebook


def _execute(text: str, cell_seconds: int, output_bytes: int) -> dict[str, Any]:
    import nbformat  # noqa: PLC0415 (after the input is read and the process closed)
    from nbclient.exceptions import CellTimeoutError, DeadKernelError  # noqa: PLC0415 (there only in the image)
    from nbgrader.preprocessors import Execute  # noqa: PLC0415

    class Bounded(Execute):  # type: ignore[misc]
        """nbgrader's own step, which stops to collect outputs when there are too many."""

        spent = 0

        def output(self, outs: Any, msg: Any, display_id: str, cell_index: int) -> Any:  # noqa: ANN401
            self.spent += len(json.dumps(msg["content"]))
            if self.spent > output_bytes:
                return None
            return super().output(outs, msg, display_id, cell_index)

    notebook = nbformat.reads(text, as_version=4)
    step = Bounded(timeout=cell_seconds)
    problem = ""
    try:
        step.preprocess(notebook, {"metadata": {"path": str(WORK)}})
    except DeadKernelError:
        problem = "the kernel died: too little memory, or the code ended it"
    except CellTimeoutError:
        # An endless cell is interrupted and costs only itself; this one could not be.
        problem = f"a cell went on after {cell_seconds} seconds and could not be interrupted"
    if step.spent > output_bytes:
        problem = problem or f"its output was cut after {output_bytes} bytes"
    return {
        "problem": problem,
        "cells": [
            {"outputs": cell.outputs, "count": cell.execution_count}
            if cell.cell_type == "code"
            else None
            for cell in notebook.cells
        ],
    }


def main() -> None:
    """Read a job, execute it, answer."""
    # The kernel runs as the same user: it must not read this process's memory, where the tests are.
    ctypes.CDLL(None).prctl(_DUMPABLE, 0, 0, 0, 0)
    answer = os.dup(1)  # not inherited
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    notebook = _unpack()
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    os.environ["JUPYTER_RUNTIME_DIR"] = "/tmp/runtime"  # noqa: S108
    os.environ["IPYTHONDIR"] = "/tmp/ipython"  # noqa: S108
    os.chdir(WORK)
    result = _execute(notebook, int(sys.argv[1]), int(sys.argv[2]))
    with os.fdopen(answer, "w") as out:
        json.dump(result, out)


if __name__ == "__main__":
    main()
