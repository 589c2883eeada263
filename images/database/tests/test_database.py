"""Started, dumped, restored, refused: with a real server."""

import shutil
import time
from pathlib import Path

from conftest import Database


def fill(database: Database) -> None:
    database.ask("CREATE TABLE people (name text); INSERT INTO people VALUES ('ada')")


def await_dump(dump: Path, since: int = 0) -> None:
    """Return when there is another dump than at that time."""
    deadline = time.monotonic() + 30
    while not dump.exists() or dump.stat().st_mtime_ns <= since:
        assert time.monotonic() < deadline, "no dump"
        time.sleep(0.1)  # between two looks: the dump is a file of another process


def test_the_hub_alone_gets_in_and_data_stay(database: Database) -> None:
    assert "made data for PostgreSQL" in database.start()
    fill(database)
    assert database.ask("SELECT name FROM people") == "ada"
    assert "password authentication failed" in database.ask("SELECT 1", "guessed")
    assert "no pg_hba.conf entry" in database.ask("\\connect postgres")
    database.stop()
    assert "made data" not in database.start()
    assert database.ask("SELECT name FROM people") == "ada"
    database.crash()
    assert "made data" not in database.start()
    assert database.ask("SELECT name FROM people") == "ada"


def test_dumps_follow_and_restore_an_empty_machine(database: Database) -> None:
    database.start()
    fill(database)
    dump = database.dumps / "hub.dump"
    await_dump(dump)
    before = dump.stat().st_mtime_ns
    database.ask("INSERT INTO people VALUES ('grace')")
    await_dump(dump, before)
    database.ask("INSERT INTO people VALUES ('alan')")
    database.stop()  # with a last dump, of everything
    assert dump.stat().st_mode & 0o077 == 0
    shutil.rmtree(database.data / database.version)
    for left in database.data.iterdir():
        left.unlink()
    assert "restored the database" in database.start()
    assert database.ask("SELECT string_agg(name, ' ') FROM people") == "ada grace alan"


def test_a_backup_that_was_restored_takes_the_place_of_the_data(database: Database) -> None:
    database.start()
    fill(database)
    dump = database.dumps / "hub.dump"
    database.stop()
    kept = dump.read_bytes()
    database.start()
    database.ask("DELETE FROM people")
    database.stop()
    # as the backup's restore does: another file in its place
    dump.unlink()
    dump.write_bytes(kept)
    shutil.chown(dump, "nobody", "nogroup")
    said = database.start()
    assert "another dump was put in place" in said
    assert database.ask("SELECT name FROM people") == "ada"
    # what was there before is kept, once
    assert len(list(database.data.glob("*-replaced-*"))) == 1
    database.stop()
    assert "another dump" not in database.start()


def other_version(database: Database) -> Path:
    """Let the data be those of another version."""
    old = database.data / "9"
    (database.data / database.version).rename(old)
    return old


def test_another_version_is_refused_until_its_dump_is_whole(database: Database) -> None:
    database.start()
    fill(database)
    await_dump(database.dumps / "hub.dump")
    database.crash()
    old = other_version(database)
    said = database.start()
    assert f"The data are PostgreSQL 9's, and this is PostgreSQL {database.version}" in said
    assert "Nothing was changed" in said
    assert not (database.data / database.version).exists()
    # the way through: the old version once more, which ends in good order
    old.rename(database.data / database.version)
    database.start()
    database.ask("INSERT INTO people VALUES ('grace')")
    database.stop()
    other_version(database)
    assert "restored the database" in database.start()
    assert database.ask("SELECT string_agg(name, ' ') FROM people") == "ada grace"
    assert (database.data / "9" / "PG_VERSION").exists()
