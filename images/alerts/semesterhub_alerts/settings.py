"""What the deployment tells: /etc/semesterhub/alerts.json and two secrets."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from semesterhub_alerts.rule import Limits

Security = Literal["starttls", "tls", "none"]


class SettingsError(ValueError):
    """Settings that can't be used."""


@dataclass(frozen=True)
class Email:
    """How mail is sent."""

    server: str
    port: int
    security: Security
    sender: str
    to: tuple[str, ...]
    username: str = ""
    password: str = ""
    authority: str = ""
    """PEM of who signed the server's certificate; empty: a public authority."""


@dataclass(frozen=True)
class Webhook:
    """Where messages are posted."""

    url: str
    token: str = ""


@dataclass(frozen=True)
class Settings:
    """Everything."""

    stack: str
    title: str
    url: str
    """The course's public address."""
    authority: str
    """PEM of the stack's own authority."""
    hub_url: str
    grading_url: str
    gauge: str
    """The name of the service that tells how other machines are; empty: there is no other."""
    machine: str
    """This machine's name in the Swarm."""
    limits: Limits
    email: Email | None
    webhook: Webhook | None
    heartbeat: str
    token: str
    """This service's at the hub."""
    reports: Path
    data: Path
    monitoring_token: str = ""
    """Prometheus' and Alertmanager's at this service; empty: the course has none."""

    def hide(self, text: str) -> str:
        """Take secrets out of a text for the log."""
        email, webhook = self.email, self.webhook
        known = [self.token, self.heartbeat, self.monitoring_token]
        known += [email.password] if email else []
        known += [webhook.url, webhook.token] if webhook else []
        for each in sorted(filter(None, known), key=len, reverse=True):
            text = text.replace(each, "(secret)")
        return text


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings of this container."""
    folder = Path(environment.get("SEMESTERHUB_SETTINGS", "/etc/semesterhub"))
    secrets = Path(environment.get("SEMESTERHUB_SECRETS", "/run/secrets"))
    try:
        known = json.loads((folder / "alerts.json").read_text(encoding="utf-8"))
        channels = json.loads((secrets / "alerts-channels").read_text(encoding="utf-8"))
        token = (secrets / "alerts-token").read_text(encoding="utf-8").strip()
        return Settings(
            stack=known["stack"],
            title=known["title"],
            url=known["url"],
            authority=known["certificateAuthority"],
            hub_url=known["hubUrl"],
            grading_url=known["gradingUrl"],
            gauge=known["gauge"],
            machine=environment.get("SEMESTERHUB_MACHINE", "this machine"),
            limits=Limits(**known["limits"]),
            email=_email(known["email"], channels) if known["email"] else None,
            webhook=_webhook(channels),
            heartbeat=channels.get("heartbeatUrl") or "",
            token=token,
            reports=Path(environment.get("ALERTS_REPORTS", "/srv/reports")),
            data=Path(environment.get("ALERTS_DATA", "/srv/alerts")),
            monitoring_token=_optional(secrets / "monitoring-token"),
        )
    except OSError as error:
        raise SettingsError(f"{error.filename} can't be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        # The text of a JSON error has no part of the document.
        raise SettingsError(f"alerts.json or alerts-channels can't be used: {error}") from error


def _optional(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""


def _email(known: Mapping[str, Any], channels: Mapping[str, Any]) -> Email:
    return Email(
        server=known["server"],
        port=known["port"],
        security=known["security"],
        sender=known["from"],
        to=tuple(known["to"]),
        username=known.get("username") or "",
        password=channels.get("smtpPassword") or "",
        authority=known.get("certificateAuthority") or "",
    )


def _webhook(channels: Mapping[str, Any]) -> Webhook | None:
    url = channels.get("webhookUrl")
    return Webhook(url, channels.get("webhookToken") or "") if url else None
