"""Rules about what a student or a teacher would notice."""

from semesterhub_alerts.facts import Facts
from semesterhub_alerts.rule import DAY, HOUR, MINUTE, Finding, Findings, Limits, Rule, said

ANSWERS = 200
BACKUPS_MISSED = 3
FEW_STARTS = 3
SOME_STARTS = 5
FAILING_PERCENT = 10
NEARLY_ALL_SERVERS = 90


def address_silent(facts: Facts, _: Limits) -> Findings:
    """Find a public address that does not answer."""
    if facts.public is None:
        return None
    if facts.public.status == ANSWERS:
        return []
    why = facts.public.error or f"HTTP {facts.public.status}"
    return said(f"The course does not answer at its address: {why}.")


def hub_silent(facts: Facts, _: Limits) -> Findings:
    """Find a hub that does not answer inside the course's network."""
    if facts.hub_error is None:
        return None
    return said(facts.hub_error and f"The hub does not answer: {facts.hub_error}.")


def service_unhealthy(facts: Facts, _: Limits) -> Findings:
    """Find services with fewer healthy containers than they should have."""
    if facts.hub is None or facts.hub.services is None:
        return None
    return [
        Finding(
            each.name,
            f"The service {each.name} is not well: {each.running} of {each.desired} containers.",
        )
        for each in facts.hub.services
        if each.running < each.desired
    ]


def starts_failing(facts: Facts, _: Limits) -> Findings:
    """Find that many of the servers that students start do not come up."""
    if facts.hub is None or facts.hub.starts is None:
        return None
    starts = facts.hub.starts
    many = starts.failed >= FEW_STARTS and 100 * starts.failed > FAILING_PERCENT * starts.all
    text = f"{starts.failed} of {starts.all} servers did not start in the last 15 minutes."
    return said(text) if many else []


def starts_slow(facts: Facts, limits: Limits) -> Findings:
    """Find that servers take long to start."""
    if facts.hub is None or facts.hub.starts is None:
        return None
    starts = facts.hub.starts
    slow = starts.slow_seconds
    if slow is None or starts.all < SOME_STARTS or slow <= limits.slow_start_seconds:
        return []
    return said(
        f"Servers start slowly: of {starts.all} in the last 15 minutes one in twenty took more than"
        f" {limits.slow_start_seconds} s."
    )


def servers_nearly_all(facts: Facts, _: Limits) -> Findings:
    """Find that nearly as many servers run as may run at once."""
    if facts.hub is None:
        return None
    running, limit = facts.hub.servers, facts.hub.servers_limit
    if limit == 0 or 100 * running < NEARLY_ALL_SERVERS * limit:
        return []
    return said(f"{running} servers run, and {limit} may: the next students will be refused.")


def certificate(facts: Facts, limits: Limits) -> Findings:
    """Find a certificate that ends soon, or that browsers do not trust."""
    if facts.public is None or facts.public.certificate_days is None:
        return None
    days = facts.public.certificate_days
    if days < 0:
        return said("The course's certificate has ended: browsers refuse the address.")
    if limits.acme and facts.public.own_authority:
        return said("There is no public certificate yet: browsers are shown the stack's own.")
    text = f"The course's certificate ends in {days:.0f} days."
    return said(text) if days < limits.certificate_days else []


def backup_late(facts: Facts, _: Limits) -> Findings:
    """Find that no backup has succeeded for several intervals."""
    if facts.backup is None:
        return None
    backup = facts.backup
    patience = BACKUPS_MISSED * backup.every
    if backup.success_age is None:
        waiting = backup.expected_for is not None and backup.expected_for <= patience
        return [] if waiting else said("No backup has succeeded yet.")
    hours = backup.success_age / HOUR
    late = backup.success_age > patience
    return said(f"The last backup was made {hours:.1f} hours ago.") if late else []


