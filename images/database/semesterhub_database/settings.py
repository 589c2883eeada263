"""Where things are in the container."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SOCKETS = "/tmp"  # noqa: S108 (the container's own)
NAME = "hub"
"""The one database and the role that owns it."""
DUMP_SECONDS = 300


class DatabaseError(RuntimeError):
    """The database can't be opened; the message says what to do."""


@dataclass(frozen=True)
class Settings:
    """Folders, and the password of the hub's role."""

    data: Path
    """Has a folder for each major version."""
    dumps: Path
    password: str
    dump_seconds: int = DUMP_SECONDS
    port: int = 5432

    @property
    def dump(self) -> Path:
        """What backups have of the database."""
        return self.dumps / f"{NAME}.dump"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; complain about a password that could be something else in SQL."""
    secret = Path(environment.get("SEMESTERHUB_SECRETS", "/run/secrets")) / "database-password"
    password = secret.read_text("utf-8").strip()
    if not re.fullmatch(r"[0-9a-f]{32,128}", password):
        raise DatabaseError(f"{secret} must have 32 hexadecimal digits or more")
    return Settings(
        data=Path(environment.get("DATABASE_DATA", "/srv/database")),
        dumps=Path(environment.get("DATABASE_DUMPS", "/srv/dumps")),
        password=password,
        dump_seconds=int(environment.get("DUMP_SECONDS", str(DUMP_SECONDS))),
        port=int(environment.get("DATABASE_PORT", "5432")),
    )
