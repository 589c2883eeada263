"""What a database of the campus's must be, found out before anything of the course is touched."""

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from semesterhub_database.connection import major, remote
from semesterhub_database.dumps import MARK
from semesterhub_database.settings import DatabaseError, Place, Settings, read_places

# What libpq says, and what to do about it.
ADVICE = (
    (
        r"could not translate host name",
        "Check the host in database.{name}.url: this machine knows no such name.",
    ),
    (
        r"does not support SSL|SSL off|no encryption",
        "Ask its administrator for TLS (ssl = on, and hostssl in pg_hba.conf).",
    ),
    (
        r"certificate verify failed|self.signed|root certificate",
        "Name the authority that signed the server's certificate in database.certificateAuthority.",
    ),
    (
        r"does not match host name",
        "Write the host in database.{name}.url as the server's certificate has it.",
    ),
    (
        r"password authentication failed|no password supplied",
        "Check the user in database.{name}.url, and database.{name}.password.",
    ),
    (
        r"no pg_hba.conf entry",
        "Ask its administrator to let {user} in from this machine (hostssl in pg_hba.conf).",
    ),
    (
        r"database \".*\" does not exist",
        "Ask its administrator for the database, or correct database.{name}.url.",
    ),
    (
        r"too many (clients|connections)|connection slots",
        "Ask its administrator for more connections of the role {user}; 40 are enough.",
    ),
)
OTHERWISE = (
    "Check host and port in database.{name}.url, and that every firewall on the way lets this"
    " machine through."
)
SETUP = 'CREATE DATABASE "{database}" OWNER "{user}";'
READS_ALL = frozenset({"pg_read_all_data", "pg_write_all_data"})
FACTS = f"""
SELECT json_build_object(
  'version', current_setting('server_version_num')::int / 10000,
  'standby', pg_is_in_recovery(),
  'encoding', pg_encoding_to_char(encoding),
  'schema', current_schema(),
  'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  'member', (SELECT coalesce(json_agg(rolname), '[]') FROM pg_roles
    WHERE rolname <> current_user AND pg_has_role(current_user, oid, 'MEMBER')),
  'tables', (SELECT count(*) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')),
  'theirs', (SELECT coalesce(min(relname), '') FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
      AND relowner <> quote_ident(current_user)::regrole),
  'marked', (SELECT count(*) > 0 FROM pg_class WHERE relname = '{MARK}' AND relkind = 'v'
    AND relnamespace = 'public'::regnamespace)
) FROM pg_database WHERE datname = current_database();
"""  # noqa: S608 (a name of ours)


class UnreachableError(DatabaseError):
    """The server does not answer, or does not let the role in."""


@dataclass(frozen=True)
class Found:
    """What there is."""

    version: int
    standby: bool
    encoding: str
    schema: str | None
    superuser: bool
    member: tuple[str, ...]
    tables: int
    theirs: str
    """A table that is another role's; empty: there is none."""
    course: str = ""
    identity: str = ""
    """Both empty: no course has the database."""
    refused: str = ""
    """What the server says where the role may make no table."""


def look(place: Place) -> Found:
    """Ask one database; raise UnreachableError with what to do where it can't be asked."""
    connection = remote(place)
    try:
        facts = json.loads(connection.query(FACTS))
    except OSError as error:
        raise UnreachableError(_unreachable(place, str(error))) from error
    facts["member"] = tuple(facts["member"])
    marked = facts.pop("marked")
    try:
        connection.query("BEGIN; CREATE TABLE public.semesterhub_try (x int); ROLLBACK;")
    except OSError as error:
        [facts["refused"], *_] = re.findall(r"ERROR: +(.*)", str(error)) or [str(error)]
        return Found(**facts)
    if marked:
        course, _, identity = connection.query(
            f"SELECT course || E'\\t' || id FROM public.{MARK}"  # noqa: S608 (a name of ours)
        ).partition("\t")
        facts |= {"course": course, "identity": identity}
    return Found(**facts)


