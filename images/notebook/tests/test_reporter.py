"""What a server tells the hub of itself, and what it learns in return."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from semesterhub_notebook import reporter as module
from semesterhub_notebook.reporter import Reporter, cpu_seconds, memory
from tornado.httpclient import HTTPClientError

MEGABYTE = 2**20


@pytest.fixture
def v2(tmp_path: Path) -> Path:
    (tmp_path / "memory.current").write_text(f"{300 * MEGABYTE}\n")
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {100 * MEGABYTE}\n")
    (tmp_path / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
    return tmp_path


def test_memory_and_processor_time_of_both_kinds_of_kernel(v2: Path, tmp_path: Path) -> None:
    assert memory(v2) == 200 * MEGABYTE
    assert cpu_seconds(v2) == 2.5
    v1 = tmp_path / "v1"
    for folder in ("memory", "cpuacct"):
        (v1 / folder).mkdir(parents=True)
    (v1 / "memory" / "memory.usage_in_bytes").write_text("500\n")
    (v1 / "memory" / "memory.stat").write_text("inactive_file 1\ntotal_inactive_file 200\n")
    (v1 / "cpuacct" / "cpuacct.usage").write_text("1500000000\n")
    assert (memory(v1), cpu_seconds(v1)) == (300, 1.5)


def test_processors_are_those_since_the_last_report(v2: Path) -> None:
    now = [100.0]
    reporter = Reporter("http://hub", "t", v2, lambda: now[0])
    assert reporter.usage()["cpus"] == 0.0
    now[0] = 130.0
    (v2 / "cpu.stat").write_text("usage_usec 17500000\n")
    assert reporter.usage() == {"memory": 200 * MEGABYTE, "cpus": 0.5}


class Answer:
    """What the hub says."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def text(self) -> str:
        """Give it."""
        return self._text


def test_what_is_announced_is_kept_while_the_hub_is_away(
    v2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []
    answers: list[object] = [
        Answer('{"announcement": {"id": "1", "text": "Exam", "ends": null}}'),
        ConnectionRefusedError(),
        HTTPClientError(599, "Timeout during request"),
        Answer("<html>"),
        Answer("[]"),
        Answer('{"announcement": null}'),
    ]

    async def fetch(url: str, **request: Any) -> object:
        asked.append((url, request))
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(module, "fetch", fetch)
    reporter = Reporter("http://hub:8081/hub/api", "s3cret", v2)
    seen = []
    for _ in range(6):
        asyncio.run(reporter.report())
        seen.append(reporter.announcement and reporter.announcement["text"])
    assert seen == ["Exam", "Exam", "Exam", "Exam", "Exam", None]
    url, request = asked[0]
    assert url == "http://hub:8081/hub/api/course/news"
    assert request["headers"]["Authorization"] == "token s3cret"
    assert json.loads(request["data"]) == {"memory": 200 * MEGABYTE, "cpus": 0.0}
