"""How `firewall-health` knows that all is well: a small file, written often."""

from __future__ import annotations

from pathlib import Path

FILE = Path("/run/well-until")
EVERY = 5.0
# A busy machine may be late; a dead thread is later.
STALE = 30.0


def write(now: float, *, connected: bool, failed: dict[str, str]) -> None:
    """Replace the file in one step: until when all counts as well, and what is wrong."""
    wrong = problem(connected=connected, failed=failed)
    until = 0 if wrong else int(now + STALE)
    new = FILE.with_suffix(".new")
    new.write_text(f"{until} {wrong or ''}\n")
    new.replace(FILE)


def problem(*, connected: bool, failed: dict[str, str]) -> str | None:
    """Say what is wrong, in one line; None when all is well."""
    if not connected:
        return "the Docker engine does not answer the firewall"
    if failed:
        said = "; ".join(f"{name}: {why}" for name, why in failed.items())
        return " ".join(f"not closed: {said}".split())
    return None
