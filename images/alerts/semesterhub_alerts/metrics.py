"""What a round found, as Prometheus' metrics: measurements, and by the rules what is wrong."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from semesterhub_alerts.facts import Backup, Facts, Homes, Hub, Machine, Public, Space
from semesterhub_alerts.message import plain
from semesterhub_alerts.tracker import Trouble

PREFIX = "semesterhub_"
LONGEST_LABEL = 80


@dataclass(frozen=True)
class Seen:
    """One round: never changed afterwards, so that any thread may read it."""

    at: float
    facts: Facts
    troubles: tuple[Trouble, ...]


def exposition(seen: Seen | None) -> bytes:
    """Write a round in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Round(seen))
    return generate_latest(registry)


class _Round(Collector):
    def __init__(self, seen: Seen | None) -> None:
        self.seen = seen

    def collect(self) -> Iterator[Metric]:
        """List the metrics; those of facts that are not known are absent."""
        if self.seen is None:
            return
        at, facts = self.seen.at, self.seen.facts
        yield _one("round_timestamp_seconds", "When the facts were gathered.", at)
        yield from _troubles(self.seen.troubles)
        if facts.hub_error is not None:
            yield _one("hub_up", "Whether the hub answers.", facts.hub_error == "")
        yield from _public(facts.public, at)
        yield from _hub(facts.hub)
        yield from _machines(facts.machines)
        yield from _space("storage", "of the disk with the course's files", facts.storage)
        yield from _inodes("storage", "of the disk with the course's files", facts.storage_inodes)
        yield from _backup(facts.backup, at)
        yield from _homes(facts.homes)
        if facts.grading is not None:
            yield _one("grading_waiting", "Submissions that wait.", facts.grading.waiting)
            yield _one("grading_waited_seconds", "The longest wait.", facts.grading.waited)


def is_wrong(trouble: Trouble) -> bool:
    """Whether a rule finds it now; where it can't be known, as it was last."""
    return not trouble.over and trouble.well_since is None


def _troubles(troubles: Iterable[Trouble]) -> Iterator[Metric]:
    found = _family("trouble", "What a rule finds wrong.", ["rule", "subject"])
    for each in troubles:
        if is_wrong(each):
            found.add_metric([each.rule, plain(each.subject, LONGEST_LABEL)], 1)
    yield found


def _public(public: Public | None, at: float) -> Iterator[Metric]:
    if public is None:
        return
    yield _one("address_up", "Whether the public address answers.", public.status == 200)  # noqa: PLR2004 (HTTP's)
    if public.certificate_days is not None:
        ends = at + 86400 * public.certificate_days
        yield _one("certificate_end_timestamp_seconds", "When the certificate ends.", ends)


def _hub(hub: Hub | None) -> Iterator[Metric]:
    if hub is None:
        return
    yield _one("servers", "Servers that run.", hub.servers)
    yield _one("servers_limit", "Servers that may run at once; 0: no limit.", hub.servers_limit)
    if hub.services is not None:
        running = {each.name: each.running for each in hub.services}
        yield _each("service_running", "Containers that run.", "service", running)
        desired = {each.name: each.desired for each in hub.services}
        yield _each("service_desired", "Containers that should run.", "service", desired)
    if hub.nodes is not None:
        ready = {each.name: each.state == "ready" for each in hub.nodes}
        yield _each("node_ready", "Whether the Swarm hears a machine.", "machine", ready)
    if hub.starts is not None:
        yield _one("starts", "Starts of servers in 15 minutes.", hub.starts.all)
        yield _one("starts_failed", "Those of them that failed.", hub.starts.failed)
        if hub.starts.slow_seconds is not None:
            about = "19 of 20 starts took no longer."
            yield _one("starts_slow_seconds", about, hub.starts.slow_seconds)


def _machines(machines: Iterable[Machine]) -> Iterator[Metric]:
    listed = list(machines)
    for what in ("memory", "disk", "inodes"):
        spaces = {each.name: getattr(each, what) for each in listed}
        known = {name: space for name, space in spaces.items() if space is not None}
        unit = "" if what == "inodes" else "_bytes"
        used = {name: space.used for name, space in known.items()}
        yield _each(f"machine_{what}_used{unit}", f"Used {what}.", "machine", used)
        total = {name: space.total for name, space in known.items()}
        yield _each(f"machine_{what}_size{unit}", f"All {what}.", "machine", total)
    ahead = {each.name: each.clock_ahead for each in listed if each.clock_ahead is not None}
    yield _each("clock_ahead_seconds", "How far ahead a clock is.", "machine", ahead)


def _backup(backup: Backup | None, at: float) -> Iterator[Metric]:
    if backup is None:
        return
    yield _one("backup_interval_seconds", "Between two backups.", backup.every)
    yield _one("backup_left_out", "What the last one could not read.", backup.failed)
    if backup.success_age is not None:
        when = at - backup.success_age
        yield _one("backup_success_timestamp_seconds", "The last one's.", when)
    if backup.drill_age is not None:
        when = at - backup.drill_age
        yield _one("restore_trial_timestamp_seconds", "The last trial restore's.", when)
        yield _one("restore_trial_failed", "Whether it failed.", backup.drill_failed)
    yield from _space("backup_target", "of the folder for backups", backup.target)


def _homes(homes: Homes | None) -> Iterator[Metric]:
    if homes is None:
        return
    yield _one("homes_limited", "Homes with a limit.", homes.limited)
    yield _one("homes_full", "Those of them that reached it.", homes.full)
    yield from _space("exchange", "of the exchange", homes.exchange)


def _space(name: str, of: str, space: Space | None) -> Iterator[Metric]:
    if space is not None:
        yield _one(f"{name}_used_bytes", f"Used bytes {of}.", space.used)
        yield _one(f"{name}_size_bytes", f"All bytes {of}.", space.total)


def _inodes(name: str, of: str, space: Space | None) -> Iterator[Metric]:
    if space is not None:
        yield _one(f"{name}_inodes_used", f"Used inodes {of}.", space.used)
        yield _one(f"{name}_inodes_size", f"All inodes {of}.", space.total)


def _family(name: str, about: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}{name}", about, labels=labels)


def _one(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}{name}", about, value=float(value))


def _each(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = _family(name, about, [label])
    for key, value in values.items():
        family.add_metric([plain(key, LONGEST_LABEL)], float(value))
    return family
