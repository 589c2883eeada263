"""Names and folder names."""

import re

import pytest
from semesterhub_homes.names import NameRefusedError, check_username, slug_for


@pytest.mark.parametrize(
    "name",
    [
        "ada",
        "Ada Lovelace",
        "ada@example.org",
        "李小龙",
        "o'neil",
        "-",
        "a" * 255,
        "😀",
        "a..b",
        "%2e",
    ],
)
def test_allowed(name: str) -> None:
    assert check_username(name) == name
    assert re.fullmatch(r"[a-z0-9-]{1,22}", slug_for(name))


@pytest.mark.parametrize(
    "name",
    ["", "a" * 256, "a\0b", "a\nb", "a\tb", "..", ".", "a/b", "../x", "a\\b", " a",
     "a ", "a\u202eb", "a\u200bb", "\ud800", "a\u2028b", None, 5, True, ["a"]],
)  # fmt: skip
def test_refused(name: object) -> None:
    with pytest.raises(NameRefusedError):
        check_username(name)


def test_slugs() -> None:
    assert slug_for("ada-1") == "ada-1"
    assert slug_for("a" * 22) == "a" * 22
    assert re.fullmatch(r"a{13}-[0-9a-f]{8}", slug_for("a" * 41))
    assert re.fullmatch(r"ada-example-o-[0-9a-f]{8}", slug_for("ada@example.org"))
    assert re.fullmatch(r"grue-[0-9a-f]{8}", slug_for("Grüße"))
    assert re.fullmatch(r"user-[0-9a-f]{8}", slug_for("李小龙"))


def test_different_people_have_different_slugs() -> None:
    names = ["Ada", "ada", "ADA", "ada ", "ada.", "ada@x", "ada#x", "ädä"]
    assert len({slug_for(name) for name in names}) == len(names)
    assert slug_for("Ada") != slug_for("Ada", 1)
