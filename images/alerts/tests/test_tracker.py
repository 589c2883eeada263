"""Said once, once when it is over, daily in between; what flaps says less."""

from semesterhub_alerts.facts import Facts
from semesterhub_alerts.rule import DAY, MINUTE, Finding, Findings, Limits, Rule
from semesterhub_alerts.tracker import Trouble, advance, open_troubles

LIMITS = Limits()


class Course:
    """Rounds of one rule over made-up findings."""

    def __init__(self, after: int = 0) -> None:
        self.findings: Findings = []
        self.rule = Rule("disk", after, "Make room.", lambda *_: self.findings)
        self.known: dict[str, Trouble] = {}
        self.now = 1_000_000.0

    def minutes(self, count: float, findings: Findings) -> list[tuple[float, str, str]]:
        """Let time pass, a round a minute; return the events with their minute."""
        self.findings = findings
        said = []
        for minute in range(1, int(count) + 1):
            self.now += MINUTE
            self.known, events = advance([self.rule], Facts(), LIMITS, self.known, self.now)
            said += [(minute, event.kind, event.trouble.subject) for event in events]
        return said


WRONG: Findings = [Finding("anna", "full")]


def test_once_and_once_when_over() -> None:
    course = Course()
    assert course.minutes(30, WRONG) == [(1, "began", "anna")]
    assert course.minutes(30, []) == [(6, "over", "anna")]
    assert open_troubles(course.known) == []


def test_not_before_its_time() -> None:
    course = Course(after=5 * MINUTE)
    assert course.minutes(5, WRONG) == []
    assert course.minutes(2, []) == [], "nobody was told of it"
    assert course.minutes(10, WRONG) == [(6, "began", "anna")], "it began anew"


def test_reminds_daily() -> None:
    course = Course()
    said = course.minutes(3 * 24 * 60 + 10, WRONG)
    assert [kind for _, kind, _ in said] == ["began", "still", "still", "still"]
    assert said[1][0] - said[0][0] == DAY / MINUTE


def test_unknown_neither_begins_nor_ends() -> None:
    course = Course()
    course.minutes(1, WRONG)
    assert course.minutes(60, None) == []
    assert course.minutes(60, [Finding("anna", None)]) == []
    assert [each.subject for each in open_troubles(course.known)] == ["anna"]
    assert course.minutes(10, []) == [(6, "over", "anna")]


def test_flapping_is_damped() -> None:
    course = Course()
    said = []
    for _ in range(60):  # four minutes wrong, six well: ten hours of it
        said += course.minutes(4, WRONG) + course.minutes(6, [])
    began = sum(1 for _, kind, _ in said if kind == "began")
    over = sum(1 for _, kind, _ in said if kind == "over")
    assert (began, over) == (2, 1), "the second time it has to be well for ten minutes"
    assert course.minutes(60, []) == [(5, "over", "anna")]


def test_each_subject_on_its_own() -> None:
    course = Course()
    course.minutes(10, [Finding("anna", "full"), Finding("berta", "full")])
    assert course.minutes(10, WRONG) == [(6, "over", "berta")]
    assert [each.subject for each in open_troubles(course.known)] == ["anna"]


def test_the_text_is_the_newest() -> None:
    course = Course()
    course.minutes(2, WRONG)
    course.minutes(1, [Finding("anna", "fuller")])
    assert [each.text for each in open_troubles(course.known)] == ["fuller"]


def test_a_clock_that_is_set_back_stops_nothing() -> None:
    course = Course(after=2 * MINUTE)
    course.minutes(1, WRONG)
    course.now -= DAY
    assert course.minutes(5, WRONG) == [(3, "began", "anna")]
    course.minutes(1, [])
    course.now -= DAY
    assert course.minutes(10, []) == [(6, "over", "anna")]


def test_a_clock_that_was_a_year_ahead_stops_no_reminder() -> None:
    course = Course()
    course.now += 365 * DAY
    course.minutes(2, WRONG)
    course.now -= 365 * DAY
    course.minutes(1, WRONG)
    reminded = course.minutes(25 * 60, WRONG)
    assert [kind for _, kind, _ in reminded] == ["still"]


def test_what_ended_is_forgotten_in_time() -> None:
    course = Course()
    course.minutes(2, WRONG)
    course.minutes(24 * 60, [])
    assert course.known == {}
