"""What components/proxyHost/acmeClient.ts tells this container."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semesterhub_acme.errors import AcmeError


@dataclass(frozen=True)
class Binding:
    """An external account that the authority knows, and the key that proves it."""

    key_id: str
    key: str


@dataclass(frozen=True)
class Zone:
    """How a record gets into the zone: the operator's script, and what it needs."""

    script: str
    credentials: str = ""


@dataclass(frozen=True)
class Settings:
    """The settings."""

    # The certificate's names: the site's first, then that of people's servers, if they have one.
    domains: tuple[str, ...]
    email: str
    directory: str
    binding: Binding | None
    # PEM of the authority that signed the directory's own certificate; none: a public one.
    authority: str | None
    # None: proved by a file at port 80.
    zone: Zone | None = None

    @property
    def domain(self) -> str:
        """The site's name."""
        return self.domains[0]

    @property
    def account(self) -> str:
        """The name of the account that these settings mean; another address or binding: another."""
        binding = self.binding.key_id if self.binding else ""
        return _digest(self.directory, self.email, binding)

    @property
    def digest(self) -> str:
        """Changes with every setting."""
        binding = self.binding.key if self.binding else ""
        zone = (self.zone.script, self.zone.credentials) if self.zone else ()
        return _digest(self.account, binding, *self.domains, self.authority or "", *zone)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def read_settings(path: Path) -> Settings:
    """Read the settings; strict, as both sides are of one repository."""
    try:
        raw: Any = json.loads(path.read_text(encoding="utf-8"))
        binding = raw.pop("eab", None)
        zone = raw.pop("dns", None)
        settings = Settings(
            domains=tuple(raw.pop("domains")),
            email=raw.pop("email"),
            directory=raw.pop("directory"),
            binding=Binding(key_id=binding["keyId"], key=binding["key"]) if binding else None,
            authority=raw.pop("certificateAuthority", None),
            zone=Zone(**zone) if zone else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        # Without its text, which may quote the key.
        raise AcmeError(f"{path} can't be read ({type(error).__name__})") from None
    if raw:
        raise AcmeError(f"{path} has keys that nothing reads: {', '.join(sorted(raw))}")
    return settings
