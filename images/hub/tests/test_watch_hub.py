"""A real hub tells alerts and monitoring, each by its token, what is theirs, and nothing else."""

# ruff: noqa: S310 (the addresses are this computer's)

import json
import urllib.error
import urllib.request
from pathlib import Path

from running import inner, running_hub

TOKEN = "token-of-the-alerts-0123456789abcdef"
MONITORING = "token-of-the-monitoring-0123456789abcdef"
OPERATOR = "token-of-the-operator-0123456789abcdef"


def status(url: str, token: str, scheme: str = "token") -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"{scheme} {token}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_alerts_service_and_nobody_else(tmp_path: Path) -> None:
    environment = {
        "LOGIN": '{"method": "dummy"}',
        "SECRET": '{"password": "password"}',
        "ALERTS_TOKEN": TOKEN,
        "MONITORING_TOKEN": MONITORING,
        "OPERATOR_TOKEN": OPERATOR,
    }
    with running_hub(tmp_path, **environment) as url:
        api = f"{inner(url)}/hub/api"
        request = urllib.request.Request(
            f"{api}/course/watch", headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            told = json.load(answer)
        assert told["nodes"] == [{"name": "anna", "state": "ready", "availability": "active"}]
        assert told["services"] == [{"name": "hub", "running": 1, "desired": 1}]
        assert (told["servers"], told["starts"]["succeeded"]) == (0, 0)
        assert status(f"{api}/course/watch", OPERATOR) == 403
        assert status(f"{api}/course/watch", "wrong") == 403
        for more in ("users", "proxy", "services", "metrics", "course/people"):
            assert status(f"{api}/{more}", TOKEN) in {403, 404}, more
        # As Prometheus writes it.
        assert status(f"{api}/metrics", MONITORING, "Bearer") == 200
        assert status(f"{api}/metrics", "wrong", "Bearer") == 403
        for more in ("users", "proxy", "services", "course/watch", "course/people"):
            assert status(f"{api}/{more}", MONITORING) in {403, 404}, more
