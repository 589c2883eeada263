"""What happened in a rehearsal, as it happens."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

CELL, SUBMIT = "run a cell", "hand in"


@dataclass(frozen=True)
class Event:
    """One step of one student."""

    student: int
    step: str
    at: float
    """Seconds since the rehearsal began, at the step's beginning."""
    seconds: float
    error: str = ""
    """Why it failed."""
    refused: bool = False
    """Whether the course had no place, as for people who come too late."""


@dataclass
class Records:
    """One rehearsal's."""

    clock: Callable[[], float] = time.monotonic
    events: list[Event] = field(default_factory=list)
    facts: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    """What machines told of themselves (cell.py), and when."""
    here: str = ""
    """Which of them is the hub's."""
    lags: list[float] = field(default_factory=list)
    """Seconds of each cell beyond those that it computed: the way there and back."""
    working: int = 0
    begun: float = 0.0

    def begin(self) -> None:
        """Start the clock."""
        self.begun = self.clock()

    def now(self) -> float:
        """Return the seconds since the beginning."""
        return self.clock() - self.begun

    def note(self, facts: dict[str, Any]) -> None:
        """Keep what a machine told of itself."""
        self.facts.append((self.now(), facts))

    def of(self, step: str) -> list[Event]:
        """List what succeeded of a step."""
        return [each for each in self.events if each.step == step and not each.error]

    @property
    def refusals(self) -> list[Event]:
        """List who found no place."""
        return [each for each in self.events if each.refused]

    @property
    def errors(self) -> list[Event]:
        """List what failed otherwise."""
        return [each for each in self.events if each.error and not each.refused]
