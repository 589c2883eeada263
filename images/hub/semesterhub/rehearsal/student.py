"""One made-up student of a rehearsal: comes, works as a class does, hands in."""

import asyncio
import importlib.resources
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from semesterhub.check_browser import AnswerError, Browser
from semesterhub.check_kernel import Kernel
from semesterhub.check_steps import ERRORS, SAVE, START, CourseFullError, NewStudent, in_words
from semesterhub.rehearsal.plan import Plan
from semesterhub.rehearsal.records import CELL, SUBMIT, Event, Records
from semesterhub.settings import load_settings

STEP_SECONDS = 120
"""For each step but a start: nobody waits longer for a page."""
KERNEL = "start a kernel"
FULL = "no machine has room for one more server"
_CELL = importlib.resources.files(__package__).joinpath("cell.py").read_text("utf-8")


class RehearsingStudent:
    """Goes by the public address, as a browser does, and writes down how long it took."""

    def __init__(
        self, number: int, browser: Browser, made: dict[str, str], plan: Plan, records: Records
    ) -> None:
        """Take the student that the hub made, and where to write."""
        self._number = number
        self._browser = browser
        self._name = made["name"]
        self._base = f"/user/{self._name}/"
        self._way = NewStudent(browser, made["name"], made["code"])
        self._plan = plan
        self._records = records
        self._kernel: Kernel | None = None

    async def run(self) -> None:
        """Do everything at its time. What fails is written down; nothing is raised."""
        await self._until(self._plan.arrival(self._number))
        for step, take, _ in self._way.steps():
            seconds = load_settings().spawn.check_seconds if step == START else STEP_SECONDS
            if not await self._take(step, take, seconds):
                return
        if not await self._take(KERNEL, self._start_kernel):
            return
        self._records.working += 1
        try:
            await self._work()
        finally:
            self._records.working -= 1
            if self._kernel:
                self._kernel.close()

    async def _work(self) -> None:
        hand_in = self._plan.hand_in(self._number)
        for pause in self._plan.pauses(self._number):
            if self._records.now() + pause > hand_in:
                break
            await asyncio.sleep(pause)
            await self._take(CELL, self._compute)
            await self._take(SAVE, self._way.save)
        await self._until(hand_in)
        await self._take(SUBMIT, self._submit)

    async def _until(self, second: float) -> None:
        await asyncio.sleep(max(0.0, second - self._records.now()))

    async def _take(
        self,
        step: str,
        take: Callable[[], Coroutine[Any, Any, bool | None]],
        seconds: float = STEP_SECONDS,
    ) -> bool:
        """Take a step that may answer that there was nothing to do; return whether it succeeded."""
        with _timed(self._records, self._number, step) as done:
            async with asyncio.timeout(seconds):
                done["nothing"] = await take() is False
        return "error" not in done

    async def _start_kernel(self) -> None:
        self._kernel = await Kernel.started(self._browser, self._base)
        await self._run(_CELL)

    async def _run(self, code: str) -> str:
        if self._kernel is None:
            raise AnswerError("there is no kernel")
        return await self._kernel.run(code)

    async def _call(self, function: str) -> dict[str, Any]:
        """Run a function of cell.py; what was printed before its answer counts for nothing."""
        printed = await self._run(f"print(json.dumps({function}()))")
        told = json.loads(printed.strip().rpartition("\n")[2])
        if not isinstance(told, dict):
            raise AnswerError(f"the cell printed {printed[:80]!r}")
        return told

    async def _compute(self) -> None:
        begin = self._records.now()
        told = await self._call("compute")
        self._records.lags.append(self._records.now() - begin - told["seconds"])
        self._records.note({**told["facts"], "student": self._name})

    async def _submit(self) -> bool:
        told = await self._call("submit")
        if told.get("error"):
            raise AnswerError(told["error"])
        return told["assignment"] is not None


@contextmanager
def _timed(records: Records, number: int, step: str) -> Iterator[dict[str, Any]]:
    """Write down how long a step took and how it ended, unless there was nothing to do."""
    at = records.now()
    done: dict[str, Any] = {}

    def write(error: str = "", *, refused: bool = False) -> None:
        done.update({"error": error} if error else {})
        records.events.append(Event(number, step, at, records.now() - at, error, refused))

    try:
        yield done
    except asyncio.CancelledError:
        write("it was not done when the rehearsal ended")
        raise
    except CourseFullError:
        write(FULL, refused=True)
    except TimeoutError:
        write("it took too long")
    except AnswerError as error:
        limited = step == START and error.status == HTTPStatus.TOO_MANY_REQUESTS
        write(in_words(error), refused=limited)
    except ERRORS as error:
        write(in_words(error))
    else:
        if not done["nothing"]:
            write()
