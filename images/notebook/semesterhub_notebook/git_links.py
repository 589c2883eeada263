"""Links of nbgitpuller: what a link may name, and when the student is asked first.

nbgitpuller believes its link. It writes arguments into its page as HTML, and clones into whatever
folder they name. A link from a stranger could so run a script in the student's page, or put code
into `~/.ipython`, where the next kernel runs it. Here a link names a repository by https and a
visible folder, and nothing comes before the student has agreed: once to a repository's branch in a
folder, and again where the folder is new or moved aside.
"""

import hmac
import os
import re
import secrets
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from semesterhub_notebook.git_consents import Consent, Consents, read_file

REPOSITORY = re.compile(
    r"https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?(/[A-Za-z0-9._~+%-]+)+/?", re.ASCII
)
BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+#-]*", re.ASCII)
DEPTH = re.compile(r"[0-9]{1,6}", re.ASCII)
APP = re.compile(r"lab|notebook", re.IGNORECASE)
LONGEST = 1000
AGREED = "agreed"
"""The argument that says that the student has agreed to this link."""

_SPELLINGS = {"urlPath": "urlpath", "subPath": "subpath", "targetPath": "targetpath"}
_KNOWN = {"repo", "branch", "depth", "app", "backup", "urlpath", "subpath", "targetpath", AGREED}
_HIDDEN = "It must name a folder of your home that is visible."
_OTHER = (
    "“{folder}” is in your home already, with the files of another repository. Rename that folder,"
    " then open the link again."
)
_KEY = secrets.token_bytes(32)
_GIT_SECONDS = 10
PASS_SECONDS = 900
"""For so long after the page was shown, the address that does its work may be asked."""


class LinkError(ValueError):
    """A link that does nothing; the message says why."""


@dataclass(frozen=True)
class Link:
    """What a link would do."""

    repository: str
    branch: str
    """Empty: the repository's own."""
    folder: str
    """In the home."""
    backup: bool
    """Whether the present folder is moved aside and comes anew."""
    proof: str
    """What the link says of the student's consent."""

    @property
    def wanted_proof(self) -> str:
        """What it must say; no one outside of this server can know it."""
        what = f"{self.backup}\n{self.folder}\n{self.repository}\n{self.branch}"
        return hmac.new(_KEY, what.encode(), "sha256").hexdigest()

    @property
    def agreed(self) -> bool:
        """Whether the student has pressed the button of this link's question."""
        return hmac.compare_digest(self.proof.encode(), self.wanted_proof.encode())

    def is_new(self, home: Path) -> bool:
        """Whether the folder isn't there; raise LinkError where what is there is in the way."""
        folder = home / self.folder
        if not folder.exists() and not folder.is_symlink():
            return True
        if not (folder / ".git").is_dir():
            raise LinkError(
                f"“{self.folder}” is in your home already, and no link brought it. Give it another"
                " name, then open the link again."
            )
        # nbgitpuller merges from wherever the clone came, whatever the link names
        if not self.backup and not _same(_origin(folder), self.repository):
            raise LinkError(_OTHER.format(folder=self.folder))
        return False

    def consent(self, home: Path) -> Consent:
        """Return what the student agrees to."""
        place = os.path.realpath(home / self.folder)
        return Consent(self.repository, self.branch, self.folder, place)


class Passes:
    """Links whose page was shown: what the page sends on is done, and nothing else."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._ends: dict[tuple[str, str, bool], float] = {}

    def give(self, link: Link) -> None:
        """Let the page's own request through, for a while."""
        now = self._now()
        self._ends = {key: ends for key, ends in self._ends.items() if ends > now}
        self._ends[link.repository, link.folder, link.backup] = now + PASS_SECONDS

    def has(self, link: Link) -> bool:
        """Whether the page of this link was shown."""
        return self._ends.get((link.repository, link.folder, link.backup), 0.0) > self._now()


