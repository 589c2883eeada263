"""A rehearsal's report: for people, and for the statistics page."""

import time
from collections import Counter
from typing import Any

from semesterhub.check_steps import START
from semesterhub.rehearsal.machines import STEP_SECONDS, Machine
from semesterhub.rehearsal.plan import Plan
from semesterhub.rehearsal.records import CELL, SUBMIT, Records
from semesterhub.rehearsal.verdict import Class, findings, percentile

MOST_ERRORS = 5


def report(plan: Plan, rehearsed: Class, driver: float) -> dict[str, Any]:
    """Sum everything up; `driver` is the share of a processor that the rehearsal itself used."""
    records, machines = rehearsed.records, rehearsed.machines
    starts = [each.seconds for each in records.of(START)]
    began = int(time.time() - records.now())
    found = findings(rehearsed)
    errors = Counter(f"{each.step}: {each.error}" for each in records.errors)
    steps = dict.fromkeys(each.step for each in records.events)
    return {
        "began": began,
        "students": plan.students,
        "minutes": plan.minutes,
        "people": rehearsed.room.people,
        "started": len(starts),
        "refused": len(records.refusals),
        "firstRefusal": _first_refusal(records),
        "failed": len(records.errors),
        "errors": [[said, times] for said, times in errors.most_common(MOST_ERRORS)],
        "submitted": len(records.of(SUBMIT)),
        "start": _times(starts),
        "steps": {
            step: {
                **_times([each.seconds for each in records.of(step)]),
                "count": len(records.of(step)),
            }
            for step in steps
        },
        "machines": [
            {
                "name": each.name,
                "cpus": each.cpus,
                "memory": each.memory,
                "cpu": round(each.cpu, 3),
                "left": round(each.left, 3),
                "disk": round(each.disk, 3),
            }
            for each in machines
        ],
        "driver": round(driver, 3),
        "limit": found[0].limit if found else "none",
        "findings": [[each.said, each.change] for each in found],
        "plot": _plot(rehearsed, began),
    }


def _first_refusal(records: Records) -> dict[str, Any] | None:
    first = min(records.refusals, key=lambda each: each.at + each.seconds, default=None)
    if first is None:
        return None
    before = sum(each.at + each.seconds <= first.at + first.seconds for each in records.of(START))
    return {"after": before, "second": round(first.at + first.seconds, 1), "said": first.error}


def _times(values: list[float]) -> dict[str, float]:
    return {
        "p50": round(percentile(values, 50), 1),
        "p95": round(percentile(values, 95), 1),
        "most": round(max(values, default=0.0), 1),
    }


def _plot(rehearsed: Class, begin: int) -> dict[str, list[Any]]:
    """Return, every few seconds: servers that had started, and how busy the busiest machine was."""
    records = rehearsed.records
    ready = sorted(each.at + each.seconds for each in records.of(START))
    last = max((each.at + each.seconds for each in records.events), default=0.0)
    steps = range(0, int(last) + STEP_SECONDS, STEP_SECONDS)
    return {
        "time": [begin + step for step in steps],
        "servers": [sum(at <= step for at in ready) for step in steps],
        **{
            name: [_busiest(rehearsed.machines, step, which) for step in steps]
            for which, name in enumerate(("cpu", "memory"))
        },
    }


def _busiest(machines: list[Machine], step: int, which: int) -> int | None:
    """Return per cent; None where nobody looked in these seconds."""
    found = [each.steps[step][which] for each in machines if step in each.steps]
    return round(100 * max(found)) if found else None


def in_words(told: dict[str, Any]) -> str:
    """Write the verdict for people."""
    start = told["start"]
    lines = [_headline(told)]
    if told["started"]:
        lines.append(f"Starts: half took {start['p50']} s or less, the slowest {start['most']} s.")
    if first := told["firstRefusal"]:
        lines.append(
            f"First refusal: with {first['after']} servers, {first['second']:.0f} s after the"
            f" beginning: {first['said']}."
        )
    for step in (CELL, SUBMIT):
        if step in told["steps"] and told["steps"][step]["count"]:
            times = told["steps"][step]
            lines.append(
                f"To {step}: half took {times['p50']} s or less, the slowest {times['most']} s."
            )
    if not told["submitted"] and not any(said.startswith(SUBMIT) for said, _ in told["errors"]):
        lines.append("Nothing was handed in: the course has given out no assignment.")
    lines += [f"Failed {times} times: {said}." for said, times in told["errors"]]
    lines += [_machine(each) for each in told["machines"]]
    lines += [f"Limit: {said}.\n  To change: {change}." for said, change in told["findings"]]
    if not told["findings"]:
        more = (
            " The errors are not its machines' fault: npm run logs hub." if told["failed"] else ""
        )
        lines.append(f"No limit of the course was reached.{more}")
    lines.append(
        f"(The rehearsal itself used {told['driver']:.0%} of a processor of the hub's machine.)"
    )
    return "\n".join(lines)


def _headline(told: dict[str, Any]) -> str:
    students = told["students"]
    if told["started"] == students and not told["failed"] and not told["findings"]:
        return f"A class of {students} can work: all {students} got a server, and nothing failed."
    met = "meets a limit" if told["findings"] else "would have met errors"
    return (
        f"A class of {students} {met}: {told['started']} got a server, {told['refused']} were"
        f" turned away, {told['failed']} steps failed."
    )


def _machine(each: dict[str, Any]) -> str:
    name = each["name"][:1].upper() + each["name"][1:]
    return (
        f"{name}: processors {each['cpu']:.0%} busy in the worst minute, {each['left']:.0%} of"
        f" memory left at least, waiting for disks {each['disk']:.0%}."
    )
