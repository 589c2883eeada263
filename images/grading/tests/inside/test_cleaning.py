"""What comes through to a grader's browser of what a student wrote."""

import html.parser
import time
from typing import Any

import course
import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from semesterhub_grading import cleaning
from semesterhub_grading.configuration import configuration
from semesterhub_grading.settings import Settings

MARKDOWN = {
    "script": "<script>parent.x=1</script>",
    "script over lines": "<script\n>parent.x=1</script\n>",
    "handler": '<img src=x onerror="parent.x=1">',
    "svg": '<svg onload="parent.x=1"><script>parent.x=1</script></svg>',
    "link": "[click](javascript:parent.x=1)",
    "link in HTML": '<a href="jav&#x09;ascript:parent.x=1">click</a>',
    "frame": '<iframe srcdoc="<script>parent.x=1</script>"></iframe>',
    "form": '<form action="/hub/logout"><button formaction="javascript:x">send</button></form>',
    "meta": '<meta http-equiv="refresh" content="0;url=javascript:parent.x=1">',
    "base": '<base href="//evil.example/">',
    "object": '<object data="data:text/html,<script>parent.x=1</script>"></object>',
    "style": '<style>@import "//evil.example/x.css"</style>',
    "math": r"$<img src=x onerror=parent.x=1>$",
    "math tag": '<math><mtext><table><mglyph><style><img src=x onerror="x=1"></style></math>',
    "image link": "![x](javascript:parent.x=1)",
    "remote image": "![x](//evil.example/x.png)",
    "title": '[x](http://e.example "onmouseover=x=1 \\"")',
    "code": "```html\n<script>parent.x=1</script>\n```",
    "comment": "<!--><script>parent.x=1</script>-->",
}
OUTPUTS: dict[str, dict[str, Any]] = {
    "html": {"text/html": "<script>parent.x=1</script><b onclick='x=1'>b</b>"},
    "javascript": {"application/javascript": "parent.x=1"},
    "markdown": {"text/markdown": "<img src=x onerror=parent.x=1>"},
    "svg": {"image/svg+xml": "<svg onload='parent.x=1'/>"},
    "latex": {"text/latex": "$<img src=x onerror=parent.x=1>$"},
    "png": {"image/png": '"><img src=x onerror=parent.x=1>'},
    "widget": {"application/vnd.jupyter.widget-view+json": {"model_id": "</script><script>x=1"}},
    "plain": {"text/plain": "<script>parent.x=1</script>"},
}


class Seen(html.parser.HTMLParser):
    """Finds what could run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag."""
        if tag in {"script", "iframe", "object", "embed", "base", "meta", "form", "style", "svg"}:
            self.found.append(tag)
        for name, value in attrs:
            text = "".join((value or "").split()).lower()
            if name.startswith("on") or name in {"srcdoc", "formaction", "srcset"}:
                self.found.append(name)
            if "javascript:" in text or "evil.example" in text:
                self.found.append(f"{name}={value}")


def body(settings: Settings, cells: list[Any]) -> str:
    """Write the page, without its own head."""
    config = configuration(settings)
    config.HTMLExporter.template_name = "classic"
    page, _ = HTMLExporter(config=config).from_notebook_node(new_notebook(cells=cells))
    return str(page).partition("</head>")[2].partition("<body")[2]


def dangers(text: str) -> list[str]:
    seen = Seen()
    seen.feed(text)
    return seen.found


@pytest.mark.parametrize("name", MARKDOWN)
def test_markdown(settings: Settings, name: str) -> None:
    assert dangers(body(settings, [new_markdown_cell(MARKDOWN[name])])) == []


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_of_the_sandbox(settings: Settings, name: str) -> None:
    raw = {"output_type": "display_data", "data": OUTPUTS[name], "metadata": {"x": "<script>"}}
    cleaned = cleaning.output(raw, cleaning.Budget())
    assert cleaned is not None
    cell = new_code_cell("1", outputs=[nbformat.from_dict(cleaned)])
    assert dangers(body(settings, [cell])) == []


