"""Started, dumped, restored, refused: with a real server."""

import shutil
import time
from pathlib import Path

from conftest import GRADEBOOK_PASSWORD, Database


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


def as_grader(database: Database, sql: str, where: str = "gradebook") -> str:
    """Ask with what a grader's container has."""
    return database.ask(sql, GRADEBOOK_PASSWORD, "gradebook", where)


def test_who_has_the_gradebook_does_not_have_the_hub(database: Database) -> None:
    database.start()
    fill(database)
    assert as_grader(database, "CREATE TABLE grade (points int)") == ""
    assert "no pg_hba.conf entry" in as_grader(database, "SELECT name FROM people", "hub")
    assert "no pg_hba.conf entry" in as_grader(database, "SELECT 1", "postgres")
    # nor the other way round, and no function of the server's reads the machine
    assert "no pg_hba.conf entry" in database.ask("SELECT 1", database="gradebook")
    for sql in (
        "COPY grade FROM '/etc/passwd'",
        "COPY grade TO PROGRAM 'id'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT passwd FROM pg_shadow",
        "SET ROLE hub",
    ):
        said = as_grader(database, sql)
        assert "denied" in said or "must be superuser" in said, sql


def test_both_are_restored_from_their_dumps(database: Database) -> None:
    database.start()
    fill(database)
    as_grader(database, "CREATE TABLE grade (points int); INSERT INTO grade VALUES (7)")
    database.stop()
    shutil.rmtree(database.data)
    database.data.mkdir(mode=0o700)
    shutil.chown(database.data, 65534, 65534)
    said = database.start()
    assert "database hub from its dump" in said
    assert "database gradebook from its dump" in said
    assert as_grader(database, "SELECT points FROM grade") == "7"
    # what a dump has is its role's, which can go on with it
    assert as_grader(database, "ALTER TABLE grade ADD COLUMN late bool") == ""
    assert database.ask("SELECT name FROM people") == "ada"


def test_a_backup_of_before_the_database_leaves_it_empty(database: Database) -> None:
    database.start()
    fill(database)
    database.stop()
    # as the backup's restore does: no dump was there then
    for dump in database.dumps.iterdir():
        dump.unlink()
    (database.data / "restored").touch()
    assert "another dump was put in place" in database.start()
    assert 'relation "people" does not exist' in database.ask("SELECT name FROM people")
    database.stop()
    assert "another dump" not in database.start()


def test_a_backup_asks_for_dumps_of_its_moment(database: Database) -> None:
    database.environment["DUMP_SECONDS"] = "3600"
    database.start()
    assert (database.data / "serving").exists()
    fill(database)
    (database.data / "wanted").write_text("a-question")
    answered = database.data / "answered"
    deadline = time.monotonic() + 30
    while not answered.exists():
        assert time.monotonic() < deadline, "no answer"
        time.sleep(0.1)  # between two looks: the answer is a file of another process
    assert answered.read_text() == "a-question "
    assert (database.dumps / "hub.dump").exists()
    database.stop()
    assert not (database.data / "serving").exists()


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
    assert "restored the database hub" in database.start()
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
