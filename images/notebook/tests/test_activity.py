"""A running cell is activity, up to a limit."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from semesterhub_notebook.activity import Kernels, count_running_cells
from semesterhub_notebook.settings import busy_seconds

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Kernel:
    """As much of a kernel's manager as is asked for."""

    def __init__(self, state: str) -> None:
        self.execution_state = state
        self.last_activity: datetime | None = START
        self.observers: list[Callable[[dict[str, Any]], None]] = []

    def observe(self, observer: Callable[[dict[str, Any]], None], name: str) -> None:
        """Take an observer."""
        assert name == "execution_state"
        self.observers.append(observer)

    def becomes(self, state: str) -> None:
        """Change."""
        self.execution_state = state
        for observer in self.observers:
            observer({"owner": self, "new": state})


def test_a_silent_cell_is_activity_up_to_the_limit() -> None:
    now = START
    kernels = Kernels(24 * HOUR, now=lambda: now)
    kernel = Kernel("idle")
    assert kernels.last_activity([kernel]) == [START]
    now = START + HOUR
    assert kernels.last_activity([kernel]) == [START], "idle is idle"
    kernel.becomes("busy")
    now = START + 3 * HOUR
    assert kernels.last_activity([kernel]) == [now]
    # one that prints is one that runs
    now = START + 30 * HOUR
    kernel.last_activity = now
    assert kernels.last_activity([kernel]) == [START + 25 * HOUR]
    kernel.becomes("idle")
    assert kernels.last_activity([kernel]) == [now]
    # the limit is for a cell, not for a session of many
    kernel.becomes("busy")
    now = START + 40 * HOUR
    assert kernels.last_activity([kernel]) == [now]


def test_a_kernel_that_was_busy_when_first_seen() -> None:
    kernels = Kernels(HOUR, now=lambda: START + 9 * HOUR)
    assert kernels.last_activity([Kernel("busy")]) == [START + HOUR]


def test_no_limit_means_that_a_cell_keeps_nothing() -> None:
    now = START
    kernels = Kernels(
        timedelta(seconds=busy_seconds({"SEMESTERHUB_BUSY_MINUTES": "0"})), lambda: now
    )
    kernel = Kernel("idle")
    kernels.last_activity([kernel])
    kernel.becomes("busy")
    now = START + HOUR
    assert kernels.last_activity([kernel]) == [START]


def test_kernels_that_said_nothing_yet_are_passed_over() -> None:
    kernel = Kernel("starting")
    kernel.last_activity = None
    assert Kernels(HOUR).last_activity([kernel]) == []
    assert busy_seconds({}) == 24 * 3600


def test_a_server_without_kernels_was_active_when_it_started() -> None:
    manager = SimpleNamespace(_kernels={})
    settings = {"started": START, "kernel_manager": manager, "last_activity_times": {}}
    app: Any = SimpleNamespace(settings=settings)
    count_running_cells(app, HOUR)
    assert app.last_activity() == START
