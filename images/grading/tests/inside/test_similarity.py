"""What counts as alike, and what does not."""

from dataclasses import replace
from pathlib import Path

import course
import pytest
from nbformat.v4 import new_code_cell
from semesterhub_grading.settings import Settings
from semesterhub_grading.similarity import code_of, compare, prints, report, tokens
from service import Service

SOLUTION = """
def moving(values, width):
    result = []
    for at in range(len(values) - width + 1):
        window = values[at : at + width]
        if any(one is None for one in window):
            continue
        result.append(sum(window) / width)
    while result and result[-1] == 0:
        result.pop()
    return {"mean": result, "n": len(result), "width": width}
"""
DISGUISED = """
# all mine
def m(xs, w):

    out = []   # the result
    for i in range(len(xs) - w + 1):
        part = xs[i : i + w]
        if any(p is None for p in part): continue
        out.append(sum(part) / w)
    while out and out[-1] == 0: out.pop()
    return {'average': out, 'count': len(out), 'w': w}
"""
OTHER = """
import numpy as np

def moving(values, width):
    kernel = np.ones(width) / width
    good = np.array([v for v in values if v is not None], dtype=float)
    means = np.convolve(good, kernel, mode="valid")
    last = np.flatnonzero(means)
    means = means[: last[-1] + 1] if last.size else means[:0]
    return dict(mean=list(means), n=means.size, width=width)
"""


def test_names_layout_and_comments_change_nothing() -> None:
    assert tokens("x = 1  # one") == tokens("yy=22") == ["V", "=", "N"]
    [pair] = compare("p", {"ada": SOLUTION, "eve": DISGUISED, "alan": OTHER}, "")
    assert pair.students == ("ada", "eve")
    assert pair.share > 0.8


def test_what_was_given_out_is_nobodys() -> None:
    work = {"ada": SOLUTION + OTHER, "eve": SOLUTION + "x = 1"}
    assert compare("p", work, SOLUTION) == []
    assert compare("p", work, "") != []


def test_what_a_third_of_the_course_has_is_nobodys() -> None:
    assert compare("p", {f"s{n}": SOLUTION for n in range(10)}, "") == []


def test_short_code_is_no_evidence() -> None:
    assert prints("x = 1") == set()
    assert (
        compare("p", {"ada": "def f(x):\n    return 2 * x", "eve": "def g(y):\n return 2*y"}, "")
        == []
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"cells": 1}',
        '{"cells": [{}]}',
        "[" * 100_000,
        '{"cells": [{"cell_type": "code", "source": 5}]}',
    ],
)
def test_a_notebook_that_is_none_has_no_code(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(text)
    assert code_of(path) == ""
    assert code_of(tmp_path / "missing.ipynb") == ""


def test_a_link_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").symlink_to("/etc/passwd")
    assert code_of(tmp_path / "a.ipynb") == ""


def test_the_report_is_of_the_newest_and_a_page_where_it_is_wanted(
    graded: Settings, root: Path
) -> None:
    for student, code in (("ada", SOLUTION), ("eve", OTHER), ("eve", DISGUISED)):
        course.receive(root, student, course.work(root, "pass", "", new_code_cell(code)))
    [pair] = report(graded, "ps1")
    assert (pair.notebook, pair.students) == ("p1", ("ada", "eve"))
    with Service(replace(graded, similarity=True)) as service:
        page = service.ask("/similarity/ps1")
        assert page.status == 200
        assert page.text.count("formgrader/submissions/") == 1
        assert "not autograded yet" in page.text
        assert "ada" not in page.text
        assert service.ask("/similarity/ps1", "ada").status == 403
    with Service(graded) as service:
        assert service.ask("/similarity/ps1").status == 404
