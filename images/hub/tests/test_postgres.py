"""A hub's SQLite database moves to PostgreSQL, whole, and a hub goes on with it."""

import importlib.util
import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyterhub import orm
from running import Browser, inner, running_hub
from semesterhub import postgres
from sqlalchemy import create_engine, inspect, text

PASSWORD = "course-pw"
DATABASE_TESTS = Path(__file__).parent.parent.parent / "database" / "tests" / "conftest.py"


def database_stage() -> Any:
    """Load the stage of the database's own tests, whose module has the name of ours."""
    spec = importlib.util.spec_from_file_location("database_stage", DATABASE_TESTS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["database_stage"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    stage = database_stage()
    if os.geteuid() != 0 or stage.programs() is None:
        pytest.skip("it takes root and a PostgreSQL from Debian")
    with stage.running_in_a_folder() as one:
        one.start()
        passfile = tmp_path / "passfile"
        passfile.write_text(f"127.0.0.1:{one.port}:hub:hub:{stage.PASSWORD}\n")
        passfile.chmod(0o600)
        monkeypatch.setenv("PGPASSFILE", str(passfile))
        yield one


def url_of(server: Any) -> str:
    return f"postgresql+psycopg://hub@127.0.0.1:{server.port}/hub"


def counts(url: str) -> dict[str, int]:
    """Count the rows of the tables that matter."""
    engine = create_engine(url)
    tables = ("users", "groups", "roles", "api_tokens", "users_info", "user_group_map")
    with engine.connect() as connection:
        found = {
            name: int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one())  # noqa: S608 (names of our own)
            for name in tables
        }
    engine.dispose()
    return found


def test_a_course_moves_and_goes_on(server: Any, tmp_path: Path) -> None:
    environment = {
        "LOGIN": '{"method": "dummy"}',
        "SECRET": json.dumps({"password": PASSWORD}),
        "OPERATOR_TOKEN": "0123456789abcdef",
    }
    with running_hub(tmp_path, **environment) as hub:
        ada = Browser(hub)
        assert ada.log_in("ada", PASSWORD)[0] == 200
        token = {"X-XSRFToken": ada.xsrf, "Referer": f"{hub}/hub/token"}
        token["Content-Type"] = "application/json"
        status, answer, _ = ada.request("/hub/api/users/ada/tokens", b'{"note": "mine"}', token)
        assert status == 201
        mine = json.loads(answer)["token"]
    file, url = tmp_path / "jupyterhub.sqlite", url_of(server)
    before = counts(f"sqlite:///{file}")
    assert before["users"] == 2
    assert before["api_tokens"] > 0
    assert postgres.take_sqlite(file, url) is True
    assert not file.exists()
    [moved] = tmp_path.glob("jupyterhub-moved-*.sqlite")
    assert counts(url) == before
    # a second time there is nothing to take, and another file is not mixed in
    assert postgres.take_sqlite(file, url) is False
    sqlite3.connect(file).close()
    moved.rename(file)
    assert postgres.take_sqlite(file, url) is False
    assert file.exists()

    roster = {"students": ["ada", "grace"], "staff": ["teacher"], "groups": {}}
    with running_hub(tmp_path, roster, DATABASE_URL=url, **environment) as hub:
        headers = {"Authorization": f"token {mine}"}
        status, answer, _ = Browser(inner(hub)).request("/hub/api/user", None, headers)
        assert (status, json.loads(answer)["name"]) == (200, "ada")
        # new rows get numbers that no copied row has
        grace = Browser(hub)
        assert grace.log_in("grace", PASSWORD)[0] == 200
        assert json.loads(grace.ask("/hub/api/user")[1])["groups"] == ["students"]
    assert counts(url)["users"] == 3


def test_a_server_that_does_not_let_the_hub_in(server: Any, tmp_path: Path) -> None:
    (tmp_path / "passfile").write_text("*:*:*:*:guessed\n")
    (tmp_path / "passfile").chmod(0o600)
    with pytest.raises(postgres.NoDatabaseError, match="password authentication failed"):
        postgres.await_server(url_of(server), seconds=0)


def test_what_can_not_be_moved_stays_and_is_not_told(server: Any, tmp_path: Path) -> None:
    file, url = tmp_path / "jupyterhub.sqlite", url_of(server)
    engine = create_engine(f"sqlite:///{file}")
    orm.Base.metadata.create_all(engine)
    with engine.begin() as connection:
        # SQLite takes it; PostgreSQL knows no such text
        add = text("INSERT INTO users (name, cookie_id, admin) VALUES (:name, :cookie, false)")
        connection.execute(add, {"name": "a\0da", "cookie": "of-ada-alone"})
    engine.dispose()
    with pytest.raises(postgres.NotMovedError, match="nothing was") as refused:
        postgres.take_sqlite(file, url)
    assert "of-ada-alone" not in str(refused.value)
    assert refused.value.__suppress_context__
    assert file.exists()
    assert inspect(create_engine(url)).get_table_names() == []
