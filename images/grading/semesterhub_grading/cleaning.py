"""What a student wrote, made safe for the browser of who grades it.

nbgrader's pages put Markdown and outputs into a page as they are. `sanitize_html` of nbconvert
cleans outputs only, so the Markdown filter is replaced as well.
"""

import base64
import binascii
import functools
import re
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


@pass_context
def markdown2html(context: Any, source: str) -> str:  # noqa: ANN401 (jinja2's)
    """Render Markdown as nbconvert does, and clean what comes out."""
    try:
        return clean(_plain_exporter().markdown2html(context, source))
    except Exception:  # noqa: BLE001 (a student's Markdown must not take the page away)
        return f"<pre>{bleach.clean(source, tags=set())}</pre>"


@functools.cache
def _plain_exporter() -> HTMLExporter:
    return HTMLExporter()


FILTERS = {
    "markdown2html": markdown2html,
    "clean_html": clean,
    "strip_files_prefix": lambda text: text,
}
"""For the exporter's trait `filters`."""


def output(raw: object) -> dict[str, Any] | None:
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
        made: dict[str, Any] = {"output_type": kind, "metadata": {}, "data": data(raw["data"])}
        if kind == "execute_result":
            made["execution_count"] = count(raw.get("execution_count"))
        return made
    return None


def data(raw: dict[str, Any]) -> dict[str, str]:
    """Keep text and pictures of an output's data: no script, no widget, no SVG."""
    kept = {kind: _text(raw[kind]) for kind in TEXTS if kind in raw}
    if "text/html" in kept:
        kept["text/html"] = clean(kept["text/html"])
    if "text/latex" in kept:
        kept["text/latex"] = bleach.clean(kept["text/latex"], tags=set())
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
