"""How backups are, without anybody's name, for the alerts: a file of a few times and numbers."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from semesterhub_backup.settings import Settings
    from semesterhub_backup.status import Status


def summary(status: Status, settings: Settings) -> dict[str, Any]:
    """Sum up the status. Times stay times: their age is reckoned when they are read."""
    return {
        "everySeconds": settings.every_seconds,
        "since": status.since or None,
        "lastSuccess": status.lastSuccess,
        "firstSuccess": status.firstSuccess,
        "lastDrill": (status.lastDrill or {}).get("at"),
        "drillFailed": status.lastDrillError is not None,
        "failed": len(status.failed),
        "target": _space(settings.folder),
    }


def _space(folder: Path | None) -> list[int] | None:
    """Tell what a folder's disk has used, and has for users, in bytes."""
    if folder is None:
        return None
    try:
        facts = os.statvfs(folder)
    except OSError:
        return None
    used = facts.f_blocks - facts.f_bfree
    return [used * facts.f_frsize, (used + facts.f_bavail) * facts.f_frsize]


def write_summary(settings: Settings, status: Status) -> None:
    """Write it whole or not at all, where the storage tree has a place for reports."""
    folder = settings.storage / "reports"
    if not folder.is_dir():
        return
    new = folder / ".backup.json.new"
    new.write_text(json.dumps(summary(status, settings)) + "\n", encoding="utf-8")
    new.chmod(0o644)
    new.replace(folder / "backup.json")
