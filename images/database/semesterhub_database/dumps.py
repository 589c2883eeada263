"""The dump that backups have, and whether it is the one that this database wrote."""

import hashlib
import logging
import os
import subprocess
from pathlib import Path

from semesterhub_database.settings import NAME, SOCKETS, Settings

log = logging.getLogger("database")

OWN = "dumped.sha256"
CLEAN = "clean"


class Dumps:
    """Writes dumps. A dump by somebody else, which is one that was restored, is told apart."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._own = settings.data / OWN
        self._clean = settings.data / CLEAN
        self._position = ""

    def is_foreign(self) -> bool:
        """Whether a dump is there that this database did not write."""
        digest = _digest(self._settings.dump)
        return digest is not None and digest not in _lines(self._own)

    def has_all(self) -> bool:
        """Whether the dump has everything: it was written at an orderly end."""
        digest = _digest(self._settings.dump)
        return digest is not None and digest in _lines(self._clean)

    def opened(self) -> None:
        """Note that the database changes from now on, and that the present dump is its own."""
        self._clean.unlink(missing_ok=True)
        digest = _digest(self._settings.dump)
        if digest is not None:
            _write(self._own, digest)

    def write_if_changed(self) -> bool:
        """Write a dump if the database changed since the last one."""
        position = query(self._settings, "SELECT pg_current_wal_insert_lsn()")
        if position == self._position and self._settings.dump.exists():
            return False
        self.write()
        self._position = position
        return True

    def write(self, *, last: bool = False) -> None:
        """Write a dump, whole or not at all; the `last` one when nobody writes any more."""
        new = self._settings.dump.with_suffix(".new")
        run(self._settings, "pg_dump", "--format=custom", f"--file={new}", NAME)
        with new.open("rb") as file:
            os.fsync(file.fileno())
        digest = _digest(new) or ""
        # Both are its own, whether it gets to the renaming or not.
        _write(self._own, *_lines(self._own)[-1:], digest)
        new.rename(self._settings.dump)
        _write(self._own, digest)
        if last:
            _write(self._clean, digest)

    def restore(self) -> None:
        """Fill the empty database from the dump."""
        options = ["--exit-on-error", "--no-owner", f"--role={NAME}", f"--dbname={NAME}"]
        run(self._settings, "pg_restore", *options, str(self._settings.dump))
        log.info("restored the database from its dump")


def run(settings: Settings, program: str, *words: str, text: str = "") -> str:
    """Run one of PostgreSQL's programs as the superuser; raise if it fails."""
    where = ["--host", SOCKETS, "--port", str(settings.port), "--no-password"]
    command = [program, *where, *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)  # noqa: S603 (a list, no shell)
    if done.returncode != 0:
        raise OSError(f"{program}: {done.stderr.strip()[-2000:]}")
    return done.stdout


def query(settings: Settings, sql: str, database: str = "postgres") -> str:
    """Ask the server one thing, by standard input: others can read a command line."""
    options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
    return run(settings, "psql", *options, f"--dbname={database}", text=sql).strip()


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").split() if path.exists() else []


def _write(path: Path, *digests: str) -> None:
    new = path.with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        file.write("".join(f"{digest}\n" for digest in digests))
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)
