"""Which links of nbgitpuller do something, and which of them ask the student first."""

from pathlib import Path

import pytest
from semesterhub_notebook.git_links import AGREED, LinkError, read_link, to_be_asked

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


def test_a_new_folder_comes_only_after_the_student_agreed(tmp_path: Path) -> None:
    asked = to_be_asked(encoded(GOOD), {}, tmp_path, for_page=True)
    assert asked is not None
    agreed = {**GOOD, AGREED: asked.wanted_proof}
    assert to_be_asked(encoded(agreed), {}, tmp_path, for_page=True) is None
    # what was agreed to is this repository and this folder, once and not moved aside
    for change in ({"targetpath": "numpy"}, {"repo": "https://h/x"}, {"backup": "true"}):
        others = encoded({**agreed, **change})
        assert to_be_asked(others, {}, tmp_path, for_page=True) is not None


def test_a_folder_that_a_link_brought_is_brought_up_to_date_unasked(tmp_path: Path) -> None:
    (tmp_path / "week-1" / ".git").mkdir(parents=True)
    assert to_be_asked(encoded(GOOD), {}, tmp_path, for_page=True) is None
    backup = encoded({**GOOD, "backup": "true"})
    assert to_be_asked(backup, {}, tmp_path, for_page=True) is not None


def test_a_folder_of_the_students_own_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "week-1").mkdir()
    with pytest.raises(LinkError, match="in your home already"):
        to_be_asked(encoded(GOOD), {}, tmp_path, for_page=True)
    (tmp_path / "week-2").symlink_to("nowhere")
    with pytest.raises(LinkError, match="in your home already"):
        to_be_asked(encoded({**GOOD, "targetpath": "week-2"}), {}, tmp_path, for_page=True)


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
            to_be_asked(hidden, {}, home, for_page=for_page)
    asked = to_be_asked(encoded({**GOOD, "targetpath": "groups/week-1"}), {}, home, for_page=True)
    assert asked is not None
    with pytest.raises(LinkError):
        to_be_asked(encoded({**GOOD, "targetpath": "groups/loop"}), {}, home, for_page=True)


@pytest.mark.parametrize(
    ("site", "destination"),
    [("same-origin", "document"), ("cross-site", "empty"), ("none", "document")],
)
def test_only_nbgitpullers_page_reaches_what_does_the_work(
    site: str, destination: str, tmp_path: Path
) -> None:
    page = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
    assert to_be_asked(encoded(GOOD), page, tmp_path, for_page=False) is None
    other = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": destination}
    with pytest.raises(LinkError, match="inner address"):
        to_be_asked(encoded(GOOD), other, tmp_path, for_page=False)


def test_the_address_that_does_the_work_names_its_folder(tmp_path: Path) -> None:
    # there nbgitpuller knows one spelling, and takes the home where there is none
    for wrong in ({"targetpath": ""}, {"targetpath": "", "targetPath": "week-1"}):
        with pytest.raises(LinkError):
            to_be_asked(encoded({**GOOD, **wrong}), {}, tmp_path, for_page=False)
