"""Writes rules.yml and the dashboard: the rules of the alerts service are the one source.

python3 images/monitoring/generate.py
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "alerts"))
sys.path.insert(0, str(HERE))

from dashboard import dashboard  # noqa: E402 (its folder is on the path now)
from semesterhub_alerts.handover import WATCHDOG  # noqa: E402 (as above)
from semesterhub_alerts.rule import DAY, HOUR, MINUTE, Rule  # noqa: E402 (as above)
from semesterhub_alerts.rules import RULES  # noqa: E402 (as above)
from semesterhub_alerts.tracker import WELL_FOR  # noqa: E402 (as above)

TARGET = HERE.parent.parent / "docs" / "monitoring-dashboard.json"

HEADER = (
    "# Written by images/monitoring/generate.py from the rules of images/alerts. Change them there."
)


def duration(seconds: int) -> str:
    """Write a time as Prometheus does."""
    for unit, length in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def summary(rule: Rule) -> str:
    """Take the rule's own description: `Find disks that are nearly full.`."""
    first = (rule.look.__doc__ or "").splitlines()[0]
    text = first.removeprefix("Find ").removeprefix("that ")
    return text[0].upper() + text[1:]


def lines_of(rule: Rule) -> Iterator[str]:
    """Write one rule. What is wrong is measured once, by the alerts service, with its limits."""
    wrong = f'max by (subject) (semesterhub_trouble{{rule="{rule.name}"}}) == 1'
    yield f"      - alert: {rule.name}"
    yield f"        expr: {json.dumps(wrong)}"
    yield from [f"        for: {duration(rule.after)}"] if rule.after else []
    yield f"        keep_firing_for: {duration(WELL_FOR)}"
    yield "        annotations:"
    yield f"          summary: {json.dumps(summary(rule), ensure_ascii=False)}"
    yield f"          advice: {json.dumps(rule.advice, ensure_ascii=False)}"


def rules_file() -> str:
    """Write all rules, and two that Prometheus alone can have."""
    return "\n".join(
        [
            HEADER,
            "groups:",
            "  - name: course",
            "    rules:",
            *(line for rule in RULES for line in lines_of(rule)),
            "  - name: monitoring",
            "    rules:",
            "      - alert: metrics-missing",
            '        expr: "max by (subject) (label_replace(1 - up, \\"subject\\", \\"$1\\", '
            '\\"job\\", \\"(.*)\\")) == 1"',
            f"        for: {duration(5 * MINUTE)}",
            f"        keep_firing_for: {duration(WELL_FOR)}",
            "        annotations:",
            '          summary: "Prometheus gets no metrics of {{ $labels.subject }}."',
            '          advice: "npm run logs monitoring and npm run logs {{ $labels.subject }}."',
            "      # Fires while rules can find anything; else the alerts service decides.",
            f"      - alert: {WATCHDOG}",
            '        expr: "max(up{job=\\"alerts\\"}) == 1"',
            "",
        ]
    )


def dashboard_file() -> str:
    """Write the dashboard as Grafana imports it."""
    return json.dumps(dashboard(), indent=2) + "\n"


if __name__ == "__main__":
    (HERE / "rules.yml").write_text(rules_file(), encoding="utf-8")
    TARGET.write_text(dashboard_file(), encoding="utf-8")
