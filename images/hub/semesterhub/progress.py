"""What the page shows of a start while somebody waits for it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from traitlets import HasTraits


class Telling(HasTraits):
    """The part of a spawner that tells how far a start is."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 (JupyterHub's own signature)
        super().__init__(**kwargs)
        self._events: list[dict[str, Any]] = []
        self._changed = asyncio.Event()

    def begin_telling(self) -> None:
        """Forget what was told of the last start."""
        self._events = []

    @property
    def told_last(self) -> str:
        """The newest message; empty: none yet."""
        return str(self._events[-1]["message"]) if self._events else ""

    def tell(self, percent: int, message: str) -> None:
        """Show a message, once while it stays the same."""
        if message == self.told_last:
            return
        self._events.append({"progress": percent, "message": message})
        self._changed.set()

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what the spawn page shows; JupyterHub ends this when the spawn ends."""
        told = 0
        while True:
            while told < len(self._events):
                yield self._events[told]
                told += 1
            self._changed.clear()
            await self._changed.wait()
