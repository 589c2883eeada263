"""The service's settings, from its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_FIRST_UID = 20000
LOWEST_FIRST_UID = 1000
LAST_PORT = 65535
HUB_UID = 10990
"""As whom the hub runs; its group has the same number."""


class SettingsError(ValueError):
    """A setting is missing or wrong; the message names it."""


@dataclass(frozen=True)
class Tls:
    """Where the hub reaches the service from another machine, and the files that this takes."""

    port: int
    certificate: Path
    key: Path
    authority: Path
    """Who signs the hub's certificate."""


@dataclass(frozen=True)
class Settings:
    """What the service is told."""

    storage: Path
    skeleton: Path
    homes_path: str
    first_uid: int
    quota_bytes: int | None
    exchange_bytes: int | None = None
    throw_away: bool = False
    """Whether the hub may have homes removed: those of a workshop."""
    tls: Tls | None = None
    """None: by the unix socket only."""

    @property
    def groups_path(self) -> str:
        """The groups' folders on the machine, which are beside the homes."""
        return f"{self.homes_path.rpartition('/')[0]}/groups"

    @property
    def socket(self) -> Path:
        """Where the hub reaches the service."""
        return self.storage / "run" / "homes.sock"

    @property
    def report(self) -> Path:
        """Where the alerts read how full homes are."""
        return self.storage / "reports" / "homes.json"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings; complain about the first wrong one."""
    homes_path = environment.get("HOMES_PATH", "")
    if not homes_path.startswith("/"):
        raise SettingsError(
            f"HOMES_PATH is {homes_path!r}; it must be the homes' absolute path on the machine"
        )
    first_uid = _number(environment, "FIRST_UID", DEFAULT_FIRST_UID, LOWEST_FIRST_UID)
    quota = environment.get("QUOTA_BYTES", "")
    exchange = environment.get("EXCHANGE_BYTES", "")
    return Settings(
        storage=Path(environment.get("SEMESTERHUB_STORAGE", "/srv/semesterhub")),
        skeleton=Path(environment.get("SEMESTERHUB_SKELETON", "/skel")),
        homes_path=homes_path.rstrip("/"),
        first_uid=first_uid,
        quota_bytes=_number(environment, "QUOTA_BYTES", 0, 1) if quota else None,
        exchange_bytes=_number(environment, "EXCHANGE_BYTES", 0, 1) if exchange else None,
        throw_away=environment.get("THROW_AWAY", "") == "yes",
        tls=_tls(environment) if environment.get("HOMES_TLS_PORT") else None,
    )


def _tls(environment: Mapping[str, str]) -> Tls:
    port = _number(environment, "HOMES_TLS_PORT", 0, 1)
    if port > LAST_PORT:
        raise SettingsError(f"HOMES_TLS_PORT is {port}; a port is at most {LAST_PORT}")
    secrets = Path(environment.get("SEMESTERHUB_SECRETS", "/run/secrets"))
    return Tls(
        port=port,
        certificate=secrets / "homes-cert",
        key=secrets / "homes-key",
        authority=secrets / "homes-ca",
    )


def _number(environment: Mapping[str, str], key: str, default: int, lowest: int) -> int:
    text = environment.get(key, "") or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < lowest:
        raise SettingsError(f"{key} is {text!r}; it must be a whole number from {lowest} up")
    return int(text)
