"""How the health command knows what the firewall does: a small file, written often."""

from __future__ import annotations

import json
import time
from pathlib import Path

FILE = Path("/run/firewall.json")
EVERY = 5.0
# A busy machine may be late; a dead thread is later.
STALE = 30.0


def write(*, connected: bool, closed: int, failed: dict[str, str]) -> None:
    """Replace the file in one step."""
    new = FILE.with_suffix(".new")
    said = {"at": time.time(), "connected": connected, "closed": closed, "failed": failed}
    new.write_text(json.dumps(said))
    new.replace(FILE)


def problem(text: str, now: float) -> str | None:
    """Say what is wrong; None when all is well."""
    said = json.loads(text)
    if now - said["at"] > STALE:
        return f"the firewall has said nothing for {now - said['at']:.0f} s"
    if not said["connected"]:
        return "the Docker engine does not answer the firewall"
    if said["failed"]:
        return "not closed: " + "; ".join(f"{name}: {why}" for name, why in said["failed"].items())
    return None
