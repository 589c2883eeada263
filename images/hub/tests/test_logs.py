"""No log line holds what opens a door."""

import io
import json
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from running import Browser, running_hub
from semesterhub.logs import redact


def test_addresses_are_redacted_and_the_rest_is_left() -> None:
    stream = io.StringIO()
    log = logging.getLogger("test.redact")
    log.propagate = False
    log.addHandler(logging.StreamHandler(stream))
    redact()
    redact()
    log.warning("404 %s", "GET /hub/oauth_callback?code=abc&state=def&next=/x (10.0.0.1)")
    log.warning("GET /hub/api?token=s3cret failed")
    log.warning("%d of %d", 3, 4)
    log.warning("200 POST /hub/api/course/news (ada@10.0.0.1) 2.00ms")
    log.warning("403 POST /hub/api/course/news (ada@10.0.0.1) 2.00ms")
    assert stream.getvalue().splitlines() == [
        "404 GET /hub/oauth_callback?code=[secret]&state=[secret]&next=/x (10.0.0.1)",
        "GET /hub/api?token=[secret] failed",
        "3 of 4",
        "403 POST /hub/api/course/news (ada@10.0.0.1) 2.00ms",
    ]


def test_an_error_of_the_database_tells_none_of_its_rows(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    password = "course-pw"
    environment = {
        "LOGIN": '{"method": "dummy"}',
        "SECRET": json.dumps({"password": password}),
        "OPERATOR_TOKEN": "0123456789abcdef",
    }
    full = "database or disk is full"
    with running_hub(tmp_path, **environment) as hub:
        ada = Browser(hub)
        assert ada.log_in("ada", password)[0] == 200
        with closing(sqlite3.connect(tmp_path / "jupyterhub.sqlite")) as database, database:
            database.execute(
                "CREATE TRIGGER no_room BEFORE INSERT ON api_tokens"
                f" BEGIN SELECT RAISE(FAIL, '{full}'); END"
            )
        headers = {"X-XSRFToken": ada.xsrf, "Referer": f"{hub}/hub/token"}
        headers["Content-Type"] = "application/json"
        note = b'{"note": "of ada alone"}'
        assert ada.request("/hub/api/users/ada/tokens", note, headers)[0] == 500
    said = "".join(capfd.readouterr())
    assert full in said
    assert "INSERT INTO api_tokens" in said
    assert "of ada alone" not in said
