"""Alertmanager decides while it is heard; nothing is lost or said twice as it goes and comes."""

from dataclasses import replace
from typing import Any

import pytest
from semesterhub_alerts.handover import PATIENCE, WATCHDOG, Handover, Notice, decide, notices_of
from semesterhub_alerts.rule import DAY, HOUR
from semesterhub_alerts.tracker import Event, Trouble

NOW = 1_800_000_000.0
SINCE = "2027-01-15T08:00:00+00:00"
DISK = Trouble("disk", "anna", "The disk of anna is 95 % full.", NOW, told=NOW)
BEGAN, OVER = Event("began", DISK, "Advice."), Event("over", DISK, "Advice.")
KEPT = {"disk/anna": DISK}
WORKS = Notice(WATCHDOG, "", firing=True, since=SINCE, text="", advice="")


def notice(*, firing: bool = True, since: str = SINCE, rule: str = "disk") -> Notice:
    return Notice(rule, "anna", firing=firing, since=since, text="In short.", advice="Advice.")


def kinds(events: list[Event]) -> list[str]:
    return [each.kind for each in events]


def led() -> Handover:
    state = Handover()
    decide(state, [WORKS], [], {}, NOW)
    return state


def test_without_alertmanager_the_tracker_tells_all() -> None:
    state = Handover()
    assert decide(state, [], [BEGAN], KEPT, NOW) == [BEGAN]
    assert decide(state, [], [OVER], KEPT, NOW) == [OVER]
    assert decide(state, [], [OVER], KEPT, NOW) == [OVER], "told before this was remembered"


def test_what_alertmanager_silences_is_not_told() -> None:
    assert decide(led(), [], [BEGAN], KEPT, NOW + 60) == []


def test_alertmanager_tells_once_daily_and_when_it_is_over() -> None:
    state = led()
    (event,) = decide(state, [notice()], [BEGAN], KEPT, NOW)
    assert (event.kind, event.trouble.text) == ("began", DISK.text), "in the tracker's words"
    assert decide(state, [notice()], [], KEPT, NOW + HOUR) == [], "another of its group began"
    assert kinds(decide(state, [WORKS, notice()], [], KEPT, NOW + DAY)) == ["still"]
    assert decide(state, [WORKS, notice()], [], KEPT, NOW + DAY + HOUR) == []
    assert kinds(decide(state, [notice(firing=False)], [OVER], KEPT, NOW + DAY + HOUR)) == ["over"]
    assert decide(state, [notice(firing=False)], [], KEPT, NOW + DAY + HOUR) == []


def test_a_clock_that_was_a_year_ahead_stops_no_reminder() -> None:
    state = led()
    decide(state, [WORKS, notice()], [], KEPT, NOW + 365 * DAY)
    assert kinds(decide(state, [WORKS, notice()], [], KEPT, NOW)) == []
    assert kinds(decide(state, [WORKS, notice()], [], KEPT, NOW + DAY)) == ["still"]


def test_a_rule_that_is_only_prometheus_own_has_its_own_words() -> None:
    (event,) = decide(led(), [notice(rule="metrics-missing")], [], KEPT, NOW)
    assert event.trouble.text == "In short."
    assert event.trouble.since == pytest.approx(1_800_000_000)


def test_what_ended_under_a_silence_is_told_when_it_comes_again() -> None:
    state = led()
    decide(state, [notice()], [], KEPT, NOW)
    again = notice(since="2027-01-16T08:00:00+00:00")
    assert kinds(decide(state, [again], [], KEPT, NOW + 60)) == ["began"]


def test_without_the_watchdog_what_is_open_is_told_once() -> None:
    state = led()
    assert decide(state, [], [BEGAN], KEPT, NOW + PATIENCE - 1) == [], "while it was away"
    assert kinds(decide(state, [], [], KEPT, NOW + PATIENCE)) == ["began"]
    assert decide(state, [], [], KEPT, NOW + PATIENCE + 60) == []
    assert kinds(decide(state, [], [OVER], KEPT, NOW + PATIENCE + 120)) == ["over"]


def test_what_begins_in_the_moment_of_the_loss_is_told_once() -> None:
    assert kinds(decide(led(), [], [BEGAN], KEPT, NOW + PATIENCE)) == ["began"]


def test_what_alertmanager_told_is_not_told_again_without_it() -> None:
    state = led()
    decide(state, [notice()], [], KEPT, NOW)
    assert decide(state, [], [], KEPT, NOW + PATIENCE) == []
    assert kinds(decide(state, [], [OVER], KEPT, NOW + PATIENCE + 60)) == ["over"]


def test_what_ended_unheard_is_told_to_be_over_and_once() -> None:
    state = led()
    decide(state, [notice()], [], KEPT, NOW)
    ended = {"disk/anna": replace(DISK, over=True)}
    assert decide(state, [], [OVER], ended, NOW + PATIENCE - 60) == [], "while it was away"
    assert kinds(decide(state, [], [], ended, NOW + PATIENCE)) == ["over"]
    assert decide(state, [], [OVER], ended, NOW + PATIENCE + 60) == []


def test_what_was_told_of_an_earlier_time_hides_nothing() -> None:
    state = led()
    decide(state, [notice()], [], KEPT, NOW)
    # Alertmanager was made anew, and knew of no end to tell
    decide(state, [WORKS], [], {}, NOW + HOUR)
    since = NOW + HOUR + 60
    again = {"disk/anna": replace(DISK, since=since, told=since)}
    assert kinds(decide(state, [], [], again, NOW + HOUR + PATIENCE)) == ["began"]


def test_alertmanager_comes_back_and_repeats_nothing() -> None:
    state = led()
    decide(state, [], [], KEPT, NOW + PATIENCE)
    assert decide(state, [WORKS, notice()], [], KEPT, NOW + PATIENCE + 60) == []
    assert kinds(decide(state, [notice(firing=False)], [], KEPT, NOW + PATIENCE + 90)) == ["over"]


def test_what_the_tracker_told_ends_though_alertmanager_never_had_it() -> None:
    state = led()
    decide(state, [], [], KEPT, NOW + PATIENCE)
    decide(state, [WORKS], [], KEPT, NOW + PATIENCE + 60)
    assert kinds(decide(state, [], [OVER], KEPT, NOW + PATIENCE + 90)) == ["over"]
    assert state.told == {}


ALERT: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "disk", "subject": "anna"},
    "annotations": {"summary": "In short.", "advice": "Advice."},
    "startsAt": "2027-01-15T08:00:00.123456789Z",
}


def test_what_alertmanager_posts_is_read() -> None:
    (read,) = notices_of({"alerts": [ALERT]})
    assert (read.key, read.firing, read.text) == ("disk/anna", True, "In short.")
    (bare,) = notices_of({"alerts": [{**ALERT, "labels": {"alertname": "x"}, "annotations": {}}]})
    assert (bare.key, bare.text) == ("x/", "")


@pytest.mark.parametrize("payload", [{}, [], {"alerts": 5}, {"alerts": [{**ALERT, "startsAt": 1}]}])
def test_anything_else_is_an_error(payload: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        notices_of(payload)
