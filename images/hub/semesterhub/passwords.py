"""Passwords that the hub keeps: hashed in threads, so that a login holds up nobody else."""

import asyncio
import base64
import functools
import hashlib
import os
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from hmac import compare_digest

import bcrypt

SHORTEST = 10
LONGEST = 1000
STRONG_ENOUGH = 3
"""zxcvbn's score from 0 to 4: "safely unguessable" where the login is limited as it is here."""
ROUNDS = 10
"""bcrypt's cost: 60 ms of a processor. A class of 300 logs in within a minute on one processor."""
_JUDGED = 72  # zxcvbn takes no more letters
_MARK = b"sha256$"


@functools.cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="passwords")


async def digest(password: str) -> bytes:
    """Hash a password for keeping."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads(), _digest, password)


async def matches(password: str, kept: bytes) -> bool:
    """Whether this is the password of a kept hash, of this version or an earlier one."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads(), _matches, password, kept)


def is_old(kept: bytes) -> bool:
    """Whether a hash should be made anew when its password is at hand."""
    return not kept.startswith(_MARK)


async def take_as_long() -> None:
    """Wait as long as a check lately took: who is not known is not told by a quicker refusal."""
    await asyncio.sleep(_Lately.seconds)


async def weakness(password: str, *about: str) -> str:
    """Say why a password can't be taken, and what to do; empty if it can. `about`: name, course."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads(), _weakness, password, about)


class _Lately:
    seconds = 0.1


def _digest(password: str) -> bytes:
    return _MARK + bcrypt.hashpw(_prepared(password), bcrypt.gensalt(ROUNDS))


def _matches(password: str, kept: bytes) -> bool:
    begin = time.monotonic()
    try:
        if kept.startswith(_MARK):
            return bcrypt.checkpw(_prepared(password), kept.removeprefix(_MARK))
        # nativeauthenticator's hashes; bcrypt before 5 left out what is beyond 72 bytes
        whole = password.encode()[:72]
        return compare_digest(bcrypt.hashpw(whole, kept), kept)
    except ValueError:  # a hash that is none, a password with a NUL in it
        return False
    finally:
        _Lately.seconds = time.monotonic() - begin


def _prepared(password: str) -> bytes:
    """Shorten to what bcrypt takes (72 bytes, no NUL); an umlaut is the same from any keyboard."""
    normal = unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
    return base64.b64encode(hashlib.sha256(normal).digest())


def _weakness(password: str, about: tuple[str, ...]) -> str:
    from zxcvbn import zxcvbn  # noqa: PLC0415 (a tenth of a second, for sign-ups only)

    if len(password) < SHORTEST:
        return f"The password is too short: it needs {SHORTEST} letters or more."
    if len(password) > LONGEST:
        return f"The password is too long: it may have {LONGEST} letters."
    judgement = zxcvbn(password[:_JUDGED], [each for each in about if each], max_length=_JUDGED)
    if judgement["score"] >= STRONG_ENOUGH:
        return ""
    advice = " ".join(filter(None, [judgement["feedback"]["warning"]]))
    return (
        f"The password is easy to guess. {advice} ".replace("  ", " ")
        + "Take four or five unrelated words, or let your browser suggest one."
    )
