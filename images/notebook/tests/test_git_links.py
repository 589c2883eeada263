"""Which links of nbgitpuller do something, and which of them ask the student first."""

import os
from pathlib import Path
from typing import Any

import pytest
from semesterhub_notebook.git_consents import MOST, Consent, Consents
from semesterhub_notebook.git_links import (
    AGREED,
    PASS_SECONDS,
    LinkError,
    Passes,
    read_link,
    to_be_asked,
)

GOOD = {"repo": "https://git.example.edu/ds101/week-1.git", "targetpath": "week-1"}


def encoded(arguments: dict[str, str]) -> dict[str, list[bytes]]:
    return {name: [value.encode()] for name, value in arguments.items()}


@pytest.mark.parametrize(
    ("more", "folder"),
    [
        ({}, "week-1"),
        ({"targetpath": ""}, "week-1.git"),
        ({"targetpath": "Übung 1/material"}, "Übung 1/material"),
        ({"branch": "feature/x-1", "depth": "1", "app": "Lab", "other": "<i>"}, "week-1"),
        ({"urlpath": "lab/tree/week-1/Mein Heft.ipynb?reset"}, "week-1"),
        ({"repo": "https://git.example.edu:8443/~ada/week-1/"}, "week-1"),
    ],
)
def test_a_courses_link_is_taken(more: dict[str, str], folder: str) -> None:
    assert read_link(encoded({**GOOD, **more}), for_page=True).folder == folder


@pytest.mark.parametrize(
    "more",
    [
        *(
            {"repo": each}
            for each in ("", "x", "http://h/x", "ssh://h/x", "/srv/x", "file:///srv/x")
        ),
        *(
            {"repo": f"https://{each}"}
            for each in ("ada:pw@h/x", "ada@h/x", "-h/x", "h", "h/x?y=1")
        ),
        *({"repo": f"https://h/{each}"} for each in ('x"><script>', "x y", "x\n", "x\u202e", "é")),
        *({"targetpath": each} for each in (".ipython", "..", "/etc", "a/../b", "a//b", "a/.git")),
        *(
            {"targetpath": each}
            for each in (" .ipython", "\u00a0.x", "\x01.x", "a/", "a\\b", "x" * 1001)
        ),
        *({"targetPath": each} for each in (".ipython", "week-2")),
        *({"branch": each} for each in ("-x", "--upload-pack=x", "a b", "<b>")),
        *({"urlpath": each} for each in ("<script>", "../../hub", "a/%2e%2E/b", "a\n", "a\\b")),
        *({"subpath": each} for each in ("<script>", "..")),
        {"repo": "https://h/.ipython", "targetpath": ""},
        {"depth": "-1"},
        {"app": "<b>"},
        {"backup": "<script>"},
    ],
)
def test_another_link_does_nothing(more: dict[str, str]) -> None:
    with pytest.raises(LinkError):
        read_link(encoded({**GOOD, **more}), for_page=True)


def test_an_argument_is_said_once_and_is_text() -> None:
    for value in ([b"week-1", b".ipython"], [b"\xff"], []):
        with pytest.raises(LinkError):
            read_link({**encoded(GOOD), "targetpath": value}, for_page=True)


def asked(home: Path, more: dict[str, str] | None = None, passes: Passes | None = None) -> Any:
    """Open a link's page; gives the link if the student is asked."""
    return to_be_asked(
        encoded({**GOOD, **(more or {})}), {}, home, passes or Passes(), for_page=True
    )


def cloned(folder: Path, origin: str = GOOD["repo"]) -> None:
    """Make what a link, or the student, has cloned."""
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {origin}\n')


def test_a_new_folder_comes_only_after_the_student_agreed(tmp_path: Path) -> None:
    link = asked(tmp_path)
    agreed = {AGREED: link.wanted_proof}
    assert asked(tmp_path, agreed) is None
    # what was agreed to is this repository, branch and folder, and not that it is moved aside
    others = ({"targetpath": "numpy"}, {"repo": "https://h/x"}, {"branch": "x"}, {"backup": "true"})
    for change in others:
        assert asked(tmp_path, {**agreed, **change}) is not None


