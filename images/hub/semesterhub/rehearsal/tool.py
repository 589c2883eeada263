"""`semesterhub-rehearse`: a class of made-up students works in the course, and is gone again.

It runs in the hub's container, asks the hub for the students (api.py), and has them go by
the public address as browsers do. The first line of standard input has, as a JSON string, the
certificates that a browser has to believe beside public ones; the end of standard input ends the
rehearsal. So an operator's Ctrl-C, and a connection that breaks, leave nothing behind.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from semesterhub.check import certificates_of, gateway
from semesterhub.check_browser import Browser, trusting
from semesterhub.check_steps import START, StepError
from semesterhub.rehearsal.cell import facts
from semesterhub.rehearsal.hub import Hub, RefusedError
from semesterhub.rehearsal.machines import machines
from semesterhub.rehearsal.plan import Plan
from semesterhub.rehearsal.records import Records
from semesterhub.rehearsal.report import in_words as verdict_of
from semesterhub.rehearsal.report import report
from semesterhub.rehearsal.room import MOST_STUDENTS, Room
from semesterhub.rehearsal.student import RehearsingStudent
from semesterhub.rehearsal.verdict import Class
from semesterhub.settings import load_settings

LOOK_SECONDS = 5
TELL_SECONDS = 10
LEAVING_SECONDS = 180
"""After the plan's end: who hands in then is waited for so long."""
MOST_MINUTES = 60
REFUSED_CODE, STOPPED_CODE = 4, 5


def tell(words: str) -> None:
    """Tell the operator, who may have gone: then the rest is done all the same."""
    with contextlib.suppress(OSError):
        print(words, flush=True)


class StoppedError(Exception):
    """The rehearsal ends before its time; the message says why."""


@dataclass(frozen=True)
class Reach:
    """Where the course answers, and whom to believe there."""

    address: str
    port: int
    certificates: str


async def rehearse(plan: Plan, reach: Reach, stop: asyncio.Event, *, insist: bool) -> int:
    """Rehearse, tell the verdict, and leave nobody behind; return the exit code."""
    hub = Hub()
    try:
        made, room = await hub.begin(plan.students, insist=insist)
    except RefusedError as refusal:
        tell(f"No rehearsal: {refusal}")
        return REFUSED_CODE
    records = Records()
    before = time.process_time()
    told: dict[str, Any] | None = None
    try:
        await _run(plan, reach, made, records, _watch(hub, room, records, stop, insist=insist))
        names = await hub.machines()
        driver = (time.process_time() - before) / max(1.0, records.now())
        rehearsed = Class(plan.students, room, records, machines(records, names), load_settings())
        told = report(plan, rehearsed, driver)
    except StoppedError as stopped:
        tell(f"The rehearsal was stopped: {stopped}")
    except StepError as error:
        tell(f"The rehearsal could not {error.step}: {error.why}")
    finally:
        tell(f"Removing {len(made)} made-up students with their servers and homes.")
        left = await hub.end()
    if told:
        tell(f"\n{verdict_of(told)}")
        tell(await hub.keep(told))
    if left:
        tell(f"{left} The hub goes on trying.")
    if told is None:
        return STOPPED_CODE
    return 1 if left else 0


async def _run(
    plan: Plan,
    reach: Reach,
    made: list[dict[str, str]],
    records: Records,
    watching: Coroutine[Any, Any, None],
) -> None:
    """Have all students do their part; stop them when the watch raises."""
    url = load_settings().public_url
    records.begin()
    watch = asyncio.create_task(watching)
    browsers: list[Browser] = []
    work: list[asyncio.Task[None]] = []
    try:
        known = await certificates_of(url, reach.address, reach.port, reach.certificates)
        trust = trusting(known)
        browsers = [Browser(url, reach.address, reach.port, trust) for _ in made]
        for number, (browser, one) in enumerate(zip(browsers, made, strict=True)):
            student = RehearsingStudent(number, browser, one, plan, records)
            work.append(asyncio.create_task(student.run()))
        everybody = asyncio.gather(*work)
        ends = plan.seconds + LEAVING_SECONDS
        await asyncio.wait({everybody, watch}, timeout=ends, return_when=asyncio.FIRST_COMPLETED)
        if watch.done():
            await watch
        if everybody.done():
            await everybody
    finally:
        for task in (*work, watch):
            task.cancel()
        await asyncio.gather(*work, watch, return_exceptions=True)
        for browser in browsers:
            browser.close()


async def _watch(
    hub: Hub, room: Room, records: Records, stop: asyncio.Event, *, insist: bool
) -> None:
    """Look at this machine, tell how it goes, keep the lease; raise when it has to end."""
    records.here = facts()["machine"]
    told = 0.0
    while True:
        if stop.is_set():
            raise StoppedError("it was interrupted.")
        records.note({**facts(), "own": True})
        if time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            people = await hub.go_on()
            if people > room.people and not insist:
                raise StoppedError("somebody came to work. With --insist it goes on then.")
            tell(progress(records))
        try:
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        except TimeoutError:
            continue


def progress(records: Records) -> str:
    """Say in a line how it goes."""
    minutes, seconds = divmod(int(records.now()), 60)
    starts = [each.seconds for each in records.of(START)]
    slowest = f", slowest start {max(starts):.1f} s" if starts else ""
    return (
        f"{minutes:02}:{seconds:02}  {len(starts)} servers started, {records.working} students at"
        f" work, {len(records.refusals)} turned away, {len(records.errors)} errors{slowest}"
    )


async def _from_input(reader: asyncio.StreamReader, stop: asyncio.Event) -> None:
    await reader.read()
    stop.set()


async def run(arguments: argparse.Namespace) -> int:
    """Read what is said on standard input, and rehearse."""
    reader = asyncio.StreamReader(limit=2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    certificates: str = json.loads(await reader.readline())
    stop = asyncio.Event()
    waiting = asyncio.create_task(_from_input(reader, stop))
    address = gateway() if arguments.address == "gateway" else arguments.address
    plan = Plan(arguments.students, arguments.minutes)
    reach = Reach(address, arguments.port, certificates)
    try:
        return await rehearse(plan, reach, stop, insist=arguments.insist)
    finally:
        waiting.cancel()


def between(least: int, most: int) -> Callable[[str], int]:
    """Make a type of argument: a whole number in a range."""

    def read(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{number} is not between {least} and {most}")
        return number

    return read


def main(argv: list[str] | None = None) -> None:
    """Rehearse once.

    Ends with 0, with 1 where students are left, with 4 where it did not begin, with 5 where it was
    stopped.
    """
    parser = argparse.ArgumentParser(prog="semesterhub-rehearse", description=__doc__)
    parser.add_argument("address", help="where the proxy listens; `gateway`: on this machine")
    parser.add_argument("port", type=int)
    parser.add_argument("--students", type=between(1, MOST_STUDENTS), required=True)
    parser.add_argument("--minutes", type=between(1, MOST_MINUTES), required=True)
    parser.add_argument("--insist", action="store_true", help="though people work, or not all fit")
    sys.exit(asyncio.run(run(parser.parse_args(argv))))


if __name__ == "__main__":
    main()
