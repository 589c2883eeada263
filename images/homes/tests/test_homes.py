"""Homes made in a real folder, as root; every crash and trick that can be staged."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from semesterhub_homes import making
from semesterhub_homes.index import IndexFile
from semesterhub_homes.service import HomesService
from semesterhub_homes.settings import Settings, SettingsError, read_settings
from semesterhub_homes.table import Person

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="giving homes away takes root")


def settings(storage: Path, **changes: str) -> Settings:
    skeleton = Path(__file__).parent.parent / "skel"
    return read_settings(
        {
            "HOMES_PATH": "/machine/homes",
            "SEMESTERHUB_STORAGE": str(storage),
            "SEMESTERHUB_SKELETON": str(skeleton),
            **changes,
        }
    )


@pytest.fixture
def service(storage: Path) -> Iterator[HomesService]:
    made = HomesService(settings(storage))
    yield made
    made.close()


def ask(service: HomesService, name: str) -> dict[str, object]:
    answer = service.home({"username": name})
    assert answer.status == 200, answer
    return answer.body


def test_a_new_home(service: HomesService, storage: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert ask(service, "ada") == {
        "username": "ada", "slug": "ada", "uid": 20000, "gid": 20000, "groups": [19999],
        "folders": {}, "home": "/machine/homes/ada", "quota": None, "created": True,
    }  # fmt: skip
    home = storage / "homes" / "ada"
    assert home.stat().st_mode & 0o7777 == 0o700
    for path in [home, *home.rglob("*")]:
        assert (path.lstat().st_uid, path.lstat().st_gid) == (20000, 20000)
    assert {path.name for path in home.iterdir()} == {"README.md", "Welcome.ipynb"}
    assert (home / "Welcome.ipynb").stat().st_mode & 0o600 == 0o600
    assert ask(service, "ada")["created"] is False
    assert [each.message for each in caplog.records if "ada" in each.message] == [
        "made homes/ada for ada, UID 20000"
    ]


def test_an_existing_home_is_left_alone(service: HomesService, storage: Path) -> None:
    ask(service, "ada")
    home = storage / "homes" / "ada"
    (home / "README.md").write_text("mine")
    (home / "Welcome.ipynb").unlink()
    (home / "foreign").write_text("")
    os.chown(home / "foreign", 5, 5)
    home.chmod(0o750)
    ask(service, "ada")
    assert (home / "README.md").read_text() == "mine"
    assert not (home / "Welcome.ipynb").exists()
    assert (home / "foreign").stat().st_uid == 5
    assert home.stat().st_mode & 0o7777 == 0o750


def test_uids_are_never_given_twice(storage: Path) -> None:
    service = HomesService(settings(storage))
    assert [ask(service, name)["uid"] for name in ("ada", "grace", "Ada")] == [20000, 20001, 20002]
    (storage / "homes" / "grace" / "README.md").unlink()
    (storage / "homes" / "grace" / "Welcome.ipynb").unlink()
    (storage / "homes" / "grace").rmdir()
    service.close()
    again = HomesService(settings(storage))
    assert ask(again, "new")["uid"] == 20003
    assert (ask(again, "grace")["uid"], ask(again, "grace")["created"]) == (20001, False)
    again.close()


def test_a_table_with_a_write_ahead_log_has_none_any_more(storage: Path) -> None:
    path = storage / "uids" / "uids.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as older:
        older.execute("PRAGMA journal_mode=WAL")
        older.execute("CREATE TABLE was_there (x)")
    with contextlib.closing(HomesService(settings(storage))) as service:
        ask(service, "ada")
        assert not path.with_name(f"{path.name}-wal").exists()


def test_a_lost_table_is_rebuilt_from_the_homes(storage: Path) -> None:
    for name, uid in (("ada", 20007), ("grace", 20003)):
        (storage / "homes" / name).mkdir()
        os.chown(storage / "homes" / name, uid, uid)
    service = HomesService(settings(storage))
    assert ask(service, "new")["uid"] == 20008
    assert ask(service, "ada")["uid"] == 20007
    assert ask(service, "grace")["uid"] == 20003
    service.close()


@pytest.mark.parametrize("owner", [0, 1000, 20000])
def test_a_foreign_folder_in_the_way(service: HomesService, storage: Path, owner: int) -> None:
    ask(service, "ada")  # has 20000
    (storage / "homes" / "grace").mkdir()
    os.chown(storage / "homes" / "grace", owner, owner)
    answer = service.home({"username": "grace"})
    assert answer.status == 409
    assert str(owner) in str(answer.body["error"])
    assert (storage / "homes" / "grace").stat().st_uid == owner


def test_a_home_that_changed_owner(service: HomesService, storage: Path) -> None:
    ask(service, "ada")
    os.chown(storage / "homes" / "ada", 30000, 30000)
    assert service.home({"username": "ada"}).status == 409


def test_a_link_in_the_way(service: HomesService, storage: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (storage / "homes" / "ada").symlink_to(tmp_path / "victim")
    assert service.home({"username": "ada"}).status == 409
    assert list((tmp_path / "victim").iterdir()) == []


def test_a_link_in_a_half_made_home(service: HomesService, storage: Path, tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / "file").write_text("precious")
    half = storage / "homes" / ".making-ada"
    half.mkdir()
    (half / "README.md").symlink_to(tmp_path / "victim" / "file")
    (half / "sub").symlink_to(tmp_path / "victim")
    assert ask(service, "ada")["created"] is True
    assert (tmp_path / "victim" / "file").read_text() == "precious"
    assert (tmp_path / "victim" / "file").stat().st_uid == 0
    assert not (storage / "homes" / "ada" / "README.md").is_symlink()


def test_an_index_that_cannot_be_written(storage: Path, caplog: pytest.LogCaptureFixture) -> None:
    service = HomesService(settings(storage))
    (storage / "homes" / ".INDEX.tsv.new").mkdir()
    ask(service, "ada")
    service.close()
    assert "INDEX.tsv could not be written" in caplog.text
    (storage / "homes" / ".INDEX.tsv.new").rmdir()
    HomesService(settings(storage)).close()
    assert "ada" in (storage / "homes" / "INDEX.tsv").read_text()


def test_an_index_whose_table_fails_is_written_the_next_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[int] = []

    def people() -> list[Person]:
        asked.append(1)
        if len(asked) < 3:
            raise sqlite3.OperationalError("disk I/O error")
        return [Person("ada", "ada", 20000, "2026-09-01")]

    index = IndexFile(tmp_path / "INDEX.tsv", people)
    while len(asked) < 3:
        index.touch()
    index.close()
    assert "ada" in (tmp_path / "INDEX.tsv").read_text()
    assert "INDEX.tsv could not be written: disk I/O error" in caplog.text


@pytest.mark.parametrize("step", ["mkdir", "fchown", "fsync", "rename"])
def test_a_crash_at_any_step(
    service: HomesService, storage: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def crash(*_args: object, **_kwargs: object) -> None:
        raise OSError(5, "staged")

    with monkeypatch.context() as staged:
        staged.setattr(making.os, step, crash)
        assert service.home({"username": "ada"}).status == 500
    assert not (storage / "homes" / "ada").exists()
    answer = ask(service, "ada")
    assert (answer["created"], answer["uid"]) == (True, 20000)
    assert not (storage / "homes" / ".making-ada").exists()


def test_a_name_that_is_another_ones_slug(service: HomesService) -> None:
    first = ask(service, "Ada@example.org")
    second = ask(service, str(first["slug"]))
    assert second["slug"] != first["slug"]
    assert second["uid"] != first["uid"]


@pytest.mark.parametrize("body", [[], "ada", {}, {"username": 5}, {"username": "../x"}])
def test_bad_requests(service: HomesService, body: object) -> None:
    assert service.home(body).status == 400


def test_many_at_once_and_the_index(storage: Path) -> None:
    service = HomesService(settings(storage))
    results: list[dict[str, object]] = []
    names = [f"s{number % 100}" for number in range(200)]  # everybody twice
    threads = [
        threading.Thread(target=lambda name=name: results.append(ask(service, name)))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 200
    assert {each["uid"] for each in results} == set(range(20000, 20100))
    assert sum(each["created"] is True for each in results) == 100
    service.close()
    lines = (storage / "homes" / "INDEX.tsv").read_text().splitlines()
    assert len(lines) == 102
    by_folder = {line.split("\t")[0]: line.split("\t")[1:3] for line in lines[2:]}
    for each in results:
        assert by_folder[str(each["slug"])] == [str(each["uid"]), each["username"]]
    assert (storage / "homes" / "INDEX.tsv").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "environment",
    [{}, {"HOMES_PATH": "x"}, {"HOMES_PATH": "/x", "FIRST_UID": "0"},
     {"HOMES_PATH": "/x", "FIRST_UID": "abc"}, {"HOMES_PATH": "/x", "QUOTA_BYTES": "-5"}],
)  # fmt: skip
def test_bad_settings(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        read_settings(environment)


CHECK = "course-check-0123abcde"


def test_who_was_made_for_a_check_goes_with_everything(storage: Path) -> None:
    service = HomesService(settings(storage))
    ask(service, "ada")
    home = storage / "homes" / CHECK
    assert ask(service, CHECK)["home"] == f"/machine/homes/{CHECK}"
    # what a server leaves, links to others' files among it
    (home / ".local" / "share").mkdir(parents=True)
    (home / ".local" / "ada").symlink_to(storage / "homes" / "ada")
    (home / ".local").chmod(0o500)
    for path in (home / ".local", home / ".local" / "share"):
        os.chown(path, 20001, 20001)
    assert service.remove_home({"username": CHECK}).status == 200
    assert service.remove_home({"username": CHECK}).status == 200
    # the list of homes may just be written anew
    assert {each.name for each in (storage / "homes").glob("[!.]*")} == {"ada", "INDEX.tsv"}
    assert len(list((storage / "homes" / "ada").iterdir())) == 2
    service.close()
    with contextlib.closing(sqlite3.connect(storage / "uids" / "uids.sqlite")) as table:
        assert table.execute("SELECT username FROM people").fetchall() == [("ada",)]
    assert CHECK not in (storage / "homes" / "INDEX.tsv").read_text()


@pytest.mark.parametrize(
    "request_", [{"username": "ada"}, {"username": f"{CHECK}0"}, {"username": None}, [], None]
)
def test_nobody_elses_home_is_removed(
    service: HomesService, storage: Path, request_: object
) -> None:
    ask(service, "ada")
    assert service.remove_home(request_).status == 403
    assert (storage / "homes" / "ada" / "README.md").exists()


def test_a_home_of_another_owner_is_not_removed(service: HomesService, storage: Path) -> None:
    ask(service, CHECK)
    os.chown(storage / "homes" / CHECK, 20007, 20007)
    assert service.remove_home({"username": CHECK}).status == 500
    assert (storage / "homes" / CHECK).exists()


def test_what_a_check_left_goes_at_the_next_start(storage: Path) -> None:
    service = HomesService(settings(storage))
    ask(service, CHECK)
    service.close()
    with contextlib.closing(HomesService(settings(storage))) as again:
        assert not (storage / "homes" / CHECK).exists()
        assert ask(again, "ada")["uid"] == 20000
