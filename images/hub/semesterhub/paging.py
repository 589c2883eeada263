"""Long lists on the course page: what is searched for, a page at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

PAGE = 50
LONGEST_SEARCH = 80


@dataclass(frozen=True)
class Page(Generic[Item]):
    """A page of a list."""

    items: Sequence[Item]
    number: int
    """From 1."""
    pages: int
    found: int
    """Items on all pages."""


def page_of(
    items: Sequence[Item], number: str, search: str, name: Callable[[Item], str]
) -> Page[Item]:
    """Give the page with that number of what has the search in its name; the nearest there is."""
    wanted = search[:LONGEST_SEARCH].strip().lower()
    found = [each for each in items if wanted in name(each).lower()] if wanted else items
    pages = max(1, -(-len(found) // PAGE))
    number_asked = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1  # noqa: PLR2004 (a page of six digits at most)
    at = min(max(1, number_asked), pages)
    return Page(found[(at - 1) * PAGE : at * PAGE], at, pages, len(found))
