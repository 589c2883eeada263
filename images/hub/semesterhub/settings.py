"""What the deployment tells the hub: /etc/semesterhub/hub.json and the secrets' files."""

import functools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from semesterhub.settings_rules import impossible
from semesterhub.strict import SettingsError, at_least, read

SETTINGS_DIRECTORY = Path(os.environ.get("SEMESTERHUB_SETTINGS", "/etc/semesterhub"))
SECRETS_DIRECTORY = Path(os.environ.get("SEMESTERHUB_SECRETS", "/run/secrets"))

Method = Literal[
    "dummy", "native", "google", "github", "cilogon", "globus", "oidc", "lti", "lti13", "workshop"
]
Interface = Literal["lab", "notebook"]


@dataclass(frozen=True)
class Notebook:
    """The image of students' servers and which interface opens in it."""

    image: str
    interface: Interface


@dataclass(frozen=True)
class Storage:
    """Folders on the machines, shared by all students."""

    exchange: str
    shared: str
    course: str
    """The course folder, for graders."""


@dataclass(frozen=True)
class Limits:
    """What one student's server may use, and what is kept free for it."""

    memory_bytes: int = at_least(64 * 1024 * 1024)
    memory_reserved_bytes: int = at_least(0)
    cpus: float = at_least(0.05)
    cpus_reserved: float = at_least(0)
    pids: int = at_least(32)
    tokens: int = at_least(1)
    """API tokens that one person may have made."""
    named_servers: int = at_least(0)
    """Servers that one person may have beside the usual one, each with all of these limits."""
    gpus: int = at_least(0, default=0)
    """GPUs that a server has for itself."""


@dataclass(frozen=True)
class Profile:
    """A kind of server: its image, what it may use, and whose it is (no groups: everybody's)."""

    slug: str
    name: str
    image: str
    memory_bytes: int = at_least(64 * 1024 * 1024)
    memory_reserved_bytes: int = at_least(0)
    cpus: float = at_least(0.05)
    cpus_reserved: float = at_least(0)
    groups: tuple[str, ...] = ()
    gpus: int = at_least(0, default=0)


@dataclass(frozen=True)
class Spawn:
    """How many servers may start and run at once (0: no limit), and how long a start may take."""

    concurrent: int = at_least(0)
    timeout_seconds: int = at_least(5)
    active_servers: int = at_least(0)

    @property
    def check_seconds(self) -> int:
        """How long a check that the course answers may take, a start and all else."""
        return self.timeout_seconds + 120


@dataclass(frozen=True)
class Cull:
    """When an idle server is stopped; 0 for `max_age_hours` means never by age.

    A running cell is activity for `busy_minutes`; 0: it is none.
    """

    idle_minutes: int = at_least(1)
    kernel_idle_minutes: int = at_least(0)
    busy_minutes: int = at_least(0)
    max_age_hours: int = at_least(0)
    every_minutes: int = at_least(1)


@dataclass(frozen=True)
class RequiredClaim:
    """What a provider must say of an account: one of the values."""

    claim: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Login:
    """How people log in. Which of the optional fields count depends on the method."""

    method: Method
    client_id: str = ""
    hosted_domains: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    identity_providers: tuple[str, ...] = ()
    username_claim: str = ""
    """What cilogon, oidc, lti or lti13 tells of a person that is their name on the roster."""
    issuer: str = ""
    provider_name: str = ""
    authorize_url: str = ""
    keys_url: str = ""
    seats: int = 0
    """How many guests a workshop may have."""
    token_url: str = ""
    scopes: tuple[str, ...] = ()
    required_claims: tuple[RequiredClaim, ...] = ()


@dataclass(frozen=True)
class Logo:
    """A picture: its type (image/png) and its bytes in base64."""

    type: str
    data: str


