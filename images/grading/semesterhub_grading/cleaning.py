"""What a student wrote, made safe for the browser of who grades it.

nbgrader's pages put Markdown and outputs into a page as they are. `sanitize_html` of nbconvert
cleans outputs only, so the Markdown filter is replaced as well.

Parsing takes time with the square of the open tags: 50 KB of them take minutes, and a service that
shows pages shows none meanwhile. So there is a budget for all of a notebook, or of a page.
"""

import base64
import binascii
import functools
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from types import FrameType
from typing import Any

import bleach
from bleach.css_sanitizer import CSSSanitizer
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter

TAGS = frozenset(
    [
        *("a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del"),
        *("details", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4"),
        *("h5", "h6", "hr", "i", "img", "input", "kbd", "li", "ol", "p", "pre", "q", "s", "samp"),
        *("small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot"),
        *("th", "thead", "tr", "tt", "u", "ul", "var"),
    ]
)
STYLES = CSSSanitizer(
    allowed_css_properties=[
        "background-color",
        "border",
        "color",
        "font-style",
        "font-weight",
        "text-align",
        "text-decoration",
        "vertical-align",
        "white-space",
    ]
)
_ATTRIBUTES: dict[str, frozenset[str]] = {
    "*": frozenset({"class", "title", "style", "align"}),
    "a": frozenset({"href"}),
    "img": frozenset({"src", "alt", "width", "height"}),
    "input": frozenset({"type", "checked", "disabled"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan"}),
}
_PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=\s]+")
_ADDRESS = re.compile(r"(https?:|mailto:|#)", re.IGNORECASE)
_INTEGER = re.compile(r"[0-9]{1,4}%?")
# What a cell's output may be, in the order in which nbconvert would choose.
SECONDS = 10.0
"""Of a processor; a notebook with hundreds of tables takes some."""
TEXTS = ("text/html", "text/markdown", "text/latex", "text/plain")
PICTURES = ("image/png", "image/jpeg", "image/gif")


def _attribute(tag: str, name: str, value: str) -> bool:
    if name not in _ATTRIBUTES["*"] | _ATTRIBUTES.get(tag, frozenset()):
        return False
    if name == "src":
        # No address of ours or of another's: opening a page must not ask for anything.
        return _PICTURE.fullmatch(value) is not None
    if name == "href":
        return _ADDRESS.match(value.strip()) is not None
    if name in {"width", "height", "colspan", "rowspan"}:
        return _INTEGER.fullmatch(value) is not None
    if tag == "input" and name == "type":
        return value == "checkbox"
    return True


@functools.cache
def _cleaner() -> bleach.Cleaner:
    return bleach.Cleaner(
        tags=TAGS,
        attributes=_attribute,
        protocols=["http", "https", "mailto", "data"],
        css_sanitizer=STYLES,
        strip=True,
        strip_comments=True,
    )


def clean(html: str) -> str:
    """Leave of HTML what can do nothing."""
    # A script's or style's text is no text for people either.
    html = re.sub(r"(?is)<(script|style|template|noscript)\b.*?(</\1\s*>|\Z)", "", html)
    return _cleaner().clean(html)


class OutOfTimeError(BaseException):
    """The budget is used up; no exception that a library would catch."""


class Budget:
    """The time that cleaning may take altogether; what is left over is shown as it is written."""

    def __init__(self) -> None:
        self._left = SECONDS

    @contextmanager
    def spend(self) -> Iterator[None]:
        """Raise OutOfTimeError in what takes too long. Works in a process's first thread alone."""
        if self._left <= 0:
            raise OutOfTimeError
        before = signal.signal(signal.SIGVTALRM, _end)
        began = time.process_time()
        # And again, should a library have caught the first.
        signal.setitimer(signal.ITIMER_VIRTUAL, self._left, 0.1)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, before)
            self._left -= time.process_time() - began

    def clean(self, html: str) -> str:
        """Leave of HTML what can do nothing."""
        try:
            with self.spend():
                return clean(html)
        except OutOfTimeError:
            return _as_text(html)


def _end(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTimeError


class _Text(str):
    """HTML of ours that shows what was written; nbconvert has Markdown cleaned once more."""

    __slots__ = ()


def _as_text(source: str) -> str:
    return (
        source if isinstance(source, _Text) else _Text(f"<pre>{escape(source, quote=False)}</pre>")
    )


def _budget_of(context: Any) -> Budget:  # noqa: ANN401 (jinja2's)
    """Find the budget of the page that is being written; all of it has the same resources."""
    resources = context["resources"]
    if not isinstance(resources.get("cleaning"), Budget):
        resources["cleaning"] = Budget()
    found: Budget = resources["cleaning"]
    return found


@pass_context
def markdown2html(context: Any, source: str) -> str:  # noqa: ANN401 (jinja2's)
    """Render Markdown as nbconvert does, and clean what comes out."""
    try:
        with _budget_of(context).spend():
            return clean(_plain_exporter().markdown2html(context, source))
    except (OutOfTimeError, Exception):  # noqa: BLE001 (a student's Markdown must not take the page away)
        return _as_text(source)


@pass_context
def clean_html(context: Any, html: str) -> str:  # noqa: ANN401 (jinja2's)
    """Clean an output."""
    return _budget_of(context).clean(html)


@functools.cache
def _plain_exporter() -> HTMLExporter:
    return HTMLExporter()


FILTERS = {
    "markdown2html": markdown2html,
    "clean_html": clean_html,
    "strip_files_prefix": lambda text: text,
}
"""For the exporter's trait `filters`."""


def output(raw: object, budget: Budget) -> dict[str, Any] | None:
    """Make an output of the sandbox one of ours: known fields of known types, or None."""
    if not isinstance(raw, dict):
        return None
    kind = raw.get("output_type")
    if kind == "stream":
        name = "stderr" if raw.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": _text(raw.get("text"))}
    if kind == "error":
        trace = raw.get("traceback")
        lines = [_text(line) for line in trace] if isinstance(trace, list) else []
        return {
            "output_type": "error",
            "ename": _text(raw.get("ename")),
            "evalue": _text(raw.get("evalue")),
            "traceback": lines,
        }
    if kind in {"display_data", "execute_result"} and isinstance(raw.get("data"), dict):
        made: dict[str, Any] = {
            "output_type": kind,
            "metadata": {},
            "data": data(raw["data"], budget),
        }
        if kind == "execute_result":
            made["execution_count"] = count(raw.get("execution_count"))
        return made
    return None


def data(raw: dict[str, Any], budget: Budget) -> dict[str, str]:
    """Keep text and pictures of an output's data: no script, no widget, no SVG."""
    kept = {kind: _text(raw[kind]) for kind in TEXTS if kind in raw}
    if "text/html" in kept:
        kept["text/html"] = budget.clean(kept["text/html"])
    if "text/latex" in kept:
        kept["text/latex"] = escape(kept["text/latex"], quote=False)
    for kind in PICTURES:
        try:
            picture = base64.b64decode(_text(raw.get(kind, "")), validate=False)
        except (ValueError, binascii.Error):
            continue
        if picture:
            kept[kind] = base64.b64encode(picture).decode()
    return kept or {"text/plain": "(an output of a kind that is not shown here)"}


def count(raw: object) -> int | None:
    """Read an execution count."""
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else None


def _text(raw: object) -> str:
    if isinstance(raw, list):
        raw = "".join(str(part) for part in raw)
    # Surrogates would make a notebook that can't be written.
    return str("" if raw is None else raw).encode("utf-8", "replace").decode()