def test_the_page_without_our_filters_is_dangerous(settings: Settings) -> None:
    """What this guards against is there: else the tests above would show nothing."""
    config = configuration(settings)
    config.HTMLExporter.template_name = "classic"
    config.HTMLExporter.sanitize_html = False
    config.HTMLExporter.filters = {}
    cells = [new_markdown_cell(text) for text in MARKDOWN.values()]
    cells.append(new_code_cell("1", outputs=[new_output("display_data", OUTPUTS["html"])]))
    page, _ = HTMLExporter(config=config).from_notebook_node(new_notebook(cells=cells))
    assert len(dangers(str(page).partition("<body")[2])) > 10


def test_what_is_harmless_stays(settings: Settings) -> None:
    text = "**bold** [a link](https://example.edu) $x^2$\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    page = body(settings, [new_markdown_cell(text)])
    for part in ("<strong>bold</strong>", 'href="https://example.edu"', "$x^2$", "<table"):
        assert part in page


@pytest.mark.parametrize("tags", ["<b><p>", "<div>", "<ul><li>", "<table><td>"])
def test_open_tags_cost_no_more_than_the_budget(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tags: str
) -> None:
    """Parsing them takes minutes, and the service shows nobody a page meanwhile."""
    monkeypatch.setattr(cleaning, "SECONDS", 0.5)
    text = f"{tags * 10_000}<script>parent.x=1</script>"
    began = time.process_time()
    cells: list[Any] = [new_markdown_cell(text)] * 3
    raw = {"output_type": "display_data", "data": {"text/html": text}, "metadata": {}}
    budget = cleaning.Budget()
    outputs = [nbformat.from_dict(cleaning.output(raw, budget)) for _ in range(3)]
    page = body(settings, [*cells, new_code_cell("1", outputs=outputs)])
    assert dangers(page) == []
    assert time.process_time() - began < 10
    # It is there, as it is written.
    assert "&lt;script&gt;parent.x=1&lt;/script&gt;" in page


@pytest.mark.parametrize(
    "raw",
    [
        *(None, 1, [], {}, {"output_type": "x"}, {"output_type": "display_data"}),
        {"output_type": "stream", "name": "<x>", "text": ["a", {"b": 1}]},
        {"output_type": "error", "ename": 1, "evalue": None, "traceback": "x"},
        {"output_type": "execute_result", "data": {"text/plain": 1}, "execution_count": "<b>"},
        {"output_type": "stream", "text": "\ud800"},
    ],
)
def test_an_output_is_ours_or_none(raw: object) -> None:
    made = cleaning.output(raw, cleaning.Budget())
    if made is not None:
        cell = new_code_cell("", outputs=[nbformat.from_dict(made)])
        nbformat.writes(new_notebook(cells=[cell])).encode()
        nbformat.validate(new_notebook(cells=[cell]))


def test_hidden_tests_are_not_in_the_page(settings: Settings) -> None:
    from semesterhub_grading.feedback import HideTests  # noqa: PLC0415 (there only in the image)

    source = f"assert 1\n### BEGIN HIDDEN TESTS\n{course.HIDDEN}\n### END HIDDEN TESTS\nx = 1"
    colored = "\x1b[0;32m----> 3\x1b[0m " + course.HIDDEN.replace(" == ", " \x1b[1m==\x1b[0m ")
    notebook = new_notebook(
        cells=[
            new_code_cell("spy()", outputs=[new_output("stream", text=f"I saw {course.HIDDEN}\n")]),
            new_code_cell(
                source,
                outputs=[new_output("error", ename="E", evalue="", traceback=[colored])],
            ),
        ]
    )
    HideTests(parent=None).preprocess(notebook, {})
    text = nbformat.writes(notebook)
    assert "only staff know" not in text
    assert "x = 1" in text
    assert settings.show_hidden_tests is False
