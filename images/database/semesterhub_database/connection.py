"""PostgreSQL's programs on one database."""

import re
import subprocess
from dataclasses import dataclass

from semesterhub_database.settings import SOCKETS, DatabaseError, Place


@dataclass(frozen=True)
class Connection:
    """How a database is reached. Passwords come from a file that libpq reads, never from here."""

    host: str
    port: int
    database: str
    user: str | None = None
    """None: the superuser, by the server's own socket."""

    def run(self, program: str, *words: str, text: str = "") -> str:
        """Run one of the programs; raise what it says if it fails."""
        where = ["--host", self.host, "--port", str(self.port), "--no-password"]
        if self.user is not None:
            where += ["--username", self.user]
        command = [program, *where, f"--dbname={self.database}", *words]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)  # noqa: S603 (a list, no shell)
        if done.returncode != 0:
            raise OSError(f"{program}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def query(self, sql: str, *words: str) -> str:
        """Ask the server one thing, by standard input: others can read a command line."""
        options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
        return self.run("psql", *options, *words, text=sql).strip()

    def script_of(self, dump: str) -> str:
        """Write a dump out as SQL that fills an empty database, whoever's it was."""
        command = ["pg_restore", "--file=-", "--no-owner", "--no-privileges", dump]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 (a list, no shell)
        if done.returncode != 0:
            raise OSError(f"pg_restore: {done.stderr.strip()[-2000:]}")
        return done.stdout


def local(port: int, database: str = "postgres") -> Connection:
    """Reach a database of the server in this container."""
    return Connection(SOCKETS, port, database)


def remote(place: Place) -> Connection:
    """Reach a database of the campus's."""
    return Connection(place.host, place.port, place.database, place.user)


def major() -> str:
    """Tell which version the programs here are: "17"."""
    said = subprocess.run(["pg_dump", "--version"], capture_output=True, text=True, check=True)  # noqa: S607 (the image's own PATH)
    found = re.search(r"\b(\d+)\.\d+", said.stdout)
    if found is None:
        raise DatabaseError(f"pg_dump --version says {said.stdout!r}")
    return found[1]
