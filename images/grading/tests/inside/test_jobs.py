"""The queue: what waits, what runs at once, and what becomes of what is cancelled or fails."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import performing
import pytest
from semesterhub_grading import jobs as queue
from semesterhub_grading.jobs import Job, Jobs
from semesterhub_grading.settings import Settings

SECONDS = 30


class Bench:
    """A queue whose steps end when the test says so."""

    def __init__(self, settings: Settings) -> None:
        self.data = settings.places.data
        self.jobs = Jobs(settings, performing.once_told)

    def add(self, *students: str) -> list[Job]:
        """Queue submissions."""
        return [self.jobs.add("autograde", "ps1", one, "grace") for one in students]

    def running(self) -> set[str]:
        """Say which run now."""
        return {path.stem for path in self.data.glob("*.runs")}

    def go(self, name: str, how: str = "") -> None:
        """Let one end."""
        (self.data / f"{name}.runs").unlink(missing_ok=True)
        new = self.data / f".{name}"
        new.write_text(how)
        new.rename(self.data / f"{name}.go")

    async def until_running(self, *names: str) -> None:
        """Wait until just these run."""
        async with asyncio.timeout(SECONDS):
            while self.running() != set(names):  # noqa: ASYNC110 (another process)
                await asyncio.sleep(0.01)

    async def until_ended(self, *jobs: Job) -> None:
        """Wait until these have ended."""
        async with asyncio.timeout(SECONDS):
            await asyncio.gather(*(job.finished.wait() for job in jobs))


def run(settings: Settings, test: Callable[[Bench], Awaitable[None]]) -> None:
    async def whole() -> None:
        bench = Bench(settings)
        try:
            await test(bench)
        finally:
            bench.jobs.close()
            await bench.until_ended(*bench.jobs.all())

    asyncio.run(whole())


def test_two_more_than_the_workers_run_at_once_and_the_next_when_one_ends(
    settings: Settings,
) -> None:
    async def test(bench: Bench) -> None:
        jobs = bench.add("a", "b", "c", "d", "e", "f")
        await bench.until_running("a", "b", "c", "d")
        assert [job.state for job in jobs] == ["running"] * 4 + ["waiting"] * 2
        bench.go("b")
        await bench.until_ended(jobs[1])
        await bench.until_running("a", "c", "d", "e")
        described = jobs[1].describe()
        assert (described["state"], described["error"]) == ("done", "")
        assert described["ended"] is not None

    run(settings, test)


def test_steps_of_an_assignment_go_one_after_the_other(settings: Settings) -> None:
    async def test(bench: Bench) -> None:
        first = bench.jobs.add("collect", "ps1", None, "grace")
        second = bench.jobs.add("feedback", "ps1", None, "grace")
        await bench.until_running("collect-ps1")
        assert second.state == "waiting"
        bench.go("collect-ps1")
        await bench.until_ended(first)
        await bench.until_running("feedback-ps1")

    run(settings, test)


def test_what_waits_already_is_not_queued_twice(settings: Settings) -> None:
    async def test(bench: Bench) -> None:
        bench.add("a", "b", "c", "d")
        [waiting] = bench.add("e")
        assert bench.add("e") == [waiting]
        await bench.until_running("a", "b", "c", "d")
        # One that runs already may have begun before what it is asked for again.
        [again] = bench.add("a")
        assert again not in bench.jobs.all()[:5]

    run(settings, test)


def test_a_cancelled_one_ends_and_the_others_go_on(settings: Settings) -> None:
    async def test(bench: Bench) -> None:
        running, other, *_, waiting = bench.add("a", "b", "c", "d", "e")
        await bench.until_running("a", "b", "c", "d")
        process = int((bench.data / "a.runs").read_text())
        bench.jobs.cancel(waiting)
        bench.jobs.cancel(running)
        await bench.until_ended(running, waiting)
        assert (running.state, waiting.state) == ("cancelled", "cancelled")
        assert running.result["success"] is False
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
        assert "e" not in bench.running()
        bench.go("b")
        await bench.until_ended(other)
        assert other.state == "done"

    run(settings, test)


def test_one_that_is_cancelled_while_it_starts_ends_too(settings: Settings) -> None:
    async def test(bench: Bench) -> None:
        [job] = bench.add("a")
        while job.process is None:  # noqa: ASYNC110 (between two of its lines)
            await asyncio.sleep(0)
        bench.jobs.cancel(job)
        await bench.until_ended(job)
        assert job.state == "cancelled"

    run(settings, test)


@pytest.mark.parametrize("how", ["fail", "die"])
def test_a_failed_one_is_tried_again_alone(settings: Settings, how: str) -> None:
    async def test(bench: Bench) -> None:
        failing, other = bench.add("a", "b")
        await bench.until_running("a", "b")
        bench.go("a", how)
        bench.go("b")
        await bench.until_ended(failing, other)
        assert (failing.state, other.state) == ("failed", "done")
        assert failing.describe()["error"]
        (bench.data / "a.go").unlink()
        [again] = bench.add("a")
        await bench.until_running("a")
        bench.go("a")
        await bench.until_ended(again)
        assert (again.state, failing.state) == ("done", "failed")

    run(settings, test)


def test_the_list_forgets_what_ended_first(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "KEPT", 3)

    async def test(bench: Bench) -> None:
        for name in ("a", "b", "c"):
            bench.go(name)
        jobs = bench.add("a", "b", "c")
        await bench.until_ended(*jobs)
        more = bench.add("d", "e")
        assert bench.jobs.all() == [jobs[2], *more]
        assert bench.jobs.find(jobs[0].id) is None

    run(settings, test)


def test_the_end_of_the_service_ends_what_runs(settings: Settings, root: Path) -> None:
    async def test(bench: Bench) -> None:
        bench.add("a")
        await bench.until_running("a")

    run(settings, test)
    with pytest.raises(ProcessLookupError):
        os.kill(int((root / "grading/a.runs").read_text()), 0)
