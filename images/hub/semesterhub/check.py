"""`semesterhub-check`: a student who never existed before gets in, works, and is gone again.

It asks the hub, in whose container it runs, for a student (check_student.py), and then goes by
the public address as a browser does: proxy, chp, hub, server. What it can't do is log in by the
course's own method: that takes a person's password, or another site.
"""

import argparse
import asyncio
import json
import socket
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from semesterhub.check_browser import Answer, Browser, served, trusting
from semesterhub.check_steps import ERRORS, CourseFullError, NewStudent, StepError, in_words
from semesterhub.settings import load_settings, secret

INSIDE = "http://127.0.0.1:8081/hub/api/course/check"
PATIENCE_SECONDS = 90
"""For the hub's own part: the end of a server is what takes long."""
SERVED = "served"
"""In the place of certificates: the issuer is not known here, so that only name and dates count."""
FULL_CODE = 3
"""Exit code where the course is full, so that only a part could be checked."""


async def _ask_inside(method: str, query: str = "") -> dict[str, Any]:
    """Ask the hub for a student, or to remove one."""
    request = HTTPRequest(
        INSIDE + query,
        method,
        headers={"Authorization": f"token {secret('operator-token')}"},
        body="{}" if method == "POST" else None,
        request_timeout=PATIENCE_SECONDS,
    )
    response = await AsyncHTTPClient().fetch(request, raise_error=False)
    if response.error and not response.headers:
        raise response.error
    answer = Answer(response.code, response.body.decode(errors="replace"), "the hub")
    text = answer.expect(200, 204).text
    return json.loads(text) if text else {}


async def check(address: str, port: int, certificates: str) -> tuple[int, str]:
    """Check the course; return the exit code and a sentence."""
    url = load_settings().public_url
    begin = time.monotonic()
    try:
        student = await _ask_inside("POST")
    except ERRORS as error:
        return 1, _failure(url, StepError("ask the hub", in_words(error), "npm run logs hub"))
    code, said = 1, ""
    try:
        trust = trusting(await certificates_of(url, address, port, certificates))
        browser = Browser(url, address, port, trust)
        async with asyncio.timeout(load_settings().spawn.check_seconds):
            said = await NewStudent(browser, student["name"], student["code"]).run()
        code = 0
    except CourseFullError:
        code, said = _full(url, student["others"])
    except TimeoutError:
        said = _failure(url, StepError("take every step", "it took too long", "npm run logs hub"))
    except StepError as error:
        said = _failure(url, error)
    finally:
        removed = await _remove(student["name"])
    if code != 0:
        return code, f"{said}\n{removed}".strip()
    if removed:
        return 1, removed
    seconds = time.monotonic() - begin
    return 0, f"{url} answers: a new student was served in {seconds:.1f} s ({said})."


async def certificates_of(url: str, address: str, port: int, certificates: str) -> str:
    """Return the certificates to believe: those that are given, or the one that is served."""
    if certificates != SERVED:
        return certificates
    try:
        return await asyncio.to_thread(served, urlsplit(url).hostname or "", address, port)
    except OSError as error:
        raise StepError("open the login page", in_words(error), "npm run logs proxy") from error


async def _remove(name: str) -> str:
    """Remove the student; say what is left, if anything."""
    try:
        await _ask_inside("DELETE", f"?name={name}")
    except ERRORS as error:
        return (
            f"The student of this check, {name}, could not be removed: {in_words(error)}"
            " The hub goes on trying; npm run logs homes and npm run logs hub say more."
        )
    return ""


def _full(url: str, others: int) -> tuple[int, str]:
    if others == 0:
        why = "no machine has room for a server, and none runs"
        advice = "make student.memory or student.memoryReserved smaller than a machine's memory"
        return 1, _failure(url, StepError("start a server", why, advice))
    return FULL_CODE, (
        f"{url} is full: {others} servers run, and no machine has room for one more. Login pages"
        " and the hub answer; whether a server starts could not be checked. Run npm run check when"
        " there is room; docs/operating.md says how to make some."
    )


def _failure(url: str, error: StepError) -> str:
    return (
        f"{url} does not serve students: a new student could not {error.step}: {error.why}\n"
        f"What says more: {error.advice}. Then npm run check tries again."
    )


def gateway(routes: Path = Path("/proc/net/route")) -> str:
    """Return the machine's own address, as a container sees it: the default route's gateway."""
    for line in routes.read_text().splitlines()[1:]:
        _, destination, address, *_ = line.split()
        if int(destination, 16) == 0:
            return socket.inet_ntoa(int(address, 16).to_bytes(4, sys.byteorder))
    sys.exit("This container has no way out of its machine, so the proxy can't be reached.")


def main(argv: list[str] | None = None) -> None:
    """Check once; end with 0, with 1 where something is wrong, with 3 where the course is full.

    Standard input has the certificates that a browser has to believe beside public ones.
    """
    parser = argparse.ArgumentParser(prog="semesterhub-check", description=__doc__)
    parser.add_argument("address", help="where the proxy listens; `gateway`: on this machine")
    parser.add_argument("port", type=int)
    arguments = parser.parse_args(argv)
    address = gateway() if arguments.address == "gateway" else arguments.address
    code, said = asyncio.run(check(address, arguments.port, sys.stdin.read().strip()))
    print(said, file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
