"""What a rule is: a pure function of the facts, with the time that it must hold.

A rule answers with its findings; an empty list means that all is well. Where a fact is missing the
answer is None, for all of it, or a finding without a text, for one machine: then nothing begins and
nothing ends.
"""

from collections.abc import Callable
from dataclasses import dataclass

from semesterhub_alerts.facts import Facts

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@dataclass(frozen=True)
class Limits:
    """Where a rule begins to mind: what the configuration says."""

    disk_percent: int = 90
    memory_percent: int = 92
    certificate_days: int = 14
    drill_days: int = 35
    full_homes_percent: int = 10
    exchange_percent: int = 90
    slow_start_seconds: int = 60
    grading_minutes: int = 30
    acme: bool = False
    """Whether the certificate should be a public authority's."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, and with what; without a text: it can't be known whether."""

    subject: str
    text: str | None


Findings = list[Finding] | None


@dataclass(frozen=True)
class Rule:
    """A rule with its words."""

    name: str
    after: int
    """Seconds that something must be wrong before it is told."""
    advice: str
    look: Callable[[Facts, Limits], Findings]


def said(*texts: str) -> list[Finding]:
    """Make findings of a rule that has one subject."""
    return [Finding("", text) for text in texts if text]
