"""What the hub does again and again, as long as it runs, whatever goes wrong in between."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("semesterhub.loops")


async def forever(what: str, every: float, do: Callable[[], Awaitable[None]]) -> None:
    """Do something every so many seconds. A failure is logged, once as long as it is the same."""
    told = ""
    while True:
        await asyncio.sleep(every)
        try:
            await do()
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            if said != told:
                log.exception("Looking after %s failed; it goes on", what)
            told = said
        else:
            if told:
                log.info("Looking after %s works again", what)
            told = ""
