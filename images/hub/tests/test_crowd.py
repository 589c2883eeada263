"""A class that comes at the same moment, from one address, gets in at the first click."""

import re
import resource
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from running import Browser, running_hub

PASSWORD = "correct horse battery"
NAMES = [f"student-{n:03}" for n in range(300)]
STARTS = 70


def test_three_hundred_logins_within_a_minute(tmp_path: Path) -> None:
    """By native login, the one that costs the hub a processor's time."""
    from semesterhub import passwords  # noqa: PLC0415 (after conftest has set the path)

    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    kept = passwords._digest(PASSWORD)
    roster = {"students": NAMES, "staff": [], "groups": {}}
    with running_hub(tmp_path, roster, LOGIN='{"method": "native"}', SECRET="{}") as hub:
        with sqlite3.connect(tmp_path / "jupyterhub.sqlite") as database:
            database.executemany(
                "INSERT INTO users_info (username, password, is_authorized) VALUES (?, ?, 1)",
                [(name, kept) for name in NAMES],
            )

        def log_in(name: str) -> tuple[int, str]:
            status, _, where = Browser(hub).log_in(name, PASSWORD)
            return status, where

        begin = time.monotonic()
        with ThreadPoolExecutor(30) as threads:
            answers = set(threads.map(log_in, NAMES))
        took = time.monotonic() - begin
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    print(f"300 logins took {took:.0f} s, {used:.0f} s of a processor")
    assert answers == {(200, f"{hub}/hub/home")}
    # not how long it took: the processors may be somebody else's meanwhile
    assert used < 60


def test_seventy_starts_in_one_second(tmp_path: Path) -> None:
    """Six more than `spawn.concurrent` lets start at once: they wait in line."""
    roster = {"students": NAMES[:STARTS], "staff": [], "groups": {}}
    environment = {"LOGIN": '{"method": "dummy"}', "SECRET": '{"password": "x"}'}
    with running_hub(tmp_path, roster, SERVER_SECONDS="3", **environment) as hub:
        people = {name: Browser(hub) for name in NAMES[:STARTS]}
        with ThreadPoolExecutor(10) as threads:
            list(threads.map(lambda name: people[name].log_in(name, "x"), people))

        ready = threading.Barrier(STARTS)

        def start(name: str) -> tuple[int, bool]:
            ready.wait()
            status, text, _ = people[name].ask_once(f"/hub/spawn/{name}")
            return status, "Too many" in text

        with ThreadPoolExecutor(STARTS) as threads:
            answers = list(threads.map(start, people))
        # each is on its way: the waiting page, or the server already
        assert {status for status, _ in answers} <= {200, 302}
        assert not any(refused for _, refused in answers)
        deadline = time.monotonic() + 120
        waiting = set(people)
        while waiting:
            assert time.monotonic() < deadline, f"{len(waiting)} never started"
            waiting -= {name for name in waiting if _runs(people[name], name)}


def _runs(browser: Browser, name: str) -> bool:
    text = browser.ask(f"/hub/api/users/{name}")[1]
    assert not re.search(r'"failed": ?true', text)
    return '"ready": true' in text
