"""A campus's server: examined, claimed, filled, dumped, restored; with a real server by TLS."""

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from campus_stage import ROLES, CampusServer
from conftest import NOBODY, Database, programs


@pytest.fixture(scope="module")
def server() -> Iterator[CampusServer]:
    if os.geteuid() != 0 or programs() is None:
        pytest.skip("it takes root and a PostgreSQL from Debian")
    with tempfile.TemporaryDirectory(prefix="semesterhub-campus-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        one = CampusServer(folder)
        yield one
        one.stop()


@pytest.fixture
def campus(server: CampusServer) -> CampusServer:
    """Give the databases empty."""
    for name, role in ROLES.items():
        server.admin(f"DROP DATABASE IF EXISTS course_{name} WITH (FORCE)")
        server.admin(f'CREATE DATABASE course_{name} OWNER "{role}"')
    return server


@pytest.fixture
def service(campus: CampusServer) -> Iterator[Database]:
    """Give the service that looks after the campus's databases, not started."""
    with tempfile.TemporaryDirectory(prefix="semesterhub-database-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        one = Database(folder)
        (folder / "places.json").write_text(json.dumps(campus.places()))
        (folder / "passfile").write_text(campus.passfile)
        os.chown(folder / "passfile", NOBODY, NOBODY)
        (folder / "passfile").chmod(0o400)
        one.environment |= campus.environment | {
            "DATABASE_CAMPUS": str(folder / "places.json"),
            "PGPASSFILE": str(folder / "passfile"),
            "PGSSLROOTCERT": str(campus.folder / "ca.pem"),
        }
        yield one
        one.stop()


def in_hub(campus: CampusServer, sql: str) -> str:
    """Do something as the hub does."""
    return campus.admin(f'SET ROLE "{ROLES["hub"]}"; {sql}', "course_hub")


def test_what_the_campus_gives_is_fit(campus: CampusServer) -> None:
    # with a password of odd characters, and roles with a dash and a dot
    assert campus.examine() == (0, "")
    assert campus.admin("SELECT count(*) FROM pg_class WHERE relname ~ 'semesterhub'") == "0"


def unfit(campus: CampusServer, **changes: object) -> str:
    code, said = campus.examine(campus.places(hub=changes))
    assert code == 1
    assert "sesame" not in said, "a password"
    return said


def test_why_a_server_can_not_be_used(campus: CampusServer) -> None:
    assert "this machine knows no such name" in unfit(campus, host="db.invalid")
    assert "Check host and port" in unfit(campus, port=1)
    assert "Write the host in database.hub.url as" in unfit(campus, host="127.0.0.1")
    assert "Ask its administrator for the database" in unfit(campus, database="missing")
    code, said = campus.examine(passfile=campus.passfile.replace("sesame", "guessed"))
    assert (code, said.count("\n")) == (1, 1)
    assert "semesterhub:database.gradebook: course_gradebook on localhost" in said
    assert "Check the user in database.gradebook.url, and database.gradebook.password" in said
    assert "database.certificateAuthority" in campus.examine(authority=False)[1]


def test_why_a_role_or_a_database_can_not_be_used(campus: CampusServer) -> None:
    campus.admin("REVOKE ALL ON SCHEMA public FROM PUBLIC, pg_database_owner", "course_hub")
    said = unfit(campus)
    assert "may not make tables in the schema public" in said
    assert 'CREATE DATABASE "course_hub" OWNER "course-hub"' in said
    campus.admin("GRANT ALL ON SCHEMA public TO pg_database_owner", "course_hub")
    campus.admin("CREATE TABLE others (x int)", "course_hub")
    assert "others in it is another role's" in unfit(campus)
    campus.admin("DROP TABLE others", "course_hub")
    in_hub(campus, "CREATE TABLE users (name text)")
    assert "it has tables that are not this course's" in unfit(campus)
    in_hub(campus, "DROP TABLE users")
    campus.admin(f'ALTER ROLE "{ROLES["hub"]}" SUPERUSER')
    assert "may read every database" in unfit(campus)
    campus.admin(f'ALTER ROLE "{ROLES["hub"]}" NOSUPERUSER')
    # a grader's role that inherits the hub's reads its tokens
    hub, gradebook = ROLES["hub"], ROLES["gradebook"]
    campus.admin(f'GRANT "{hub}" TO "{gradebook}"')
    code, said = campus.examine()
    assert (code, said.count("\n")) == (1, 1)
    assert "semesterhub:database.gradebook" in said
    assert "is a member of the other database's role" in said
    campus.admin(f'REVOKE "{hub}" FROM "{gradebook}"')
    assert campus.examine() == (0, "")


def test_another_major_version_is_refused_with_the_way_through(
    campus: CampusServer, service: Database
) -> None:
    older = service.data.parent / "older"
    older.mkdir()
    (older / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n")
    (older / "pg_dump").chmod(0o755)
    service.environment["PATH"] = f"{older}:{service.environment['PATH']}"
    said = service.start()
    assert f"the server is PostgreSQL {campus.version}, and the dumps" in said
    assert "take database.hub and database.gradebook out" in said
    assert campus.admin("SELECT to_regclass('semesterhub')", "course_hub") == ""


def test_a_database_is_one_courses_alone(campus: CampusServer, service: Database) -> None:
    assert "ready" in service.start()
    in_hub(campus, "CREATE TABLE people (name text)")
    assert campus.examine() == (0, "")
    code, said = campus.examine(course="prod")
    assert code == 1
    assert "it is the course dev's, and this is prod" in said


def test_dumps_follow_and_fill_an_empty_database(campus: CampusServer, service: Database) -> None:
    service.start()
    in_hub(campus, "CREATE TABLE people (name text); INSERT INTO people VALUES ('ada')")
    service.stop()
    assert {each.name for each in service.dumps.iterdir()} == {"hub.dump", "gradebook.dump"}
    campus.admin("DROP DATABASE course_hub")
    campus.admin(f'CREATE DATABASE course_hub OWNER "{ROLES["hub"]}"')
    assert "filled the empty database hub" in service.start()
    assert in_hub(campus, "SELECT name FROM people") == "ada"
    assert in_hub(campus, "ALTER TABLE people ADD COLUMN age int") == ""


def test_a_backup_that_was_restored_takes_the_place_of_the_data(
    campus: CampusServer, service: Database
) -> None:
    kind = "CREATE TYPE kind AS ENUM ('student'); "
    service.start()
    in_hub(campus, f"{kind} CREATE TABLE people (id serial, name text, kind kind)")
    in_hub(campus, "INSERT INTO people (name) VALUES ('ada')")
    service.stop()
    kept = (service.dumps / "hub.dump").read_bytes()
    service.start()
    in_hub(campus, "DELETE FROM people; CREATE TABLE later (x int)")
    service.stop()
    dump = service.dumps / "hub.dump"
    dump.unlink()
    dump.write_bytes(kept)
    shutil.chown(dump, NOBODY, NOBODY)
    assert "another dump was put in place" in service.start()
    assert in_hub(campus, "SELECT name FROM people") == "ada"
    assert in_hub(campus, "SELECT to_regclass('later')") == ""
    assert len(list(service.data.glob("hub-replaced-*.dump"))) == 1
    service.stop(signal.SIGTERM)
    assert "another dump" not in service.start()
    # nothing is half done: a dump that can't be restored leaves what is there
    service.stop()
    dump.write_bytes(b"PGDMP broken")
    assert "pg_restore" in service.start()
    assert in_hub(campus, "SELECT name FROM people") == "ada"


def test_a_course_moves_from_its_own_server_and_back(
    campus: CampusServer, service: Database
) -> None:
    place = service.environment.pop("DATABASE_CAMPUS")
    own = dict(service.environment)
    own.pop("PGSSLMODE")
    outside, service.environment = {**service.environment, "DATABASE_CAMPUS": place}, own
    service.start()
    service.ask("CREATE TABLE people (name text); INSERT INTO people VALUES ('ada')")
    service.stop()
    service.environment = outside
    assert "filled the empty database hub" in service.start()
    in_hub(campus, "INSERT INTO people VALUES ('grace')")
    service.stop()
    # back: the server of its own has what the campus's had last, not what it had itself
    service.environment = own
    assert "restored the database hub" in service.start()
    assert service.ask("SELECT string_agg(name, ' ') FROM people") == "ada grace"
    service.ask("INSERT INTO people VALUES ('alan')")
    service.stop()
    service.environment = outside
    assert "another dump was put in place" in service.start()
    assert in_hub(campus, "SELECT string_agg(name, ' ') FROM people") == "ada grace alan"


def test_no_password_is_in_a_command_line(campus: CampusServer, service: Database) -> None:
    spy = service.data.parent / "spy"
    spy.mkdir()
    found = programs()
    log = service.dumps / "seen"
    for name in ("psql", "pg_dump", "pg_restore"):
        script = (
            f'#!/bin/sh\nprintf "%s\\n" "$*" >>{log}\nexport -p >>{log}\nexec {found}/{name} "$@"\n'
        )
        (spy / name).write_text(script)
        (spy / name).chmod(0o755)
    service.environment["PATH"] = f"{spy}:{service.environment['PATH']}"
    assert "ready" in service.start()
    service.stop()
    seen = log.read_text()
    assert "--username course-hub" in seen
    assert "strange" not in seen
    assert "sesame" not in seen
