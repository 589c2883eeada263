"""Which submissions of an assignment have more code in common than chance gives.

Winnowing (Schleimer, Wilkerson, Aiken: SIGMOD 2003): of each run of `GRAM` tokens a hash, of each
`WINDOW` hashes the least. Any common run of GRAM + WINDOW - 1 tokens is found, whatever its names,
its layout and its place. What the teacher gave out counts for nobody. Nothing leaves this machine.
"""

import json
import keyword
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from semesterhub_grading.collect import submissions
from semesterhub_grading.settings import Settings

GRAM, WINDOW = 10, 6
LARGEST = 4 << 20
MOST_CODE = 200_000
# What more than this many have is the exercise, or the lecture's.
COMMON = 0.3
LEAST_SHARE, LEAST_PRINTS, MOST_PAIRS = 0.4, 8, 50
_TOKEN = re.compile(r"#[^\n]*|[^\W\d]\w*|\d[\w.]*|\"[^\"\n]*\"|'[^'\n]*'|[^\w\s]")
_KEYWORDS = frozenset(keyword.kwlist)


@dataclass(frozen=True)
class Pair:
    """Two submissions of one notebook."""

    notebook: str
    students: tuple[str, str]
    share: float
    """Of what is the smaller one's own, how much is in the other one."""
    prints: int


def tokens(code: str) -> list[str]:
    """Read code as tokens: names, numbers and texts are all the same, comments are none."""
    found = []
    for match in _TOKEN.finditer(code[:MOST_CODE]):
        text = match[0]
        if text in _KEYWORDS or not (text[0].isalnum() or text[0] in "_\"'#"):
            found.append(text)
        elif text[0] != "#":
            found.append("T" if text[0] in "\"'" else "N" if text[0].isdigit() else "V")
    return found


def prints(code: str) -> set[int]:
    """Return the fingerprints of code."""
    read = tokens(code)
    hashes = [
        zlib.crc32("\0".join(read[at : at + GRAM]).encode()) for at in range(len(read) - GRAM + 1)
    ]
    if not hashes:
        return set()
    windows = max(1, len(hashes) - WINDOW + 1)
    return {min(hashes[at : at + WINDOW]) for at in range(windows)}


def code_of(path: Path) -> str:
    """Return a notebook's code; a student's may be anything, and is then none."""
    try:
        if path.is_symlink() or path.stat().st_size > LARGEST:
            return ""
        cells = json.loads(path.read_text("utf-8"))["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return "\n".join("".join(source) for source in sources)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def compare(notebook: str, code: Mapping[str, str], given: str) -> list[Pair]:
    """Compare each two; the most alike are first."""
    released = prints(given)
    own = {student: prints(text) - released for student, text in code.items()}
    owners: dict[int, list[str]] = defaultdict(list)
    for student in sorted(own):
        for one in own[student]:
            owners[one].append(student)
    most = max(2, int(COMMON * len(own)))
    everybodys = {one for one, who in owners.items() if len(who) > most}
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for one, who in owners.items():
        if one not in everybodys:
            for pair in combinations(who, 2):
                shared[pair] += 1
    rare = {student: len(found - everybodys) for student, found in own.items()}
    pairs = [
        Pair(notebook, both, count / min(rare[both[0]], rare[both[1]]), count)
        for both, count in shared.items()
        if count >= LEAST_PRINTS
    ]
    alike = [pair for pair in pairs if pair.share >= LEAST_SHARE]
    return sorted(alike, key=lambda pair: (-pair.share, -pair.prints, pair.students))


def report(settings: Settings, assignment: str) -> list[Pair]:
    """Compare the newest submissions of an assignment, notebook by notebook."""
    places = settings.places
    given = places.exchange / settings.course / "outbound" / assignment
    newest = {one.student: one.folder / "files" for one in submissions(places.received, assignment)}
    found: list[Pair] = []
    for released in sorted(given.glob("*.ipynb")):
        code = {student: code_of(folder / released.name) for student, folder in newest.items()}
        found += compare(released.stem, code, code_of(released))
    return _first(found)


def _first(found: Iterable[Pair]) -> list[Pair]:
    return sorted(found, key=lambda pair: (-pair.share, -pair.prints))[:MOST_PAIRS]
