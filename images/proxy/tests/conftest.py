"""The proxy's stage, set up once for the session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from proxy_stage import Stage, until


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Nginx, chp and a stand-in upstream."""
    one = Stage(tmp_path_factory.mktemp("proxy"))
    try:
        one.prepare()
        one.start_upstream()
        one.start_chp()
        one.start_proxy()
        until("requests reach the upstream", one.reaches_upstream)
        yield one
    finally:
        one.clear()
