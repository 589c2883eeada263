"""Native login by a hub that runs: sign-up, approval, login."""

import sqlite3
from pathlib import Path

from running import Browser, running_hub

PASSWORD = "correct horse battery"


def test_sign_up_approval_and_login(tmp_path: Path) -> None:
    with running_hub(tmp_path, LOGIN='{"method": "native"}', SECRET="{}") as hub:
        ada = Browser(hub)
        ada.ask("/hub/signup")
        form = {"signup_password": PASSWORD, "signup_password_confirmation": PASSWORD}
        assert ada.ask("/hub/signup", username="ada", **form)[0] == 200
        assert "not been authorized" in ada.log_in("ada", PASSWORD)[1]
        # what `semesterhub-admin approve ada` does
        with sqlite3.connect(tmp_path / "jupyterhub.sqlite") as database:
            database.execute("UPDATE users_info SET is_authorized = 1 WHERE username = 'ada'")
        assert "Invalid username or password" in Browser(hub).log_in("ada", "wrong password")[1]
        status, _, where = Browser(hub).log_in("ada", PASSWORD)
        assert (status, where) == (200, f"{hub}/hub/home")
