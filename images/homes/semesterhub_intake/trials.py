"""What came of trial runs (images/grading, trials.py), for the students to see."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

LARGEST = 4096
MOST_CELLS = 100_000
ID = re.compile(r"[0-9A-Za-z.-]{1,100}")
LONGEST = 200


def read_trials(folder: Path, slugs: Iterable[str]) -> dict[str, dict[str, object]]:
    """Return by student, then by assignment, what came of trials; nonsense is left out."""
    known = set(slugs)
    found: dict[str, dict[str, object]] = {}
    for assignment, path in _files(folder):
        if path.stem in known and (trial := _read(path)):
            found.setdefault(path.stem, {})[assignment] = trial
    return found


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    try:
        assignments = sorted(folder.iterdir())
    except FileNotFoundError:
        return
    for place in assignments:
        for path in sorted(place.glob("[!.]*.json")):
            yield place.name, path


def _read(path: Path) -> dict[str, object] | None:
    try:
        with path.open("rb") as file:
            data = json.loads(file.read(LARGEST))
        cells, well, problem = data["cells"], data["well"], data["problem"]
        ok = type(cells) is type(well) is int and 0 <= well <= cells <= MOST_CELLS
        if not ok or not isinstance(problem, str) or not ID.fullmatch(data["id"]):
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return {"id": data["id"], "cells": cells, "well": well, "problem": problem[:LONGEST]}
