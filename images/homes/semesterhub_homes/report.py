"""How full homes and exchange are, without anybody's name: a file of a few numbers, for alerts."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from semesterhub_homes.repeated import Repeated

log = logging.getLogger("homes")

EVERY_SECONDS = 300
FULL_PERCENT = 97
"""With so much of its limit used, hardly a notebook can be saved."""


def summary(quotas: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Sum up the answer to GET /quotas."""
    limited = [each for each in quotas["people"] if each["limit"] and each["used"] is not None]
    full = sum(1 for each in limited if 100 * each["used"] >= FULL_PERCENT * each["limit"])
    limit, used = quotas["exchange"]["limit"], quotas["exchange"]["used"]
    return {
        "at": now,
        "limited": len(limited),
        "full": full,
        "exchange": [used, limit] if limit and used is not None else None,
        "unenforced": bool(quotas["default"] and quotas["problem"]),
    }


class Reporter:
    """Writes the file again and again, as long as the service runs."""

    def __init__(self, file: Path, quotas: Callable[[], Mapping[str, Any]]) -> None:
        """Take where to write, and what tells everybody's limit and use."""
        self._file = file
        self._quotas = quotas
        self._told = ""
        self._repeated = Repeated("report", EVERY_SECONDS, self._try)

    def start(self) -> None:
        """Begin, unless the storage tree has no place for reports."""
        if self._file.parent.is_dir():
            self._repeated.start()

    def stop(self) -> None:
        """End."""
        self._repeated.stop()

    def _try(self) -> None:
        try:
            self.write()
            self._told = ""
        except Exception as error:  # noqa: BLE001 (no report is worth the service's end)
            if (said := f"{type(error).__name__}: {error}") != self._told:
                log.warning("no report for the alerts: %s", said)
            self._told = said

    def write(self) -> None:
        """Write it once, whole or not at all."""
        new = self._file.with_name(f".{self._file.name}.new")
        new.write_text(json.dumps(summary(self._quotas(), time.time())) + "\n", encoding="utf-8")
        new.chmod(0o644)
        new.replace(self._file)
