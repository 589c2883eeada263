"""Kinds of servers that a course offers: who may have which, the choice, and what it changes."""

import html
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from semesterhub.roster import Roster
from semesterhub.settings import Profile, Settings

FIELD = "profile"
_GIB = 1024**3


class NotForThemError(Exception):
    """Somebody asked for a server that is not theirs to have; the message is for them."""


def allowed(settings: Settings, roster: Roster, username: str) -> tuple[Profile, ...]:
    """List what a person may have; the first is what they get without a choice."""
    groups = roster.all_groups
    mine = {name for name, people in groups.items() if username in people}
    return tuple(one for one in settings.profiles if not one.groups or mine & set(one.groups))


def choose(
    settings: Settings, roster: Roster, username: str, options: Mapping[str, Any]
) -> Profile | None:
    """Take the profile that a start asks for; None where the course has none.

    A start may ask for anything: the form is only what a browser was shown.
    """
    if not settings.profiles:
        return None
    mine = allowed(settings, roster, username)
    wanted = options.get(FIELD)
    if wanted is None and mine:
        return mine[0]
    found = [one for one in mine if one.slug == wanted]
    if found:
        return found[0]
    if not mine:
        raise NotForThemError("No kind of server is for you. Please tell the course's staff.")
    names = ", ".join(one.name for one in mine)
    raise NotForThemError(
        f"The kind of server that was asked for is not for you, or not there any more. You can"
        f" have: {names}. Start again to choose."
    )


def applied(settings: Settings, profile: Profile | None) -> Settings:
    """Change what the profile changes."""
    if profile is None:
        return settings
    limits = replace(
        settings.limits,
        memory_bytes=profile.memory_bytes,
        memory_reserved_bytes=profile.memory_reserved_bytes,
        cpus=profile.cpus,
        cpus_reserved=profile.cpus_reserved,
        gpus=profile.gpus,
    )
    notebook = replace(settings.notebook, image=profile.image)
    return replace(settings, limits=limits, notebook=notebook)


def form(profiles: tuple[Profile, ...], last: object) -> str:
    """Write the choice as HTML; nothing where there is none. The last choice is offered again."""
    if len(profiles) < 2:  # noqa: PLR2004 (one is no choice)
        return ""
    slugs = [one.slug for one in profiles]
    checked = last if last in slugs else slugs[0]
    rows = "".join(_row(one, checked=one.slug == checked) for one in profiles)
    return f'<fieldset><legend class="fs-5">Which kind of server?</legend>{rows}</fieldset>'


def _row(profile: Profile, *, checked: bool) -> str:
    slug = html.escape(profile.slug, quote=True)
    memory = f"{profile.memory_bytes / _GIB:.2f}".rstrip("0").rstrip(".")
    cpus = f"{profile.cpus:g} processor{'' if profile.cpus == 1 else 's'}"
    gpus = f", {profile.gpus} GPU{'' if profile.gpus == 1 else 's'}" if profile.gpus else ""
    return (
        '<div class="form-check mb-2">'
        f'<input class="form-check-input" type="radio" name="{FIELD}" id="profile-{slug}"'
        f' value="{slug}"{" checked" if checked else ""}>'
        f'<label class="form-check-label" for="profile-{slug}">{html.escape(profile.name)}'
        f'<br><small class="text-body-secondary">{memory} GB of memory, {cpus}{gpus}</small>'
        "</label></div>"
    )
