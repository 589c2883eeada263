"""`semesterhub-templates`: templates of the course's own, rendered before the hub has them.

A template of their own takes the place of the hub's of the same name, which it can extend as
`course/NAME`. Standard input has them as JSON; what is wrong ends the command with a list of it.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, TemplateError
from jupyterhub._data import DATA_FILES_PATH

from semesterhub.announcements import Announcement
from semesterhub.git_links import EMPTY_FORM
from semesterhub.pages import explain
from semesterhub.settings import Face, Template

OURS = Path(__file__).parent.parent / "templates"
THEIRS = Path(DATA_FILES_PATH) / "templates"
PAGES = ("login.html", "home.html", "spawn_pending.html", "not_running.html", "error.html")
"""The pages that everybody meets; others extend page.html as these do."""
_FORM = re.compile(r"<form\b[^>]*\bmethod=[\"']post[\"'].*?</form>", re.DOTALL | re.IGNORECASE)


def paths(templates: Sequence[Template]) -> list[str]:
    """Give the folders of templates, the course's own first."""
    if not templates:
        return [str(OURS)]
    own = Path(tempfile.mkdtemp(prefix="templates-"))
    for each in templates:
        (own / each.name).write_text(each.text, encoding="utf-8")
    (own / "course").symlink_to(OURS)
    return [str(own), str(OURS)]


def problems(templates: Sequence[Template]) -> Iterator[str]:
    """Say what is wrong, a line each."""
    known = {each.name for folder in (OURS, THEIRS) for each in folder.iterdir()}
    for each in templates:
        used = any(each.name in other.text for other in templates if other is not each)
        if each.name not in known and not used:
            yield f"{each.name}: no page has this name, and no other template names it"
    loader = FileSystemLoader([*paths(templates), str(THEIRS)])
    environment = Environment(
        loader=ChoiceLoader([PrefixLoader({"templates": FileSystemLoader(THEIRS)}, "/"), loader]),
        autoescape=True,
    )
    own = [each.name for each in templates if each.name.endswith(".html") and each.name in known]
    for name in sorted({*PAGES, *own}):
        try:
            text = environment.get_template(name).render(_sample())
        except TemplateError as error:
            place = f" ({error.name}, line {error.lineno})" if hasattr(error, "lineno") else ""
            yield f"{name}: {type(error).__name__}: {error}{place}"
            continue
        except (TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
            yield f"{name}: {type(error).__name__}: {error}"
            continue
        if any('name="_xsrf"' not in form for form in _FORM.findall(text)):
            yield f"{name}: a form has no _xsrf, so the hub would refuse it"


def _sample() -> dict[str, Any]:
    """Give a page what the hub gives it, with somebody logged in."""
    nothing = SimpleNamespace(items=[], number=1, pages=1, found=0)
    spawner = SimpleNamespace(active=True, ready=True, name="", options_form="")
    user = SimpleNamespace(name="ada", json_escaped_name="ada", spawner=spawner)
    return {
        "authenticator": SimpleNamespace(request_otp=False),
        "authenticator_login_url": "/hub/login",
        "base_url": "/hub/",
        "contact": "the staff",
        "course_logo": "0",
        "course_title": "Course",
        "default_server": spawner,
        "explain": lambda *about: explain(*about, "Course", "the staff"),
        "face": Face(),
        "is_staff": True,
        "keeps_passwords": True,
        "login_url": "/hub/login",
        "login_words": "Sign in.",
        "logout_url": "/hub/logout",
        "message": "",
        "news": Announcement("An announcement"),
        "parsed_scopes": [],
        "people": nothing,
        "prefix": "/",
        "services": [],
        "servers": nothing,
        "static_url": lambda path, **_: f"/hub/static/{path}",
        "status_code": 404,
        "user": user,
        "xsrf": "x",
        **_course_page(),
    }


def _course_page() -> dict[str, Any]:
    return {
        "address": lambda **_: "/hub/course",
        "ago": str,
        "ends": {},
        "git": EMPTY_FORM,
        "links": {},
        "ready": 0,
        "search": "",
        "size": str,
        "sort": "name",
        "sorts": {},
        "staff": 1,
        "stoppable": 0,
        "students": 1,
        "used": SimpleNamespace(memory=0, cpus=0),
        "waiting": 0,
        "without": 0,
    }


def main() -> None:
    """Check the templates on standard input."""
    found = list(problems([Template(**each) for each in json.load(sys.stdin)]))
    if found:
        lines = "\n".join(f"  - {each}" for each in found)
        sys.exit(f"The templates of semesterhub:face.templates can't be used:\n{lines}")


if __name__ == "__main__":
    main()
