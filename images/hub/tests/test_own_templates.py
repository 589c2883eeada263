"""Templates of the course's own: in the place of the hub's, and rendered before it has them."""

import json
from pathlib import Path

import pytest
from running import Browser, running_hub
from semesterhub.own_templates import paths, problems
from semesterhub.settings import Template

EXTENDED = (
    '{% extends "course/login.html" %}'
    '{% block login %}<p id="own">Hello</p>{{ super() }}{% endblock %}'
)


def found(**templates: str) -> list[str]:
    return list(
        problems([Template(name.replace("_", "."), text) for name, text in templates.items()])
    )


def test_the_hubs_own_templates_have_no_problem() -> None:
    assert found() == []
    course = (Path(__file__).parent.parent / "templates" / "course.html").read_text()
    assert found(course_html=course) == []


def test_one_that_extends_the_hubs_is_taken() -> None:
    assert found(login_html=EXTENDED) == []
    assert found(page_html='{% extends "course/page.html" %}', extra_css="p {}") == [
        "extra.css: no page has this name, and no other template names it"
    ]
    with_style = (
        '{% extends "course/page.html" %}{% block title %}{% include "extra.css" %}{% endblock %}'
    )
    assert found(page_html=with_style, extra_css="p {}") == []


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{% block main %}", "TemplateSyntaxError"),
        ('{% extends "nothing.html" %}', "TemplateNotFound"),
        ("{{ nothing.at_all }}", "UndefinedError"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ('<form method="post"><input name="username"></form>', "no _xsrf"),
    ],
)
def test_a_page_that_would_not_work_is_found(template: str, said: str) -> None:
    [problem] = found(login_html=template)
    assert problem.startswith("login.html: ")
    assert said in problem


def test_a_mistyped_name_is_found() -> None:
    assert found(logn_html=EXTENDED) == [
        "logn.html: no page has this name, and no other template names it"
    ]


def test_the_hub_shows_them(tmp_path: Path) -> None:
    secret = json.dumps({"password": "only for tests"})
    changes = {"face": {"templates": [{"name": "login.html", "text": EXTENDED}]}}
    with running_hub(tmp_path, changes=changes, LOGIN='{"method": "dummy"}', SECRET=secret) as url:
        text = Browser(url).ask("/hub/login")[1]
    assert '<p id="own">Hello</p>' in text
    assert 'id="login_submit"' in text
    assert len(paths([])) == 1