def read_link(arguments: Mapping[str, Sequence[bytes]], *, for_page: bool) -> Link:
    """Read a link's arguments: those of nbgitpuller's page, or those that the page sends on.

    Raise LinkError for what nbgitpuller would take and a course's link does not need.
    """
    given = _texts(arguments, for_page=for_page)
    repository = given.get("repo", "")
    if not REPOSITORY.fullmatch(repository):
        raise LinkError("It must name a repository by an https address, without a password.")
    for name, pattern in (("branch", BRANCH), ("depth", DEPTH), ("app", APP)):
        if given.get(name) and not pattern.fullmatch(given[name]):
            raise LinkError(f"What it says as {name} can't be one.")
    for name in ("urlpath", "subpath"):
        if ".." in re.split(r"[/?]", unquote(given.get(name, ""))):
            raise LinkError(f"What it says as {name} leads out of your files.")
    folder = given.get("targetpath", "")
    if not folder and for_page:
        folder = repository.rstrip("/").split("/")[-1]
    if not all(part and not part.startswith(".") for part in folder.split("/")):
        raise LinkError(_HIDDEN)
    branch, backup = given.get("branch", ""), bool(given.get("backup"))
    return Link(repository, branch, folder, backup, given.get(AGREED, ""))


def to_be_asked(
    arguments: Mapping[str, Sequence[bytes]],
    headers: Mapping[str, str],
    home: Path,
    passes: Passes,
    *,
    for_page: bool,
) -> Link | None:
    """Return the link if the student has to agree to it first; raise LinkError for a bad one.

    What a student has agreed to is remembered here.
    """
    link = read_link(arguments, for_page=for_page)
    try:
        return _asked_about(link, headers, home, passes, for_page=for_page)
    except OSError as error:
        raise LinkError(f"“{link.folder}” can't be looked at: {error.strerror}.") from None


def _asked_about(
    link: Link, headers: Mapping[str, str], home: Path, passes: Passes, *, for_page: bool
) -> Link | None:
    # a link on the way, such as one in a group's folder, may lead to where kernels look for code
    real, top = os.path.realpath(home / link.folder), os.path.realpath(home)
    if real.startswith(f"{top}/") and "/." in real[len(top) :]:
        raise LinkError(_HIDDEN)
    if for_page:
        is_new, consents = link.is_new(home), Consents(home)
        if link.agreed:
            consents.add(link.consent(home))
        elif is_new or link.backup or link.consent(home) not in consents:
            return link
        passes.give(link)
        return None
    # who is led to the address that does the work would pass by the question
    site = headers.get("Sec-Fetch-Site", "same-origin")
    inner = site == "same-origin" and headers.get("Sec-Fetch-Dest", "empty") == "empty"
    if not inner or not passes.has(link):
        raise LinkError("It leads to an inner address. A course's link leads to git-pull.")
    return None


def _origin(folder: Path) -> str:
    """Tell where a clone came from; empty if that can't be told."""
    command = ["git", "config", "--no-includes", "--file", "-", "--get", "remote.origin.url"]
    try:
        text = read_file(folder / ".git" / "config")
        done = subprocess.run(  # noqa: S603 (no shell; git reads it, and runs nothing of it)
            command, input=text, capture_output=True, check=False, timeout=_GIT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip()


def _same(one: str, other: str) -> bool:
    """Whether two addresses are a repository's."""
    return one.rstrip("/").removesuffix(".git") == other.rstrip("/").removesuffix(".git")


def _texts(arguments: Mapping[str, Sequence[bytes]], *, for_page: bool) -> dict[str, str]:
    given: dict[str, str] = {}
    for spelling, values in arguments.items():
        # what the page sends on has one spelling: another would be checked and not used
        name = _SPELLINGS.get(spelling, spelling) if for_page else spelling
        if name not in _KNOWN:
            continue
        if name in given or len(values) != 1:
            raise LinkError(f"It says {name} more than once.")
        given[name] = _text(name, values[0])
    return given


def _text(name: str, value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise LinkError(f"What it says as {name} is no text.") from None
    # tornado strips what it hands on, and " .ipython" would be another folder then
    if len(text) > LONGEST or not text.isprintable() or text != text.strip():
        raise LinkError(f"What it says as {name} is too long, or has spaces or letters unseen.")
    if any(letter in "<>\"'\\`" for letter in text):
        raise LinkError(f"What it says as {name} has a letter that no link needs.")
    return text