@dataclass(frozen=True)
class Palette:
    """Colours, as `#rrggbb`: a button, the text on it, links on light and on dark pages."""

    button: str = "#b85a00"
    button_text: str = "#ffffff"
    on_light: str = "#a95300"
    on_dark: str = "#cc8847"


@dataclass(frozen=True)
class FaceLink:
    """A link at the foot of each page."""

    label: str
    url: str


@dataclass(frozen=True)
class Template:
    """A file that takes the place of one of the hub's templates."""

    name: str
    text: str


@dataclass(frozen=True)
class Face:
    """How the pages look. All of it is text, never HTML."""

    palette: Palette = Palette()
    welcome: tuple[str, ...] = ()
    """Paragraphs on the sign-in page."""
    links: tuple[FaceLink, ...] = ()
    footer: str = ""
    logo: Logo = Logo("", "")
    """Without data: none."""
    templates: tuple[Template, ...] = ()


@dataclass(frozen=True)
class Settings:
    """Everything in hub.json."""

    stack: str
    title: str
    public_url: str
    subdomains: bool
    """Whether each person's server has a name of its own below that of the public URL."""
    database_url: str
    homes_url: str
    """Where the homes service is: `unix:///path`, or `https://host:port` with the files cert.pem,
    key.pem and ca.pem among the secrets."""
    keeps_database: bool
    """Whether the database is on this machine's own disk, and the homes service keeps a copy."""
    course_network: str
    chp_api_url: str
    hub_url: str
    grading_url: str
    """Where the grading service answers."""
    statistics_url: str
    """Where the statistics service answers."""
    service_prefix: str
    firewall: bool
    notebook: Notebook
    storage: Storage
    limits: Limits
    spawn: Spawn
    cull: Cull
    login: Login
    staff_may_enter_servers: bool
    face: Face = Face()
    contact: str = ""
    """Whom people ask for help: what the hub's pages say."""
    profiles: tuple[Profile, ...] = ()
    """Kinds of servers, where the course has several; the first of a person's is the usual one."""
    constraints: tuple[str, ...] = ()
    """Swarm's constraints on the machine of a student's server; none: any machine."""


def parse_settings(text: str, source: str = "hub.json") -> Settings:
    """Read the text of a hub.json."""
    settings = read(Settings, _json(text, source), source)
    problems = impossible(settings)
    if problems:
        raise SettingsError(source, problems)
    return settings


def _json(text: str, source: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SettingsError(source, [f"it is not JSON: {error}"]) from error


@functools.cache
def load_settings() -> Settings:
    """Read the settings of this container, once."""
    path = SETTINGS_DIRECTORY / "hub.json"
    return parse_settings(_text(path), str(path))


def secret(name: str) -> str:
    """Read one secret, without the line end that editors add. Never log what this returns."""
    path = SECRETS_DIRECTORY / name
    value = _text(path).strip()
    if not value:
        raise SettingsError(str(path), ["the secret is empty"])
    return value


def optional_secret(name: str) -> str:
    """Read a secret that is there only where the configuration asks for it; empty if it is not."""
    return secret(name) if (SECRETS_DIRECTORY / name).exists() else ""


def key(name: str) -> bytes:
    """Read a secret of 32 random bytes, written as 64 hexadecimal digits."""
    digits = secret(name)
    try:
        value = bytes.fromhex(digits)
    except ValueError:
        value = b""
    if len(value) != 32:  # noqa: PLR2004 (what cookies and auth_state are signed with)
        raise SettingsError(str(SECRETS_DIRECTORY / name), ["must be 64 hexadecimal digits"])
    return value


def login_secret() -> Mapping[str, object]:
    """Read the login method's own secret, a JSON object."""
    value = _json(secret("login-secret"), str(SECRETS_DIRECTORY / "login-secret"))
    if not isinstance(value, dict):
        source = str(SECRETS_DIRECTORY / "login-secret")
        raise SettingsError(source, ["it must be a JSON object"])
    return value


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(str(path), [f"it can't be read: {error.strerror}"]) from error
