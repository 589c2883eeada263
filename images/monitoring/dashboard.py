"""The dashboard for Grafana: what is on it, and Grafana's way to write that."""

from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, COLUMNS = 12, 8, 24
SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True)
class Panel:
    """A plot: its lines are expressions with their names."""

    title: str
    unit: str
    lines: tuple[tuple[str, str], ...]
    kind: str = "timeseries"


def _percent(used: str, total: str, name: str) -> tuple[str, str]:
    return f"100 * {used} / {total}", name


def _machines(what: str, unit: str = "_bytes") -> tuple[str, str]:
    prefix = f"semesterhub_machine_{what}"
    return _percent(f"{prefix}_used{unit}", f"{prefix}_size{unit}", "{{machine}}")


def _spaces(what: str, name: str) -> tuple[str, str]:
    return _percent(f"semesterhub_{what}_used_bytes", f"semesterhub_{what}_size_bytes", name)


SPAWN = "jupyterhub_server_spawn_duration_seconds"
REQUEST = "jupyterhub_request_duration_seconds"

PANELS = (
    Panel(
        "What is wrong",
        "none",
        (("max by (rule, subject) (semesterhub_trouble)", "{{rule}} {{subject}}"),),
        "state-timeline",
    ),
    Panel(
        "Services with too few healthy containers",
        "none",
        (("semesterhub_service_desired - semesterhub_service_running > 0", "{{service}}"),),
    ),
    Panel(
        "Servers",
        "none",
        (
            ("semesterhub_servers", "running"),
            ("semesterhub_servers_limit > 0", "limit"),
        ),
    ),
    Panel(
        "People",
        "none",
        (('jupyterhub_active_users{period="24h"}', "within a day"),),
    ),
    Panel(
        "Seconds until a server is there",
        "s",
        tuple(
            (
                f"histogram_quantile({share}, sum by (le) "
                f'(rate({SPAWN}_bucket{{status="success"}}[15m])))',
                name,
            )
            for share, name in ((0.5, "half of them"), (0.95, "19 of 20"))
        ),
    ),
    Panel(
        "Starts in 15 minutes",
        "none",
        (("semesterhub_starts", "all"), ("semesterhub_starts_failed", "failed")),
    ),
    Panel(
        "Seconds until the hub answers",
        "s",
        ((f"histogram_quantile(0.95, sum by (le) (rate({REQUEST}_bucket[5m])))", "19 of 20"),),
    ),
    Panel(
        "The hub's answers a second",
        "reqps",
        ((f"sum by (code) (rate({REQUEST}_count[5m]))", "{{code}}"),),
    ),
    Panel(
        "Requests a second to students' servers and pages",
        "reqps",
        (("rate(requests_web[5m])", "pages"), ("rate(requests_ws[5m])", "connections of kernels")),
    ),
    Panel("Memory", "percent", (_machines("memory"),)),
    Panel(
        "Disks",
        "percent",
        (
            _machines("disk"),
            _spaces("storage", "the course's files"),
            _spaces("exchange", "exchange"),
            _spaces("backup_target", "backups"),
        ),
    ),
    Panel(
        "Inodes",
        "percent",
        (
            _machines("inodes", ""),
            _percent(
                "semesterhub_storage_inodes_used",
                "semesterhub_storage_inodes_size",
                "the course's files",
            ),
        ),
    ),
    Panel(
        "Homes",
        "none",
        (("semesterhub_homes_limited", "all"), ("semesterhub_homes_full", "at their limit")),
    ),
    Panel(
        "Since the last backup and the last trial restore",
        "s",
        (
            ("time() - semesterhub_backup_success_timestamp_seconds", "backup"),
            ("time() - semesterhub_restore_trial_timestamp_seconds", "trial restore"),
        ),
    ),
    Panel(
        "Grading",
        "none",
        (("semesterhub_grading_waiting", "submissions that wait"),),
    ),
    Panel(
        "Until the certificate ends",
        "s",
        (("semesterhub_certificate_end_timestamp_seconds - time()", "certificate"),),
    ),
)


def dashboard() -> dict[str, Any]:
    """Write it for Grafana, which asks for the data source as it imports it."""
    return {
        "uid": "semesterhub",
        "title": "semesterhub",
        "tags": ["jupyterhub"],
        "schemaVersion": 39,
        "editable": True,
        "timezone": "browser",
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "source",
                    "label": "Data source",
                    "type": "datasource",
                    "query": "prometheus",
                }
            ]
        },
        "panels": [_panel(number, each) for number, each in enumerate(PANELS)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    place = number * WIDTH
    return {
        "id": number + 1,
        "title": panel.title,
        "type": panel.kind,
        "datasource": SOURCE,
        "gridPos": {
            "x": place % COLUMNS,
            "y": place // COLUMNS * HEIGHT,
            "w": WIDTH,
            "h": HEIGHT,
        },
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": SOURCE,
                "expr": expr,
                "legendFormat": name,
            }
            for index, (expr, name) in enumerate(panel.lines)
        ],
    }
