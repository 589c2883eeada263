"""What hangs is ended, and it is said where it was: or one bad file ends everybody's backups."""

import os
import subprocess
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest
from semesterhub_backup.errors import BackupError
from semesterhub_backup.gather import WHERE_BYTES, Gatherer, _memory
from semesterhub_backup.watch import Watch

PATIENCE = 1.5
SOON = 20.0


def watched(script: str, *, counts: bool) -> tuple[Watch, int, float]:
    """Watch a program; with `counts`, each new line is progress, as restic's numbers are."""
    begin = time.monotonic()
    process = subprocess.Popen(
        ["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with Watch(process, PATIENCE) as watch:
        for line in watch.lines():
            if counts:
                watch.progressed(line, f", at {line}")
    return watch, process.wait(), time.monotonic() - begin


@pytest.mark.parametrize(
    ("script", "counts"),
    [
        ("echo first; exec sleep 600", True),
        # It goes on saying what it said before: no file gets done.
        ("while echo same; do sleep 0.2; done", True),
        ("while echo something; do sleep 0.2; done", False),
    ],
)
def test_who_makes_no_progress_is_ended(script: str, *, counts: bool) -> None:
    watch, code, took = watched(script, counts=counts)
    assert watch.stalled
    assert code == -9
    assert took < SOON


def test_who_gets_on_however_slowly_is_left_alone() -> None:
    watch, code, took = watched("for i in 1 2 3 4 5 6; do echo $i; sleep 0.5; done", counts=True)
    assert (watch.stalled, code, watch.where) == (False, 0, ", at 6")
    assert took > 2 * PATIENCE


def test_a_reader_that_hangs_is_told_of_with_its_file() -> None:
    settings: Any = SimpleNamespace(every_seconds=3600, stalled_seconds=1)
    gatherer = Gatherer.__new__(Gatherer)
    gatherer._settings = settings
    silent, _write = os.pipe()

    def receive(pipe: Any, _spend: object) -> None:
        pipe.read(1)

    copy = cast(Any, SimpleNamespace(receive=receive))
    with _memory() as where:
        os.pwrite(where, b"work/odd\nname".ljust(WHERE_BYTES, b"\0"), 0)
        begin = time.monotonic()
        with pytest.raises(BackupError, match=r"no progress .* it was at work/odd\\nname"):
            gatherer._receive(copy, silent, where)
    assert time.monotonic() - begin < SOON
