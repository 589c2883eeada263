"""Links that bring a repository into whoever's home opens them, for the course page.

The notebook image's `git_links.py` has the last word on what a link may name; one that is made here
passes it.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode, urlsplit

LONGEST = 500
_ADDRESS = re.compile(
    r"https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9._~+%-]+)+/?", re.ASCII
)
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+#-]*", re.ASCII)
_FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+~-]*", re.ASCII)


class LinkError(ValueError):
    """What no link can be made of; the message says what to write instead."""


@dataclass(frozen=True)
class GitLink:
    """A link, and the folder that its files come to."""

    address: str
    folder: str


def make_link(hub: str, repository: str, branch: str, opens: str) -> GitLink:
    """Make a link from what staff typed; `hub` is where browsers find the hub, with a slash."""
    repository, branch, opens = (text.strip() for text in (repository, branch, opens))
    for text in (repository, branch, opens):
        if len(text) > LONGEST or not text.isprintable():
            raise LinkError(
                f"Write at most {LONGEST} letters in a field, and no control characters."
            )
    folder = _folder(repository)
    if branch and not _BRANCH.fullmatch(branch):
        raise LinkError(
            f"“{branch}” can't be a branch. Leave it empty for the repository's usual one."
        )
    parts = [part for part in opens.split("/") if part]
    if any(part in {".", ".."} for part in parts) or any(one in "<>\"'\\`" for one in opens):
        raise LinkError(
            f"“{opens}” can't be opened. Write a file or folder as the repository has it, such as"
            " lectures/one.ipynb, without quotation marks."
        )
    query = {
        "repo": repository,
        **({"branch": branch} if branch else {}),
        "targetpath": folder,
        "urlpath": quote("/".join(["lab/tree", folder, *parts])),
    }
    return GitLink(f"{hub}user-redirect/git-pull?{urlencode(query)}", folder)


def _folder(repository: str) -> str:
    """Name the folder by the repository; raise LinkError for what can't be one."""
    if urlsplit(repository).scheme != "https":
        raise LinkError("Write the repository's address as its web page has it: https://…")
    if "@" in repository:
        raise LinkError(
            "Take the name and the password out of the address: everybody who gets the link would"
            " have them. A link brings what can be read without logging in."
        )
    if not _ADDRESS.fullmatch(repository):
        raise LinkError(
            "This address has letters that a repository's has not. Write it without a question mark"
            " and what follows, such as https://github.com/ada/week-1"
        )
    folder = unquote(repository).rstrip("/").split("/")[-1].removesuffix(".git")
    if not _FOLDER.fullmatch(folder):
        raise LinkError(
            "The address must end with the repository's name, which becomes the folder's."
        )
    return folder


@dataclass(frozen=True)
class GitForm:
    """The course page's form: what was typed, and the link that was made of it or why not."""

    repository: str = ""
    branch: str = ""
    opens: str = ""
    link: GitLink | None = None
    problem: str = ""


EMPTY_FORM = GitForm()


def fill(hub: str, repository: str, branch: str, opens: str) -> GitForm:
    """Make a link of what was typed, or tell what to change."""
    try:
        return GitForm(repository, branch, opens, link=make_link(hub, repository, branch, opens))
    except LinkError as error:
        return GitForm(repository, branch, opens, problem=str(error))
