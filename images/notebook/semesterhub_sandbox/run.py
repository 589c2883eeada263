"""Executes one notebook, as a user without any right, and writes its cells' outputs as JSON.

The notebook comes by standard input and is nowhere on disk: a student's code finds only the files.
It is executed as nbgrader does it, by the same nbclient, without loading nbgrader, which is most of
a second of a processor for each submission.
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
_TIMEOUT = {
    "ename": "CellTimeoutError",
    "evalue": "",
    "traceback": ["CellTimeoutError: it took longer than a cell may"],
}


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


def _show_error(cell: Any, execute_reply: dict[str, Any], **_: Any) -> None:  # noqa: ANN401
    """Put the error that a cell ended with among its outputs where none tells it (a timeout)."""
    from nbformat.v4 import new_output  # noqa: PLC0415

    reply = execute_reply["content"]
    told = [one.ename for one in cell.outputs if one.output_type == "error"]
    if reply["status"] == "error" and reply["ename"] not in told:
        trace = reply["traceback"] or [f"{reply['ename']}: {reply['evalue']}"]
        error = {"ename": reply["ename"], "evalue": reply["evalue"], "traceback": trace}
        cell.outputs.append(new_output("error", **error))


def _execute(text: str, cell_seconds: int, output_bytes: int) -> dict[str, Any]:
    import nbformat  # noqa: PLC0415 (after the input is read and the process closed)
    from nbclient import NotebookClient  # noqa: PLC0415 (there only in the image)
    from nbclient.exceptions import CellTimeoutError, DeadKernelError  # noqa: PLC0415

    class Bounded(NotebookClient):  # type: ignore[misc]
        """Stops to collect outputs when there are too many."""

        spent = 0

        def output(self, outs: Any, msg: Any, display_id: str, cell_index: int) -> Any:  # noqa: ANN401
            self.spent += len(json.dumps(msg["content"]))
            if self.spent > output_bytes:
                return None
            return super().output(outs, msg, display_id, cell_index)

    notebook = nbformat.reads(text, as_version=4)
    step = Bounded(
        notebook,
        timeout=cell_seconds,
        # An endless cell is interrupted and costs only itself.
        interrupt_on_timeout=True,
        error_on_timeout=_TIMEOUT,
        allow_errors=True,
        raise_on_iopub_timeout=True,
        on_cell_executed=_show_error,
        resources={"metadata": {"path": str(WORK)}},
    )
    problem = ""
    try:
        step.execute()
    except DeadKernelError:
        problem = "the kernel died: too little memory, or the code ended it"
    except CellTimeoutError:
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
