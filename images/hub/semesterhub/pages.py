"""What every page of the hub can use, and what its error pages say."""

from collections.abc import Callable
from typing import Any, NamedTuple

from semesterhub.announcements import BOARD
from semesterhub.face import login_words, logo_version
from semesterhub.roster import load_roster
from semesterhub.settings import Settings

STAFF = "the course's staff"


class Explanation(NamedTuple):
    """What happened, and what to do."""

    title: str
    text: str
    home: bool = True
    """Whether a way to one's own page helps."""


def template_vars(settings: Settings) -> dict[str, Any]:
    """Give templates the course and its face, whom to ask, who is staff, the words for an error."""
    contact = settings.contact or STAFF
    title = settings.title
    # JupyterHub calls what can be called, with the user
    explaining: Callable[[Any], Any] = lambda _user: lambda *about: explain(*about, title, contact)  # noqa: E731
    return {
        "course_title": title,
        "contact": contact,
        "face": settings.face,
        "course_logo": logo_version(settings.face.logo),
        "login_words": login_words(settings),
        "throws_away": settings.login.method == "workshop",
        "keeps_passwords": settings.login.method == "native",
        "is_staff": lambda user: bool(user) and load_roster().is_staff(user.name),
        "explain": explaining,
        "news": lambda _user: BOARD.current(),
    }


def explain(status: int, message: str, title: str, contact: str) -> Explanation:
    """Say in the course's words what happened. A message of JupyterHub's own is for programs."""
    message = message or ""
    if status == 404:  # noqa: PLR2004
        return Explanation(
            "There is nothing here",
            "The address is mistyped, or what was there is gone. Your files are safe.",
        )
    if status == 403 and ("scope" in message or "redentials" in message or not message):  # noqa: PLR2004
        return Explanation(
            "This is not for you",
            f"You are logged in, but this page or server belongs to somebody else in {title}. If"
            f" somebody sent you here, they meant another page; if you need it, ask {contact}.",
        )
    if status == 403 and "_xsrf" in message:  # noqa: PLR2004
        return Explanation(
            "This page was open too long",
            "What you sent was refused, because the page was older than your login. Go back, load"
            " the page again, and do it once more.",
        )
    if status == 429:  # noqa: PLR2004
        return _later(message, title, contact)
    if status >= 500:  # noqa: PLR2004
        return Explanation(
            "Something went wrong",
            f"{message} It is not your fault, and your files are safe. Try again in a minute; if it"
            f" happens again, tell {contact} what you did and when.".strip(),
        )
    titles = {
        400: "This did not work",
        401: "You are not logged in",
        403: "You can't come in here",
        409: "This can't be done now",
        410: "This link is no longer valid",
        413: "This is too large",
    }
    return Explanation(titles.get(status, "This did not work"), message or f"Ask {contact}.")


def _later(message: str, title: str, contact: str) -> Explanation:
    if "limit exceeded" not in message:
        return Explanation("Not at the moment", message or "Wait a minute, then try again.")
    return Explanation(
        "All places are taken",
        f"As many servers of {title} run as may run at once. One becomes free when somebody stops"
        " theirs or has not used it for a while: try again in a few minutes. If you need one now,"
        f" ask {contact}. Your files are safe.",
    )
