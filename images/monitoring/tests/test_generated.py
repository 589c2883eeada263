"""The rules and the dashboard are what the alerts service's rules and metrics make of them."""

import json
import re
from pathlib import Path

import generate
import pytest
from dashboard import PANELS
from semesterhub_alerts.facts import (
    Backup,
    Facts,
    Grading,
    Homes,
    Hub,
    Machine,
    Node,
    Public,
    Service,
    Space,
    Starts,
)
from semesterhub_alerts.handover import WATCHDOG
from semesterhub_alerts.metrics import Seen, exposition
from semesterhub_alerts.rule import DAY, HOUR, MINUTE
from semesterhub_alerts.rules import RULES
from semesterhub_alerts.tracker import Trouble
from tools import checked, needed

SPACE = Space(1, 2)
ALL = Facts(
    public=Public(status=200, certificate_days=60),
    hub_error="",
    hub=Hub((Node("anna", "ready"),), (Service("hub", 1, 1),), Starts(1, 1, 5), 1, 2),
    machines=(Machine("anna", SPACE, SPACE, SPACE, 0.5),),
    storage=SPACE,
    storage_inodes=SPACE,
    backup=Backup(3600, success_age=5, drill_age=5, target=SPACE),
    homes=Homes(exchange=SPACE),
    grading=Grading(1, 2, 3),
)


def test_the_files_are_those_that_the_generator_writes(folder: Path) -> None:
    fix = "run python3 images/monitoring/generate.py"
    assert (folder / "rules.yml").read_text() == generate.rules_file(), fix
    assert generate.TARGET.read_text() == generate.dashboard_file(), fix


def test_each_rule_of_the_alerts_is_one_of_prometheus() -> None:
    text = generate.rules_file()
    for rule in RULES:
        assert text.count(f'rule=\\"{rule.name}\\"') == 1
        described = (rule.look.__doc__ or "").splitlines()[0]
        assert described.startswith("Find "), f"{rule.name}: its summary is made of it"
        assert "{{" not in rule.advice + described, "Prometheus would read a template"
    assert len(re.findall(r"^      - alert: ", text, re.MULTILINE)) == len(RULES) + 2


def test_a_prometheus_that_measures_nothing_is_not_heard() -> None:
    _, watchdog = generate.rules_file().split(f"- alert: {WATCHDOG}")
    assert 'up{job=\\"alerts\\"}' in watchdog, "no rule finds anything without these metrics"


@pytest.mark.parametrize(
    ("seconds", "text"), [(90, "90s"), (2 * MINUTE, "2m"), (HOUR, "1h"), (2 * DAY, "2d")]
)
def test_times_are_written_as_prometheus_reads_them(seconds: int, text: str) -> None:
    assert generate.duration(seconds) == text


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    text = exposition(Seen(1.0, ALL, (Trouble("disk", "anna", "Full.", 1.0),))).decode()
    known = set(re.findall(r"^(semesterhub_\w+)", text, re.MULTILINE))
    asked = {
        name
        for panel in PANELS
        for expression, _ in panel.lines
        for name in re.findall(r"semesterhub_\w+", expression)
    }
    assert asked <= known
    assert len(asked) > 20


def test_grafana_can_place_every_panel() -> None:
    panels = json.loads(generate.dashboard_file())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


def test_prometheus_takes_its_files(folder: Path) -> None:
    needed("promtool", "amtool")
    checked("promtool", "check", "config", "--syntax-only", folder / "prometheus.yml")
    checked("promtool", "check", "rules", folder / "rules.yml")
    checked("amtool", "check-config", folder / "alertmanager.yml")


def test_prometheus_reads_each_expression_of_the_dashboard(tmp_path: Path) -> None:
    needed("promtool")
    rules = [
        {"record": f"panel:{number}", "expr": expression}
        for number, expression in enumerate(line for panel in PANELS for line, _ in panel.lines)
    ]
    file = tmp_path / "expressions.yml"
    # JSON is YAML.
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    checked("promtool", "check", "rules", file)


def test_the_metrics_are_written_as_prometheus_wants_them(tmp_path: Path) -> None:
    needed("promtool")
    file = tmp_path / "metrics"
    file.write_bytes(exposition(Seen(1.0, ALL, ())))
    checked("sh", "-c", 'promtool check metrics < "$1"', "sh", file)
