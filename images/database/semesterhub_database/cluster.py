"""Our own server: a data folder of this PostgreSQL's own version, made, filled or refused."""

import logging
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from semesterhub_database.connection import local, major
from semesterhub_database.dumps import Dumps
from semesterhub_database.settings import NAMES, SOCKETS, DatabaseError, Settings

log = logging.getLogger("database")

START_SECONDS = 300
STOP_SECONDS = 20
OPTIONS = {
    "listen_addresses": "*",
    "unix_socket_directories": SOCKETS,
    "password_encryption": "scram-sha-256",
    "idle_in_transaction_session_timeout": "5min",
    "log_statement": "none",
    # What fails has people's names and grades in it.
    "log_min_error_statement": "panic",
}
HERE = "own"
"""What is noted of where the databases are."""
# The superuser by the container's own socket; each role by its password, for its own database.
ACCESS = "local all all peer\n" + "".join(
    f"host {name} {name} all scram-sha-256\n" for name in NAMES
)


class Cluster:
    """The server and its data."""

    def __init__(self, settings: Settings, version: str | None = None) -> None:
        self._settings = settings
        self._version = version or major()
        self._server_itself = local(settings.port)
        self._dumps = Dumps(settings, {name: local(settings.port, name) for name in NAMES})
        self._folder = settings.data / self._version
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def dumps(self) -> Dumps:
        """Its dumps."""
        return self._dumps

    def open(self) -> None:
        """Start the server on the right data, made or restored first where there are none."""
        fresh = self._is_fresh()
        if fresh:
            self._make()
        # Written each time: data that are older may know fewer roles.
        (self._folder / "pg_hba.conf").write_text(ACCESS, "utf-8")
        self._start()
        for name in NAMES:
            self._set_up(name)
            if fresh:
                self._fill(name)
        self._dumps.opened(dict.fromkeys(NAMES, HERE))

    def _is_fresh(self) -> bool:
        """Whether new data are needed: there are none, or a backup was restored over them."""
        if (self._folder / "PG_VERSION").exists():
            if not self._are_foreign():
                return False
            self._move_aside()
            return True
        others = sorted(
            each.parent.name
            for each in self._settings.data.glob("*/PG_VERSION")
            if each.parent.name.isdigit()
        )
        if others and not self._dumps.have_all() and not self._are_foreign():
            raise DatabaseError(
                f"The data are PostgreSQL {others[-1]}'s, and this is PostgreSQL {self._version},"
                " which can't read them. The last dumps do not have everything, since the old"
                " server did not end in good order. Nothing was changed. Deploy the version before"
                " once more and run `npm run up` with it: it writes whole dumps when it ends. Then"
                " deploy this one, which restores them."
            )
        return True

    def _are_foreign(self) -> bool:
        """Whether a dump takes the place of the data: restored, or of a server used since."""
        return any(
            self._dumps.is_foreign(name) or self._dumps.place_of(name, HERE) != HERE
            for name in NAMES
        )

    def _move_aside(self) -> None:
        stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
        for old in self._settings.data.glob(f"{self._version}-replaced-*"):
            shutil.rmtree(old)
        target = self._settings.data / f"{self._version}-replaced-{stamp}"
        self._folder.rename(target)
        log.warning("another dump was put in place: the data are now in %s", target.name)

    def _make(self) -> None:
        half = self._settings.data / f"{self._version}.making"
        # Left by a crash; nobody was ever told of it.
        shutil.rmtree(half, ignore_errors=True)
        command = [
            "initdb",
            f"--pgdata={half}",
            "--auth=peer",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 (a list, no shell)
        half.rename(self._folder)
        log.info("made data for PostgreSQL %s", self._version)

    def _start(self) -> None:
        options = [f"--{key}={value}" for key, value in OPTIONS.items()]
        port = f"--port={self._settings.port}"
        self._server = subprocess.Popen(["postgres", "-D", str(self._folder), port, *options])  # noqa: S603, S607 (a list, no shell)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._server.poll() is not None:
                raise DatabaseError("PostgreSQL ended; its own words are above")
            if time.monotonic() > deadline:
                raise DatabaseError(f"PostgreSQL does not answer within {START_SECONDS} s")
            time.sleep(0.2)  # between two looks: PostgreSQL tells only those who ask

    def _answers(self) -> bool:
        port = str(self._settings.port)
        command = ["pg_isready", "--quiet", "--host", SOCKETS, "--port", port, "--dbname=postgres"]
        return subprocess.run(command, check=False).returncode == 0  # noqa: S603 (a list, no shell)

    def _set_up(self, name: str) -> None:
        """Make role and database, and let the password be the present one."""
        query = self._server_itself.query
        if not query(f"SELECT 1 FROM pg_roles WHERE rolname = '{name}'"):  # noqa: S608 (names of our own)
            query(f"CREATE ROLE {name} LOGIN")
        query(f"ALTER ROLE {name} LOGIN PASSWORD '{self._settings.passwords[name]}'")
        if not query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608 (names of our own)
            query(f"CREATE DATABASE {name} OWNER {name}")

    def _fill(self, name: str) -> None:
        """Fill an empty database from its dump, all or nothing."""
        script = self._dumps.script(name)
        if not script:
            return
        own = f"SET ROLE {name};\n"
        local(self._settings.port, name).query(own + script, "--single-transaction")
        log.info("restored the database %s from its dump", name)

    def close(self) -> None:
        """Let nobody write any more, write the last dumps, and end the server."""
        if self._server is None or self._server.poll() is not None:
            return
        for name in NAMES:
            self._server_itself.query(f"ALTER ROLE {name} NOLOGIN")
            theirs = f"SELECT pid FROM pg_stat_activity WHERE usename = '{name}'"  # noqa: S608 (names of our own)
            self._server_itself.query(
                f"SELECT pg_terminate_backend(pid) FROM ({theirs}) AS theirs"  # noqa: S608 (names of our own)
            )
        self._dumps.write_last()
        self._server.send_signal(signal.SIGINT)
        self._server.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End at once, as a machine does that loses its power."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(STOP_SECONDS)

    @property
    def runs(self) -> bool:
        """Whether the server is there."""
        return self._server is not None and self._server.poll() is None

    @property
    def folder(self) -> Path:
        """Where the data are."""
        return self._folder
