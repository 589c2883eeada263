"""The commands: `semesterhub-acme run`, and what an operator runs in the container."""

import argparse
import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from semesterhub_acme import status
from semesterhub_acme.certificate import load
from semesterhub_acme.errors import AcmeError
from semesterhub_acme.files import Folder
from semesterhub_acme.loop import Loop
from semesterhub_acme.settings import read_settings

# Longer than an attempt may take.
LATE = timedelta(minutes=10)


def main(words: list[str]) -> int:
    """Run a command."""
    parser = argparse.ArgumentParser(prog="semesterhub-acme")
    parser.add_argument("command", choices=["run", "status", "now", "health"])
    chosen = parser.parse_args(words).command
    folder = Folder(Path(os.environ.get("ACME_FOLDER", "/srv/acme")))
    try:
        return commands[chosen](folder)
    except AcmeError as error:
        sys.stderr.write(f"semesterhub-acme: {error}\n")
        return 1


def run(folder: Folder) -> int:
    """Keep the certificate."""
    Loop(folder, read_settings(folder.settings)).run()
    return 0


def show(folder: Folder) -> int:
    """Print how it goes, as JSON."""
    sys.stdout.write(f"{json.dumps(describe(folder))}\n")
    return 0


def describe(folder: Folder) -> dict[str, Any]:
    """Tell how it goes."""
    settings = read_settings(folder.settings)
    known = status.load(folder.status)
    served = load(folder.served)
    return {
        "domain": settings.domain,
        "directory": settings.directory,
        "certificate": served
        and {
            "issuer": served.issuer,
            "serial": served.serial,
            "starts": status.iso(served.starts),
            "ends": status.iso(served.ends),
        },
        "running": known.running,
        "failures": known.failures,
        "lastAttempt": known.last_attempt,
        "lastSuccess": known.last_success,
        "error": known.error,
        "next": known.next,
    }


def now(_folder: Folder) -> int:
    """Have the loop try at once what it would try later."""
    os.kill(1, signal.SIGUSR1)
    return 0


def health(folder: Folder) -> int:
    """Tell whether the loop does what it planned. That no certificate comes is told by status."""
    known = status.load(folder.status)
    planned = known.last_attempt if known.running else known.next
    if planned is None:
        return 1
    return 0 if datetime.fromisoformat(planned) + LATE > datetime.now(UTC) else 1


commands = {"run": run, "status": show, "now": now, "health": health}