def complaints(place: Place, found: Found, settings: Settings) -> list[str]:
    """Tell what makes a database unfit, each with what to do."""
    key, where = f"semesterhub:database.{place.name}", f"{place.database} on {place.host}"
    ours = major()
    said = [
        (
            str(found.version) != ours,
            f"the server is PostgreSQL {found.version}, and the dumps in backups are made by"
            f" PostgreSQL {ours}'s tools, which no other version is sure to restore. Ask for a"
            f" database on PostgreSQL {ours}, or take database.hub and database.gradebook out: the"
            f" course then has a server of its own, and fills it from the last dumps.",
        ),
        (
            found.standby,
            "the server is a standby, which takes no changes. Write the primary's name.",
        ),
        (
            found.encoding != "UTF8",
            f"its encoding is {found.encoding}. Ask for one with UTF8.",
        ),
        (
            found.superuser or not READS_ALL.isdisjoint(found.member),
            f"the role {place.user} may read every database of the server. Ask for a plain one:"
            f' CREATE ROLE "{place.user}" LOGIN;',
        ),
        (
            not found.superuser and not _others(place, settings).isdisjoint(found.member),
            f"the role {place.user} is a member of the other database's role, and could read all of"
            " it. Ask for two roles that have nothing to do with each other.",
        ),
        (
            bool(found.refused) or found.schema != "public",
            f"the role {place.user} may not make tables in the schema public"
            f"{f' ({found.refused})' if found.refused else ''}. Ask for a database that is its own:"
            f" {SETUP.format(database=place.database, user=place.user)}",
        ),
        (
            bool(found.theirs),
            f"{found.theirs} in it is another role's. Ask for an empty database.",
        ),
        (
            found.tables > 0 and not (found.identity or found.refused or found.theirs),
            "it has tables that are not this course's. Name an empty database.",
        ),
        (
            bool(found.identity) and found.course != settings.course,
            f"it is the course {found.course}'s, and this is {settings.course}. Name an empty"
            " database: each course needs its own.",
        ),
    ]
    # The first alone where the version is wrong: little else can be told then.
    problems = [text for wrong, text in said if wrong]
    return [f"{key}: {where}: {text}" for text in problems[: 1 if said[0][0] else None]]


def _others(place: Place, settings: Settings) -> set[str]:
    return {each.user for each in settings.places if each.name != place.name}


def _unreachable(place: Place, said: str) -> str:
    """Say what libpq says, once, and what to do."""
    first = next((line for line in said.splitlines() if line.strip()), "")
    shown = re.sub(r"^psql: (psql: )?(error: )?(connection to server at .* failed: )?", "", first)
    known = next((advice for pattern, advice in ADVICE if re.search(pattern, said)), OTHERWISE)
    advice = known.format(name=place.name, user=place.user)
    return (
        f"semesterhub:database.{place.name}: {place.database} on {place.host}:{place.port} can't be"
        f" opened: {shown.strip()}. {advice}"
    )


def examine(text: str) -> int:
    """Look at the databases that standard input names with their passwords; 1 if one is unfit."""
    asked = json.loads(text)
    folder = Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108 (the container's own)
    for name, content in (("passfile", asked["passfile"]), ("authority", asked.get("authority"))):
        if content is not None:
            (folder / name).write_text(content, "utf-8")
    # A file of our own that nobody else reads: a password is in no environment.
    os.environ["PGPASSFILE"] = str(folder / "passfile")
    if asked.get("authority") is not None:
        os.environ["PGSSLROOTCERT"] = str(folder / "authority")
    places = read_places(json.dumps(asked["places"]))
    settings = Settings(folder, folder, {}, places, course=asked["course"])
    problems: list[str] = []
    for place in places:
        try:
            problems += complaints(place, look(place), settings)
        except UnreachableError as error:
            problems.append(str(error))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0
