"""Who decides what is told: Alertmanager while it is heard, so that its silences count.

Alertmanager sends its notifications to this service, which delivers them, and a watchdog every
minute. After ten minutes without the watchdog the tracker decides again, and first tells what is
open and was not told. No clock, no file: its memory comes and goes with the arguments.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import inf
from typing import Any

from semesterhub_alerts.rule import DAY, HOUR, MINUTE
from semesterhub_alerts.rules import ADVICE
from semesterhub_alerts.tracker import Event, Kind, Trouble, Troubles, open_troubles

WATCHDOG = "monitoring-works"
"""The name of an alert that always fires (images/monitoring/rules.yml)."""
PATIENCE = 10 * MINUTE
REMIND_AFTER = DAY - HOUR
"""Alertmanager repeats daily, and no later than a moment after it."""
OWN = ""
"""Stands for when something began, where the tracker told it."""


@dataclass(frozen=True)
class Notice:
    """An alert as Alertmanager notifies it."""

    rule: str
    subject: str
    firing: bool
    since: str
    """When it began, as Alertmanager writes it: another time is another alert."""
    text: str
    advice: str

    @property
    def key(self) -> str:
        """By which the tracker knows it."""
        return f"{self.rule}/{self.subject}"


@dataclass
class Handover:
    """What is remembered of it."""

    heard: float | None = None
    """When the watchdog came last; None: there is no Alertmanager."""
    leads: bool = False
    """Whether Alertmanager decides."""
    told: dict[str, tuple[str, float]] = field(default_factory=dict)
    """What was told and is not over: when it began, and when it was told last."""


def notices_of(payload: Mapping[str, Any]) -> list[Notice]:
    """Read what Alertmanager posts; raise one of four errors for anything else."""
    return [
        Notice(
            rule=str(each["labels"]["alertname"]),
            subject=str(each["labels"].get("subject", "")),
            firing=each["status"] == "firing",
            since=datetime.fromisoformat(str(each["startsAt"])).isoformat(),
            text=str(each["annotations"].get("summary", "")),
            advice=str(each["annotations"].get("advice", "")),
        )
        for each in payload["alerts"]
    ]


def decide(
    state: Handover,
    notices: Sequence[Notice],
    own: Iterable[Event],
    troubles: Troubles,
    now: float,
) -> list[Event]:
    """Choose what to tell of this round, and note it in the state."""
    if any(each.rule == WATCHDOG and each.firing for each in notices):
        state.heard, state.leads = now, True
    told = [
        event
        for each in notices
        if each.rule != WATCHDOG
        for event in _of_notice(state, each, troubles, now)
    ]
    if state.leads and (state.heard is None or abs(now - state.heard) >= PATIENCE):
        state.leads = False
        own = [
            *_missed(state, troubles),
            *(event for event in own if event.kind != "began"),
        ]
    return [*told, *(event for event in own if _is_ours(state, event, now))]


def _missed(state: Handover, troubles: Troubles) -> Iterator[Event]:
    """List what Alertmanager would have told since it was heard last: ends, then beginnings."""
    for key, each in troubles.items():
        if each.over and key in state.told:
            yield Event("over", each, ADVICE.get(each.rule, ""))
    for each in open_troubles(troubles):
        # what was told earlier than this began was told of another time
        if state.told.get(_key(each), ("", -inf))[1] < each.since:
            yield Event("began", each, ADVICE.get(each.rule, ""))


def _of_notice(state: Handover, notice: Notice, troubles: Troubles, now: float) -> list[Event]:
    known = state.told.get(notice.key)
    if not notice.firing:
        if known is None:
            return []
        del state.told[notice.key]
        return [_event("over", notice, troubles)]
    since, at = known or (None, now)
    at = min(at, now)  # the clock was ahead
    if since in (notice.since, OWN):
        remind = since == notice.since and now - at >= REMIND_AFTER
        state.told[notice.key] = (notice.since, now if remind else at)
        return [_event("still", notice, troubles)] if remind else []
    state.told[notice.key] = (notice.since, now)
    return [_event("began", notice, troubles)]


def _event(kind: Kind, notice: Notice, troubles: Troubles) -> Event:
    """Tell it in the tracker's words, which have numbers, where it knows the same."""
    began = datetime.fromisoformat(notice.since).timestamp()
    known = troubles.get(notice.key)
    trouble = known or Trouble(notice.rule, notice.subject, notice.text, began)
    return Event(kind, trouble, notice.advice)


def _is_ours(state: Handover, event: Event, now: float) -> bool:
    """Whether an event of the tracker is told: all of them where there is no Alertmanager."""
    key = _key(event.trouble)
    if state.leads:
        # What the tracker began to tell it ends: Alertmanager may never have notified it.
        if event.kind == "over" and state.told.get(key, (None, 0.0))[0] == OWN:
            del state.told[key]
            return True
        return False
    if event.kind == "over":
        known = state.told.pop(key, None)
        # Silenced while Alertmanager led: its end is no news.
        return known is not None or state.heard is None
    state.told[key] = (OWN, now)
    return True


def _key(trouble: Trouble) -> str:
    return f"{trouble.rule}/{trouble.subject}"