def test_a_clone_is_brought_up_to_date_unasked_after_one_yes(tmp_path: Path) -> None:
    cloned(tmp_path / "week-1")
    link = asked(tmp_path)
    assert link is not None
    assert asked(tmp_path, {AGREED: "0" * 64}) is not None
    assert asked(tmp_path) is not None
    assert asked(tmp_path, {AGREED: link.wanted_proof}) is None
    assert asked(tmp_path) is None
    # another branch, and a folder that would be moved aside, are other questions
    assert asked(tmp_path, {"branch": "other"}) is not None
    assert asked(tmp_path, {"backup": "true"}) is not None
    # the list is the student's alone
    [file] = (tmp_path / ".local" / "share" / "semesterhub").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_was_agreed_to_is_asked_again_when_the_folder_is_gone(tmp_path: Path) -> None:
    link = asked(tmp_path)
    assert asked(tmp_path, {AGREED: link.wanted_proof}) is None
    assert asked(tmp_path) is not None
    cloned(tmp_path / "week-1")
    assert asked(tmp_path) is None


@pytest.mark.parametrize("origin", ["https://h/other.git", "", "git@git.example.edu:ds101/week-1"])
def test_a_clone_of_another_repository_is_left_alone(origin: str, tmp_path: Path) -> None:
    cloned(tmp_path / "week-1", origin)
    with pytest.raises(LinkError, match="another repository"):
        asked(tmp_path)
    with pytest.raises(LinkError, match="another repository"):
        asked(tmp_path, {"repo": "https://h/week-1"})
    # moved aside it is in nobody's way
    assert asked(tmp_path, {"backup": "true"}) is not None


def test_a_repositorys_address_is_written_in_several_ways(tmp_path: Path) -> None:
    cloned(tmp_path / "week-1", "https://git.example.edu/ds101/week-1/")
    assert asked(tmp_path) is not None


def test_a_folder_that_others_exchange_is_another_one(tmp_path: Path) -> None:
    home, shared = tmp_path / "home", tmp_path / "shared"
    home.mkdir()
    for folder in (shared / "a", home / "thesis"):
        cloned(folder)
    (home / "groups").symlink_to(shared)
    link = asked(home, {"targetpath": "groups/a"})
    assert asked(home, {"targetpath": "groups/a", AGREED: link.wanted_proof}) is None
    (shared / "a").rename(shared / "b")
    (shared / "a").symlink_to(home / "thesis")
    assert asked(home, {"targetpath": "groups/a"}) is not None


def test_what_keeps_the_list_from_being_read_asks_again(tmp_path: Path) -> None:
    cloned(tmp_path / "week-1")
    link = asked(tmp_path)
    file = tmp_path / ".local" / "share" / "semesterhub" / "git-links.json"
    assert asked(tmp_path, {AGREED: link.wanted_proof}) is None
    for text in ("", "{}", "[[[", "[" * 100_000, "\xff"):
        file.write_text(text)
        assert asked(tmp_path) is not None
    file.unlink()
    os.mkfifo(file)
    assert asked(tmp_path) is not None
    # and a clone whose configuration never ends is no clone of anything
    config = tmp_path / "week-1" / ".git" / "config"
    config.unlink()
    os.mkfifo(config)
    with pytest.raises(LinkError, match="another repository"):
        asked(tmp_path)


def test_a_full_disk_costs_another_question_and_nothing_else(tmp_path: Path) -> None:
    cloned(tmp_path / "week-1")
    (tmp_path / ".local").write_text("in the way")
    passes = Passes()
    link = asked(tmp_path, passes=passes)
    assert asked(tmp_path, {AGREED: link.wanted_proof}, passes) is None
    assert passes.has(link)
    assert asked(tmp_path) is not None