def restore_unverified(facts: Facts, limits: Limits) -> Findings:
    """Find that no restore was tried and compared for long, or that the last try failed."""
    if facts.backup is None:
        return None
    backup = facts.backup
    if backup.drill_failed:
        return said("The last trial restore did not give back what was backed up.")
    age = backup.drill_age
    if age is None:
        new = backup.first_success_age is None or backup.first_success_age < DAY
        return [] if new else said("No restore was ever tried from these backups.")
    late = age > limits.drill_days * DAY
    return said(f"No restore was tried for {age / DAY:.0f} days.") if late else []


def homes_left_out(facts: Facts, _: Limits) -> Findings:
    """Find that the last backup could not read some homes or folders."""
    if facts.backup is None:
        return None
    failed = facts.backup.failed
    return said(f"The last backup could not read {failed} homes or folders.") if failed else []


def homes_full(facts: Facts, limits: Limits) -> Findings:
    """Find that many homes have reached their limit: their owners can't save."""
    if facts.homes is None:
        return None
    full, limited = facts.homes.full, facts.homes.limited
    many = limited > 0 and full > 0 and 100 * full >= limits.full_homes_percent * limited
    return said(f"{full} of {limited} homes have reached their limit.") if many else []


def homes_unlimited(facts: Facts, _: Limits) -> Findings:
    """Find that homes should have a limit, and the file system enforces none."""
    if facts.homes is None:
        return None
    text = "Homes have no limit, though one is configured: the file system does not enforce it."
    return said(text) if facts.homes.unenforced else []


def exchange_full(facts: Facts, limits: Limits) -> Findings:
    """Find an exchange that is nearly full: nothing can be handed in when it is."""
    if facts.homes is None:
        return None
    exchange = facts.homes.exchange
    if exchange is None or exchange.percent < limits.exchange_percent:
        return []
    return said(f"The exchange is {exchange.percent:.0f} % full: then nobody can hand in.")


def grading_stuck(facts: Facts, limits: Limits) -> Findings:
    """Find that something waits to be graded, and nothing came to an end for long."""
    if facts.grading is None:
        return None
    queue = facts.grading
    still = min(queue.waited, queue.idle)
    stuck = queue.waiting > 0 and still > limits.grading_minutes * MINUTE
    text = f"Grading stands still: {queue.waiting} wait, none ended for {still / MINUTE:.0f} min."
    return said(text) if stuck else []


RULES = (
    Rule(
        "address-silent",
        2 * MINUTE,
        "npm run status says which part is not well; if all are, see DNS and the campus firewall.",
        address_silent,
    ),
    Rule("hub-silent", 2 * MINUTE, "npm run logs hub says why; npm run up repairs.", hub_silent),
    Rule(
        "service-unhealthy",
        5 * MINUTE,
        "npm run status has Docker's words about it, npm run logs SERVICE its own.",
        service_unhealthy,
    ),
    Rule("starts-failing", 0, "npm run logs hub has the reason of each.", starts_failing),
    Rule(
        "starts-slow",
        0,
        "npm run status shows memory and load of each machine: one more node, or smaller limits.",
        starts_slow,
    ),
    Rule(
        "servers-nearly-all",
        5 * MINUTE,
        "Raise spawn.activeServers if the machines have room, or add a node.",
        servers_nearly_all,
    ),
    Rule("certificate", HOUR, "npm run status says where it comes from and why.", certificate),
    Rule("backup-late", 0, "npm run logs backup says why; npm run backup makes one.", backup_late),
    Rule(
        "restore-unverified",
        0,
        "npm run shell backup, then semesterhub-backup drill, tries one now.",
        restore_unverified,
    ),
    Rule("homes-left-out", 0, "npm run status names them under “Left out”.", homes_left_out),
    Rule("homes-full", 10 * MINUTE, "npm run quota shows whose, and gives more.", homes_full),
    Rule(
        "homes-unlimited",
        10 * MINUTE,
        "npm run quota says why; storage must be on xfs with project quotas.",
        homes_unlimited,
    ),
    Rule(
        "exchange-full",
        5 * MINUTE,
        "Raise storage.exchangeQuota, or take old assignments out of the exchange.",
        exchange_full,
    ),
    Rule(
        "grading-stuck",
        5 * MINUTE,
        "npm run logs grading, npm run logs sandbox; npm run status shows whether both run.",
        grading_stuck,
    ),
)
