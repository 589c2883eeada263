"""What is remembered over restarts: troubles, and messages that are on their way. One file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from semesterhub_alerts.handover import Handover
from semesterhub_alerts.message import Line, Message
from semesterhub_alerts.tracker import Trouble

MOST_WAITING = 200
GIVE_UP_SECONDS = 2 * 86400
FIRST_WAIT_SECONDS = 60
LONGEST_WAIT_SECONDS = 3600


@dataclass(frozen=True)
class Waiting:
    """A message that one channel has not taken yet."""

    channel: str
    message: Message
    written: float
    tries: int = 0
    next: float = 0.0

    def later(self, now: float) -> "Waiting":
        """Try again later, each time after twice as long."""
        wait = min(FIRST_WAIT_SECONDS * 2**self.tries, LONGEST_WAIT_SECONDS)
        return replace(self, tries=self.tries + 1, next=now + wait)

    def is_due(self, now: float) -> bool:
        """Whether to try; also when the clock was set back by more than any wait."""
        return self.next <= now or self.next - now > LONGEST_WAIT_SECONDS

    def is_hopeless(self, now: float) -> bool:
        """Whether it was tried for so long that it says nothing new."""
        return now - self.written > GIVE_UP_SECONDS


@dataclass
class Memory:
    """All of it."""

    troubles: dict[str, Trouble] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    sent: dict[str, float] = field(default_factory=dict)
    """When each channel last took a message."""
    errors: dict[str, str] = field(default_factory=dict)
    """Why a channel took none the last time."""
    samples: list[dict[str, Any]] = field(default_factory=list)
    """The hub's counts of starts, some minutes back."""
    handover: Handover = field(default_factory=Handover)


def load(file: Path) -> Memory:
    """Read what was kept; of what can't be read nothing is known, and all is told anew."""
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        return Memory(
            troubles={key: _trouble(each) for key, each in known["troubles"].items()},
            waiting=[_waiting(each) for each in known["waiting"]],
            sent=dict(known["sent"]),
            errors=dict(known["errors"]),
            samples=list(known["samples"]),
            handover=_handover(known.get("handover", {})),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Memory()


def save(file: Path, memory: Memory) -> None:
    """Write it whole or not at all."""
    del memory.waiting[:-MOST_WAITING]
    new = file.with_name(f".{file.name}.new")
    new.write_text(json.dumps(asdict(memory)) + "\n", encoding="utf-8")
    new.replace(file)


def _handover(known: Mapping[str, Any]) -> Handover:
    told = {key: (str(since), float(at)) for key, (since, at) in known.get("told", {}).items()}
    return Handover(**{**known, "told": told})


def _trouble(known: Mapping[str, Any]) -> Trouble:
    return Trouble(**{**known, "began": tuple(known["began"])})


def _waiting(known: Mapping[str, Any]) -> Waiting:
    message = known["message"]
    lines = tuple(Line(**each) for each in message["lines"])
    return Waiting(**{**known, "message": Message(**{**message, "lines": lines})})
