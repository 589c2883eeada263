"""What the rules know about a course. A fact that is not known is None; no rule guesses it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Space:
    """Something that can run out, in bytes or in files."""

    used: int
    total: int

    @property
    def percent(self) -> float:
        """How much of it is used."""
        return 100 * self.used / self.total if self.total > 0 else 0.0


@dataclass(frozen=True)
class Machine:
    """A machine as a process on it sees it."""

    name: str
    memory: Space | None = None
    disk: Space | None = None
    """Where its engine keeps images, containers and logs."""
    inodes: Space | None = None
    clock_ahead: float | None = None
    """Seconds that its clock is ahead of this service's."""


@dataclass(frozen=True)
class Node:
    """A machine as the Swarm's manager sees it."""

    name: str
    state: str
    availability: str = "active"


@dataclass(frozen=True)
class Service:
    """One of the course's own Swarm services."""

    name: str
    running: int
    desired: int


@dataclass(frozen=True)
class Starts:
    """How servers started within the last minutes."""

    succeeded: int
    failed: int
    slow_seconds: float | None = None
    """19 of 20 took no longer; None where none succeeded."""

    @property
    def all(self) -> int:
        """How many there were."""
        return self.succeeded + self.failed


@dataclass(frozen=True)
class Hub:
    """What the hub tells: only while it answers."""

    nodes: tuple[Node, ...] | None = None
    """None where its engine did not answer."""
    services: tuple[Service, ...] | None = None
    starts: Starts | None = None
    servers: int = 0
    servers_limit: int = 0
    """How many may run at once; 0: no limit."""


@dataclass(frozen=True)
class Public:
    """The course's address, asked as a browser does."""

    status: int = 0
    error: str = ""
    certificate_days: float | None = None
    """Until it ends; negative afterwards."""
    own_authority: bool = False
    """Whether the stack's own authority issued it."""
    clock_ahead: float | None = None


@dataclass(frozen=True)
class Backup:
    """What the backup service reports. Ages are in seconds."""

    every: int
    expected_for: int | None = None
    success_age: int | None = None
    first_success_age: int | None = None
    drill_age: int | None = None
    drill_failed: bool = False
    failed: int = 0
    """Homes and other trees that the last run could not read."""
    target: Space | None = None


@dataclass(frozen=True)
class Homes:
    """What the homes service reports, without anybody's name."""

    limited: int = 0
    """Homes with a limit."""
    full: int = 0
    """Those of them with hardly any room left."""
    exchange: Space | None = None
    unenforced: bool = False
    """Whether limits are configured that the file system does not enforce."""


@dataclass(frozen=True)
class Grading:
    """The grading service's queue."""

    waiting: int
    waited: float
    """Seconds that the oldest has waited."""
    idle: float
    """Seconds since one came to its end, or the service began."""


@dataclass(frozen=True)
class Facts:
    """Everything of one round."""

    public: Public | None = None
    hub_error: str | None = None
    """Why the hub does not answer; empty: it does."""
    hub: Hub | None = None
    machines: tuple[Machine, ...] = ()
    unmeasured: tuple[str, ...] = ()
    """Machines of the Swarm that are ready and did not tell how they are."""
    storage: Space | None = None
    storage_inodes: Space | None = None
    backup: Backup | None = None
    homes: Homes | None = None
    silent: tuple[str, ...] | None = None
    """Services that should report and have not for long."""
    grading: Grading | None = None
