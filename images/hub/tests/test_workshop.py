"""A workshop: a hub that runs, a homes service, and a hundred people who come at once."""

import html
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from running import Browser, inner, running_hub
from semesterhub.homes import Home, HomesError, delete_home, fetch_home
from serving import serving

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the homes service runs as root")
PHRASE = "seven green owls"
STAFF_PHRASE = "quiet harbour at dawn"
TOKEN = "0123456789abcdef"
PEOPLE = 100
MOST_SECONDS = 600


def environment(storage: Path, seats: int) -> dict[str, str]:
    return {
        "LOGIN": json.dumps({"method": "workshop", "seats": seats}),
        "SECRET": json.dumps({"passphrase": PHRASE, "staffPassphrase": STAFF_PHRASE}),
        "OPERATOR_TOKEN": TOKEN,
        "HOMES_URL": f"unix://{storage}/run/homes.sock",
    }


def come(browser: Browser, phrase: str = PHRASE, name: str = "") -> tuple[int, str]:
    """Log in: status and what is said."""
    browser.ask("/hub/login")
    status, text, _ = browser.ask("/hub/login?next=%2Fhub%2Ftoken", username=name, password=phrase)
    return status, html.unescape(text)


def who(browser: Browser) -> str:
    """Tell the name that somebody has."""
    return str(json.loads(browser.ask("/hub/api/user")[1]).get("name"))


def operate(hub: str, **body: str) -> dict[str, Any]:
    """Ask as the operator does."""
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    status, text, _ = Browser(inner(hub)).request("/hub/api/course/workshop", data, headers)
    assert status == 200, text
    return dict(json.loads(text))


async def test_a_hundred_people(storage: Path, tmp_path: Path) -> None:
    roster = {"students": [], "staff": ["teacher"], "groups": {}}
    homes_url = f"unix://{storage}/run/homes.sock"
    homes = storage / "homes"
    with (
        serving(storage, THROW_AWAY="yes"),
        running_hub(tmp_path, roster, **environment(storage, PEOPLE)) as hub,
    ):
        began = time.monotonic()
        people = [Browser(hub) for _ in range(PEOPLE)]
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(come, people))
        assert {status for status, _ in answers} == {200}
        assert "gone when the workshop ends" in answers[0][1]
        names = [who(each) for each in people]
        assert len(set(names)) == PEOPLE
        made: list[Home] = [await fetch_home(homes_url, name) for name in names]
        assert len({home.uid for home in made}) == PEOPLE
        assert time.monotonic() - began < MOST_SECONDS

        # there is no seat for another; who comes again with the same browser has one
        status, said = come(Browser(hub))
        assert (status, "all 100 seats are taken" in said) == (403, True)
        people[0].ask("/hub/logout")
        assert come(people[0])[0] == 200
        assert who(people[0]) == names[0]
        # a made-up cookie is nobody, and neither is a wrong phrase
        assert come(Browser(hub), "seven green cats")[0] == 403
        assert come(Browser(hub), PHRASE, "teacher")[0] == 403
        assert come(Browser(hub), STAFF_PHRASE, names[1])[0] == 403
        teacher = Browser(hub)
        assert come(teacher, STAFF_PHRASE, "teacher")[0] == 200
        assert f"of {PEOPLE} students" in teacher.ask("/hub/course")[1]
        assert operate(hub) == {"guests": PEOPLE, "seats": PEOPLE, "ended": False}

        # what a guest left in a home leads nowhere
        outside = tmp_path / "outside"
        outside.write_text("kept")
        (homes / made[0].slug / "link").symlink_to(outside)
        (homes / made[0].slug / "up").symlink_to(tmp_path)
        assert operate(hub, action="end") == {"removed": PEOPLE, "failed": {}}
        assert [each.name for each in homes.iterdir() if each.is_dir()] == []
        assert outside.read_text() == "kept"
        assert people[3].ask("/hub/api/user")[0] == 403
        status, said = come(people[3])
        assert (status, "is over" in said) == (403, True)
        assert operate(hub)["guests"] == 0
        assert who(teacher) == "teacher"
        operate(hub, action="open")
        assert come(people[3])[0] == 200
        assert who(people[3]) not in names


def test_wrong_phrases_keep_nobody_else_out(storage: Path, tmp_path: Path) -> None:
    roster = {"students": [], "staff": ["teacher"], "groups": {}}
    with (
        serving(storage, THROW_AWAY="yes"),
        running_hub(tmp_path, roster, **environment(storage, 2)) as hub,
    ):
        somebody = Browser(hub)
        assert {come(somebody, "a guess")[0] for _ in range(20)} == {403}
        assert come(Browser(hub))[0] == 200
        # the staff's phrase is one person's: who guesses it has to wait
        tries = [come(somebody, "a guess", "teacher")[0] for _ in range(7)]
        assert tries[-1] == 429


def test_guests_outlive_a_restart_of_the_hub(storage: Path, tmp_path: Path) -> None:
    roster = {"students": [], "staff": ["teacher"], "groups": {}}
    settings = environment(storage, 2)
    with running_hub(tmp_path, roster, **settings) as hub:
        guest = Browser(hub)
        assert come(guest)[0] == 200
        name = who(guest)
    with running_hub(tmp_path, roster, **settings) as hub:
        again = Browser(hub)
        assert operate(hub)["guests"] == 1
        assert come(again)[0] == 200
        assert who(again) != name
        assert come(Browser(hub))[0] == 403


async def test_a_courses_homes_are_not_removed(storage: Path) -> None:
    with serving(storage):
        home = await fetch_home(f"unix://{storage}/run/homes.sock", "ada")
        with pytest.raises(HomesError, match="in a workshop only"):
            await delete_home(f"unix://{storage}/run/homes.sock", "ada")
    assert (storage / "homes" / home.slug).is_dir()
