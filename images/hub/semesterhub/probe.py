"""Wait until a server answers HTTP, cheaply: plain sockets, no client sessions."""

import asyncio
import contextlib
from http import HTTPStatus

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 0.5
CONNECT_TIMEOUT_SECONDS = 2
ANSWER_TIMEOUT_SECONDS = 10
STATUS_DIGITS = 3
# with many starting, each is asked less often: about 200 looks a second for all of them
SECONDS_PER_WAITER = 0.005

_waiting = 0


async def until_answer(host: str, port: int, path: str) -> None:
    """Return once an HTTP server at the address answers with anything below 500."""
    global _waiting  # noqa: PLW0603 (one number for the whole process is what it is for)
    _waiting += 1
    wait = FIRST_WAIT_SECONDS
    try:
        while not await _answers(host, port, path):
            await asyncio.sleep(max(wait, _waiting * SECONDS_PER_WAITER))
            wait = min(wait * 1.5, LONGEST_WAIT_SECONDS)
    finally:
        _waiting -= 1


async def _answers(host: str, port: int, path: str) -> bool:
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    try:
        # a server accepts connections before it can answer: wait on this one, ask no second
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        async with asyncio.timeout(ANSWER_TIMEOUT_SECONDS):
            await writer.drain()
            line = await reader.readline()
    except (OSError, TimeoutError, ValueError):  # or a first line without an end
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    parts = line.split()
    is_status = len(parts) > 1 and len(parts[1]) == STATUS_DIGITS and parts[1].isdigit()
    return is_status and int(parts[1]) < HTTPStatus.INTERNAL_SERVER_ERROR
