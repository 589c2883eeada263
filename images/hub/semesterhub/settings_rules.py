"""Settings that are right each by itself and wrong together."""

from typing import TYPE_CHECKING

from semesterhub import homes_url

if TYPE_CHECKING:
    from semesterhub.settings import Settings

SMALLEST_RESERVATION = 4 * 1024 * 1024
CLIENTS = frozenset({"google", "github", "cilogon", "globus", "oidc", "lti13"})
"""Methods by which the hub is a client of a provider's."""


def impossible(settings: "Settings") -> list[str]:
    """Find what is right in each value and wrong together."""
    limits, login = settings.limits, settings.login
    problems = _bad_places(settings)
    slugs = [profile.slug for profile in settings.profiles]
    problems += [f"profiles: {slug} is there twice" for slug in set(slugs) if slugs.count(slug) > 1]
    if 0 < limits.memory_reserved_bytes < SMALLEST_RESERVATION:
        problems.append("limits.memoryReservedBytes must be 0 or at least 4 MiB (Swarm's rule)")
    if limits.memory_reserved_bytes > limits.memory_bytes:
        problems.append("limits.memoryReservedBytes must not exceed limits.memoryBytes")
    if limits.cpus_reserved > limits.cpus:
        problems.append("limits.cpusReserved must not exceed limits.cpus")
    if login.method in CLIENTS and not login.client_id:
        problems.append(f"login.clientId is needed for login by {login.method}")
    if login.method == "cilogon" and not login.identity_providers:
        problems.append("login.identityProviders is needed for login by cilogon")
    if login.method in {"oidc", "lti13"} and not login.issuer.startswith("https://"):
        problems.append("login.issuer must be an https address for login by " + login.method)
    if login.method in {"cilogon", "oidc", "lti", "lti13"} and not login.username_claim:
        problems.append(f"login.usernameClaim is needed for login by {login.method}")
    if login.method == "workshop" and login.seats < 1:
        problems.append("login.seats must be at least 1 for a workshop")
    if login.method == "globus" and len(login.identity_providers) > 1:
        problems.append("login.identityProviders has at most one domain for login by globus")
    return problems


def _bad_places(settings: "Settings") -> list[str]:
    problems = []
    try:
        homes_url.parse(settings.homes_url)
    except ValueError as error:
        problems.append(f"homesUrl: {error}")
    if settings.keeps_database and not settings.database_url.startswith("sqlite:///"):
        problems.append("databaseUrl must be a file, sqlite:////path, where keepsDatabase is true")
    return problems
