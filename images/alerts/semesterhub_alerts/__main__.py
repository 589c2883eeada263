"""`semesterhub-alerts`: run | gauge | status [--json] | test."""

import argparse
import json
import logging
import sys
import time
from dataclasses import asdict

from semesterhub_alerts import gauge
from semesterhub_alerts.channels import channels
from semesterhub_alerts.loop import Loop, is_alive, send_now
from semesterhub_alerts.message import plain, trial
from semesterhub_alerts.rules import ADVICE, RULES
from semesterhub_alerts.settings import Settings, SettingsError, read_settings
from semesterhub_alerts.store import load
from semesterhub_alerts.tracker import open_troubles


def status(settings: Settings) -> dict[str, object]:
    """Tell what is open, what waits to be sent, and why."""
    memory = load(settings.data / "memory.json")
    return {
        "watching": is_alive(settings.data, time.time()),
        "channels": sorted(channels(settings)),
        "rules": [rule.name for rule in RULES],
        "open": [
            {**asdict(each), "text": plain(each.text), "advice": ADVICE.get(each.rule, "")}
            for each in open_troubles(memory.troubles)
        ],
        "waiting": len(memory.waiting),
        "alertmanager": memory.handover.leads,
        "sent": memory.sent,
        "errors": memory.errors,
    }


def main(argv: list[str] | None = None) -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="semesterhub-alerts", description=__doc__)
    parser.add_argument("command", choices=["run", "gauge", "status", "test"])
    arguments = parser.parse_args(argv)
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO, stream=sys.stderr)
    match arguments.command:
        case "gauge":
            gauge.serve()
        case "status":
            print(json.dumps(status(read_settings()), indent=2))
        case "test":
            settings = read_settings()
            message = trial(settings.stack, settings.title, settings.url)
            said = send_now(channels(settings), message)
            print(json.dumps(said))
            return 1 if any(said.values()) else 0
        case _:
            Loop(read_settings()).run()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SettingsError as error:
        sys.exit(str(error))
