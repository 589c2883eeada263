"""Chp on two networks, as in a semester."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chp_stage import Stage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Start chp and something on each network that can ask."""
    one = Stage(tmp_path_factory.mktemp("chp"))
    try:
        one.prepare()
        yield one
    finally:
        one.clear()
