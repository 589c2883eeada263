"""Settings, names and deferral: pure functions."""

from pathlib import Path

import pytest
from semesterhub_notebook import activity, identity, settings


@pytest.mark.parametrize(
    ("interface", "url"), [(None, "/lab"), ("", "/lab"), ("lab", "/lab"), ("notebook", "/tree")]
)
def test_the_interface_is_the_first_page(interface: str | None, url: str) -> None:
    environ = {} if interface is None else {"SEMESTERHUB_INTERFACE": interface}
    assert (
        settings.server_config({"HOME": "/home/ada", **environ})["ServerApp"]["default_url"] == url
    )


@pytest.mark.parametrize(("said", "seconds"), [("", 60), ("300", 300)])
def test_how_long_the_firewall_is_waited_for(said: str, seconds: int) -> None:
    assert settings.firewall_seconds({"SEMESTERHUB_FIREWALL_SECONDS": said}) == seconds


@pytest.mark.parametrize("said", ["-1", "soon", "1.5", "٣"])
def test_bad_seconds_are_named(said: str) -> None:
    with pytest.raises(ValueError, match=f"SEMESTERHUB_FIREWALL_SECONDS is {said!r}"):
        settings.firewall_seconds({"SEMESTERHUB_FIREWALL_SECONDS": said})


def test_an_unknown_interface_is_named() -> None:
    with pytest.raises(ValueError, match="'emacs'; it can be lab or notebook"):
        settings.default_url({"SEMESTERHUB_INTERFACE": "emacs"})


@pytest.mark.parametrize(("minutes", "seconds"), [("30", 1800), ("0", 0), ("0.5", 30), ("", 1800)])
def test_idle_minutes_become_seconds(minutes: str, seconds: int) -> None:
    environ = {"HOME": "/home/ada", "SEMESTERHUB_KERNEL_IDLE_MINUTES": minutes}
    config = settings.server_config(environ)
    assert config["MappingKernelManager"]["cull_idle_timeout"] == seconds
    assert config["TerminalManager"]["cull_inactive_timeout"] == seconds
    assert config["MappingKernelManager"]["cull_connected"] is True
    assert config["MappingKernelManager"]["cull_busy"] is False


@pytest.mark.parametrize("minutes", ["soon", "-1", "nan", "inf"])
def test_bad_idle_minutes_are_named(minutes: str) -> None:
    with pytest.raises(ValueError, match=minutes):
        settings.kernel_idle_seconds({"SEMESTERHUB_KERNEL_IDLE_MINUTES": minutes})


@pytest.mark.parametrize(("idle", "check"), [(30, 30), (1800, 180), (36000, 300)])
def test_idle_ones_are_looked_for_often_enough(idle: int, check: int) -> None:
    assert settings.check_seconds(idle) == check


@pytest.mark.parametrize("environ", [{}, {"SEMESTERHUB_STAFF": "0"}, {"SEMESTERHUB_STAFF": ""}])
def test_who_is_not_named_as_staff_is_a_student(environ: dict[str, str]) -> None:
    assert settings.config_path(environ) == {"JUPYTER_CONFIG_PATH": settings.STUDENT_CONFIG}
    assert settings.config_path({"SEMESTERHUB_STAFF": "1"}) == {}


@pytest.mark.parametrize(
    ("username", "name"),
    [("ada", "ada"), ("ada@uni.edu", "ada"), ("Ada Lovelace", "Ada-Lovelace"), ("..", "student"),
     ("m\u00fcller@uni.edu", "muller"), ("o'brien@uni.edu", "o-brien"),
     ("a:b\nroot:x:0:0", "a-b-root-x-0-0"), ("x" * 50, "x" * 32)],
)  # fmt: skip
def test_login_names_are_safe(username: str, name: str) -> None:
    assert identity.login_name(username) == name


def test_the_entry_is_one_line_of_seven_fields() -> None:
    line = identity.passwd_line("a:b\nc", 20007, 20007, "/home/a")
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert line.count(":") == 6


def test_entries_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "entries"
    environ = {"JUPYTERHUB_USER": "ada", "HOME": "/home/ada"}
    assert identity.write_entries(environ, 20007, 20007, folder) is None
    assert (folder / "passwd").read_text() == "ada:x:20007:20007:ada:/home/ada:/bin/bash\n"
    assert (folder / "group").read_text() == "ada:x:20007:\ncourse:x:19999:ada\ngraders:x:19998:\n"


def test_folders_of_groups_have_names_and_are_found_in_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = tmp_path / "groups"
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    assert identity.shared_lines("ada", groups) == ""
    identity.link_groups(groups)
    assert list(home.iterdir()) == []
    (groups / "lab-1").mkdir(parents=True)
    gid = (groups / "lab-1").stat().st_gid
    assert identity.shared_lines("ada", groups) == f"lab-1:x:{gid}:ada\n"
    identity.link_groups(groups)
    assert (home / "groups").readlink() == groups
    # a folder of the student's own stays
    (home / "groups").unlink()
    (home / "groups").mkdir()
    identity.link_groups(groups)
    assert not (home / "groups").is_symlink()


def test_two_people_never_have_one_name(tmp_path: Path) -> None:
    """Nbgrader's student id is the login name: the part before the @ may be anybody's."""
    for slug in ("ada-a-edu-1234", "ada-b-edu-5678"):
        environ = {"JUPYTERHUB_USER": "ada@x.edu", "SEMESTERHUB_SLUG": slug}
        assert identity.write_entries(environ, 1, 1, tmp_path) is None
        assert (tmp_path / "passwd").read_text().startswith(f"{slug}:x:")


def test_a_full_disk_costs_the_name_only(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    error = identity.write_entries({}, 1, 1, tmp_path / "file" / "below")
    assert isinstance(error, OSError)


def test_the_students_own_email_wins() -> None:
    assert identity.environment({"EMAIL": "me@x.org"})["EMAIL"] == "me@x.org"
    assert identity.environment({"JUPYTERHUB_USER": "ada@uni.edu"})["EMAIL"] == "ada@uni.edu"
    assert identity.environment({"JUPYTERHUB_USER": "ada"})["EMAIL"] == "ada@localhost"


@pytest.mark.parametrize(
    ("method", "path", "arguments", "poll"),
    [
        ("GET", "api/kernels", {}, True),
        ("POST", "api/kernels", {}, False),
        ("GET", "api/metrics/v1", {}, True),
        ("GET", "api/contents", {"content": [b"1"], "hash": [b"0"]}, True),
        ("GET", "api/contents/week1", {"type": [b"directory"], "content": [b"1"]}, True),
        ("GET", "api/contents/a.ipynb", {"type": [b"notebook"]}, False),
        ("PUT", "api/contents/a.ipynb", {}, False),
        ("GET", "api/kernels/some-id", {}, False),
    ],
)
def test_polling_is_told_from_activity(
    method: str, path: str, arguments: dict[str, list[bytes]], *, poll: bool
) -> None:
    assert activity.is_poll(method, path, arguments) is poll
