"""Where things are in the container, and which databases there are."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SOCKETS = "/tmp"  # noqa: S108 (the container's own)
NAMES = ("hub", "gradebook")
"""The databases; here each has a role of its own, which is called the same and opens no other."""
DUMP_SECONDS = 300
CAMPUS = Path("/etc/semesterhub/database.json")
"""Is there where the databases are on a server of the campus's."""


class DatabaseError(RuntimeError):
    """The database can't be opened; the message says what to do."""


@dataclass(frozen=True)
class Place:
    """A database on a server of the campus's; libpq finds the password and whom to trust."""

    name: str
    host: str
    port: int
    user: str
    database: str


@dataclass(frozen=True)
class Settings:
    """Folders, and the passwords of our own server's roles."""

    data: Path
    """Has a folder for each major version, and what is known of the dumps."""
    dumps: Path
    passwords: Mapping[str, str]
    """By database; none where the server is the campus's."""
    places: tuple[Place, ...] = ()
    """On the campus's server; none: this container runs the server."""
    course: str = ""
    dump_seconds: int = DUMP_SECONDS
    port: int = 5432

    def dump(self, name: str) -> Path:
        """Tell what backups have of a database."""
        return self.dumps / f"{name}.dump"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; complain about a password that could be something else in SQL."""
    campus = Path(environment.get("DATABASE_CAMPUS", str(CAMPUS)))
    places = read_places(campus.read_text("utf-8")) if campus.exists() else ()
    secrets = Path(environment.get("SEMESTERHUB_SECRETS", "/run/secrets"))
    return Settings(
        data=Path(environment.get("DATABASE_DATA", "/srv/database")),
        dumps=Path(environment.get("DATABASE_DUMPS", "/srv/dumps")),
        passwords={} if places else {name: _password(secrets, name) for name in NAMES},
        places=places,
        course=environment.get("SEMESTERHUB_STACK", ""),
        dump_seconds=int(environment.get("DUMP_SECONDS", str(DUMP_SECONDS))),
        port=int(environment.get("DATABASE_PORT", "5432")),
    )


def read_places(text: str) -> tuple[Place, ...]:
    """Read the JSON that names databases of the campus's."""
    return tuple(
        Place(name, one["host"], one["port"], one["user"], one["database"])
        for name, one in json.loads(text).items()
    )


def _password(secrets: Path, name: str) -> str:
    secret = secrets / ("database-password" if name == "hub" else f"{name}-password")
    password = secret.read_text("utf-8").strip()
    if not re.fullmatch(r"[0-9a-f]{32,128}", password):
        raise DatabaseError(f"{secret} must have 32 hexadecimal digits or more")
    return password
