"""Links to repositories, as staff make them on the course page."""

import importlib
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pytest
from running import Browser, running_hub
from semesterhub.git_links import LinkError, make_link

HUB = "https://hub.example.edu/hub/"
PASSWORD = "only for tests"
REPOSITORY = "https://git.example.edu/ds101/week-1.git"


@pytest.fixture(scope="module")
def servers_rules() -> Iterator[ModuleType]:
    """Load what a student's server takes, from the notebook image beside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent.parent.parent / "notebook"))
        yield importlib.import_module("semesterhub_notebook.git_links")


@pytest.mark.parametrize(
    ("typed", "folder", "urlpath"),
    [
        ((REPOSITORY, "", ""), "week-1", "lab/tree/week-1"),
        (("https://h.edu/a/x/", "main", "a.ipynb"), "x", "lab/tree/x/a.ipynb"),
        ((" https://h.edu:8443/~a/x ", "feature/1", "/u/"), "x", "lab/tree/x/u"),
        (
            ("https://h.edu/a/week%2D2", "v1.0+1", "Übung 1/R&D #1 100%.ipynb"),
            "week-2",
            "lab/tree/week-2/%C3%9Cbung%201/R%26D%20%231%20100%25.ipynb",
        ),
    ],
)
def test_a_link_leads_to_whoevers_server_and_is_taken_there(
    typed: tuple[str, str, str], folder: str, urlpath: str, servers_rules: ModuleType
) -> None:
    link = make_link(HUB, *typed)
    repository, branch, _ = typed
    assert link.folder == folder
    parts = urlsplit(link.address)
    assert parts._replace(query="").geturl() == f"{HUB}user-redirect/git-pull"
    given = parse_qs(parts.query)
    arguments = {name: [value.encode() for value in values] for name, values in given.items()}
    assert given.pop("branch", [""]) == [branch]
    assert given == {"repo": [repository.strip()], "targetpath": [folder], "urlpath": [urlpath]}
    taken = servers_rules.read_link(arguments, for_page=True)
    assert (taken.repository, taken.folder) == (repository.strip(), folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        *(
            ({"repository": each}, "https://…")
            for each in ("", "git@h.edu:x", "http://h/x", "/srv")
        ),
        *(({"repository": f"https://{each}"}, "password") for each in ("ada:pw@h/x", "t@h/x")),
        *(
            ({"repository": f"https://{each}"}, "letters")
            for each in ("h/x?a", 'h/"x', "h", "-h/x")
        ),
        *(({"repository": f"https://h/{each}"}, "name") for each in (".ipython", "a/..", "%2e%2e")),
        *(({"branch": each}, "can't be a branch") for each in ("-x", "a b", "<b>")),
        *(({"opens": each}, "can't be opened") for each in ("../x", "a/../b", "<b>", "a\\b")),
        *(({"opens": each}, "control") for each in ("a\nb", "a\u202eb", "x" * 501)),
    ],
)
def test_what_no_link_is_made_of_is_told_with_what_to_write(
    changes: dict[str, str], said: str
) -> None:
    typed = {"repository": REPOSITORY, "branch": "", "opens": "", **changes}
    with pytest.raises(LinkError, match=said):
        make_link(HUB, **typed)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a hub with a student and a teacher."""
    login = {"LOGIN": '{"method": "dummy"}', "SECRET": json.dumps({"password": PASSWORD})}
    with running_hub(tmp_path_factory.mktemp("git"), **login) as address:
        yield address


def logged_in(url: str, name: str) -> Browser:
    browser = Browser(url)
    browser.log_in(name, PASSWORD)
    return browser


def test_staff_make_a_link_on_the_course_page(url: str) -> None:
    teacher = logged_in(url, "teacher")
    assert "git-address" not in teacher.ask("/hub/course")[1]
    form = {"repository": REPOSITORY, "branch": "", "opens": "one.ipynb"}
    status, page, _ = teacher.ask("/hub/course", action="git-link", **form)
    assert status == 200
    [address] = re.findall(r'id="git-address">(.*?)<', page)
    assert unescape(address) == make_link("https://localhost:8443/hub/", **form).address


def test_what_was_typed_comes_back_as_text_with_what_is_wrong(url: str) -> None:
    form = {"repository": 'https://h/"><script>1</script>', "branch": "<b>", "opens": '"><img>'}
    page = logged_in(url, "teacher").ask("/hub/course", action="git-link", **form)[1]
    [problem] = re.findall(r'id="git-problem">(.*?)<', page)
    assert "letters" in problem
    for typed in form.values():
        assert typed not in page
        assert typed in unescape(page)


def test_students_make_no_links_there(url: str) -> None:
    ada = logged_in(url, "ada")
    assert ada.ask("/hub/course", action="git-link", repository=REPOSITORY)[0] == 403
