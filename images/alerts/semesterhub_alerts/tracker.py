"""When something is told: once as it begins, once when it is over, and daily in between.

A pure function from one round's findings and what is remembered to events; what flaps is over only
when it has been well for long.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from semesterhub_alerts.facts import Facts
from semesterhub_alerts.rule import DAY, HOUR, MINUTE, Limits, Rule

WELL_FOR = 5 * MINUTE
"""So long a thing must be well before it is told to be over."""
REMEMBERED = 6 * HOUR
"""How far back the beginnings are counted of what comes and goes."""
MOST_DOUBLINGS = 4
REMIND_AFTER = DAY

Kind = Literal["began", "still", "over"]


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong, or was until a moment ago. Times are seconds since 1970."""

    rule: str
    subject: str
    text: str
    since: float
    told: float | None = None
    """When it was told last; None: not yet."""
    well_since: float | None = None
    began: tuple[float, ...] = ()
    """When it was told to have begun, within the last hours."""
    over: bool = False
    """Told to be over: remembered for its beginnings alone."""


@dataclass(frozen=True)
class Event:
    """Something to tell."""

    kind: Kind
    trouble: Trouble
    advice: str


Troubles = Mapping[str, Trouble]


@dataclass
class _Round:
    now: float
    kept: dict[str, Trouble] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


def advance(
    rules: Sequence[Rule], facts: Facts, limits: Limits, known: Troubles, now: float
) -> tuple[dict[str, Trouble], list[Event]]:
    """Go one round further; return what to remember and what to tell."""
    this = _Round(now)
    for rule in rules:
        findings = rule.look(facts, limits)
        before = {key: each for key, each in known.items() if each.rule == rule.name}
        if findings is None:
            this.kept.update(before)
            continue
        seen = {f"{rule.name}/{each.subject}": each for each in findings}
        for key, finding in seen.items():
            if finding.text is not None:
                _wrong(this, rule, finding.subject, finding.text, before.get(key))
            elif key in before:
                this.kept[key] = before[key]
        _well(this, rule, (each for key, each in before.items() if key not in seen))
    return this.kept, this.events


def _wrong(this: _Round, rule: Rule, subject: str, text: str, known: Trouble | None) -> None:
    now = this.now
    if known is None:
        known = Trouble(rule.name, subject, text, now)
    elif known.over:
        known = replace(known, since=now, told=None, over=False)
    # What the clock was ahead for is of now: nobody waits for it to be reached.
    told = None if known.told is None else min(known.told, now)
    known = replace(known, text=text, well_since=None, since=min(known.since, now), told=told)
    if known.told is None and now - known.since >= rule.after:
        recent = tuple(each for each in known.began if now - REMEMBERED < each <= now)
        known = replace(known, told=now, began=(*recent, now))
        this.events.append(Event("began", known, rule.advice))
    elif known.told is not None and now - known.told >= REMIND_AFTER:
        known = replace(known, told=now)
        this.events.append(Event("still", known, rule.advice))
    this.kept[f"{rule.name}/{subject}"] = known


def _well(this: _Round, rule: Rule, troubles: Iterable[Trouble]) -> None:
    for each in troubles:
        key = f"{each.rule}/{each.subject}"
        if each.told is None:
            continue  # it was gone before anybody was told
        if each.over:
            if any(this.now - began < REMEMBERED for began in each.began):
                this.kept[key] = each
            continue
        since = this.now if each.well_since is None else min(each.well_since, this.now)
        if this.now - since < patience(each):
            this.kept[key] = replace(each, well_since=since)
            continue
        over = replace(each, well_since=since, over=True)
        this.kept[key] = over
        this.events.append(Event("over", over, rule.advice))


def patience(trouble: Trouble) -> float:
    """Tell how long it must be well: twice as long each time that it came back."""
    again = max(0, len(trouble.began) - 1)
    return WELL_FOR * 2.0 ** min(again, MOST_DOUBLINGS)


def open_troubles(troubles: Troubles) -> list[Trouble]:
    """List what was told and isn't over."""
    return [each for each in troubles.values() if each.told is not None and not each.over]