def test_the_newest_consents_are_kept(tmp_path: Path) -> None:
    consents = Consents(tmp_path)
    several = [Consent("https://h/x", "", f"f{number}", "/") for number in range(MOST + 1)]
    for one in several:
        consents.add(one)
    assert several[0] not in consents
    assert all(one in consents for one in several[1:])
    assert len(list((tmp_path / ".local" / "share" / "semesterhub").iterdir())) == 1


def test_a_folder_of_the_students_own_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "week-1").mkdir()
    with pytest.raises(LinkError, match="in your home already"):
        asked(tmp_path)
    (tmp_path / "week-2").symlink_to("nowhere")
    with pytest.raises(LinkError, match="in your home already"):
        asked(tmp_path, {"targetpath": "week-2"})


def test_no_link_on_the_way_leads_into_what_is_hidden(tmp_path: Path) -> None:
    home, shared = tmp_path / "home", tmp_path / "shared"
    (home / ".ipython").mkdir(parents=True)
    shared.mkdir()
    # a member of the group made the second one
    (home / "groups").symlink_to(shared)
    (shared / "x").symlink_to(home / ".ipython")
    (shared / "loop").symlink_to("loop")
    hidden = encoded({**GOOD, "targetpath": "groups/x/profile_default"})
    for for_page in (True, False):
        with pytest.raises(LinkError, match="visible"):
            to_be_asked(hidden, {}, home, Passes(), for_page=for_page)
    assert asked(home, {"targetpath": "groups/week-1"}) is not None
    with pytest.raises(LinkError):
        asked(home, {"targetpath": "groups/loop"})


@pytest.mark.parametrize(
    ("site", "destination"),
    [("same-origin", "document"), ("cross-site", "empty"), ("none", "document")],
)
def test_only_nbgitpullers_page_reaches_what_does_the_work(
    site: str, destination: str, tmp_path: Path
) -> None:
    page = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
    passes = Passes()
    passes.give(asked(tmp_path))
    assert to_be_asked(encoded(GOOD), page, tmp_path, passes, for_page=False) is None
    other = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": destination}
    with pytest.raises(LinkError, match="inner address"):
        to_be_asked(encoded(GOOD), other, tmp_path, passes, for_page=False)


def test_a_browser_that_says_nothing_passes_by_no_question(tmp_path: Path) -> None:
    now = [0.0]
    passes = Passes(lambda: now[0])

    def work(more: dict[str, str] | None = None) -> Any:
        link = encoded({**GOOD, **(more or {})})
        return to_be_asked(link, {}, tmp_path, passes, for_page=False)

    with pytest.raises(LinkError, match="inner address"):
        work()
    link = asked(tmp_path, passes=passes)
    with pytest.raises(LinkError, match="inner address"):
        work()
    assert asked(tmp_path, {AGREED: link.wanted_proof}, passes) is None
    assert work() is None
    for more in ({"targetpath": "numpy"}, {"repo": "https://h/x"}, {"backup": "true"}):
        with pytest.raises(LinkError, match="inner address"):
            work(more)
    now[0] = PASS_SECONDS
    with pytest.raises(LinkError, match="inner address"):
        work()


def test_the_address_that_does_the_work_names_its_folder(tmp_path: Path) -> None:
    # there nbgitpuller knows one spelling, and takes the home where there is none
    for wrong in ({"targetpath": ""}, {"targetpath": "", "targetPath": "week-1"}):
        with pytest.raises(LinkError):
            to_be_asked(encoded({**GOOD, **wrong}), {}, tmp_path, Passes(), for_page=False)


def test_a_folder_that_can_not_be_looked_at_is_told(tmp_path: Path) -> None:
    for folder in ("x" * 300, "ü" * 200):
        arguments = encoded({**GOOD, "targetpath": folder})
        with pytest.raises(LinkError, match="can't be looked at: File name too long"):
            to_be_asked(arguments, {}, tmp_path, Passes(), for_page=True)
