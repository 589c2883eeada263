"""How often a password may be tried: by person and address, so that nobody can lock out a class.

A wrong password counts for the person at that address, and for the person at all addresses that the
hub does not know. Whoever logged in with a browser before has a signed cookie there and counts by
themselves: a neighbour's guesses, behind the same campus address, do not keep them out. An address
alone never counts, since a whole class may share one.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE = 5
"""Wrong passwords of one person at one address, or in one known browser, that cost no time."""
FREE_EVERYWHERE = 100
"""Wrong passwords of one person, at all unknown addresses together, that cost no time."""
LONGEST_SECONDS = 15 * 60
FORGET_SECONDS = 60 * 60
"""After such a time without a wrong password it is as if there had been none."""
MOST = 50_000
"""Counts kept; beyond that the oldest go, so that made-up names can't fill the memory."""

Key = tuple[str, ...]


@dataclass
class _Count:
    wrong: int
    last: float


class Tries:
    """Counts tries that have not been right, and says how long the next one has to wait."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: OrderedDict[Key, _Count] = OrderedDict()

    def begin(self, person: str, address: str, device: str = "") -> int:
        """Count a try and return 0, or return the seconds to wait, and count nothing.

        A try counts as wrong from its beginning: many at once are no way past this.
        """
        keys = _keys(person, address, device)
        wait = max(self._wait(key, free) for key, free in keys)
        if wait > 0:
            return math.ceil(wait)
        now = self._clock()
        for key, _ in keys:
            count = self._counts.setdefault(key, _Count(0, now))
            count.wrong += 1
            count.last = now
            self._counts.move_to_end(key)
        while len(self._counts) > MOST:
            self._counts.popitem(last=False)
        return 0

    def right(self, person: str, address: str, device: str = "") -> None:
        """Take back what was counted at this place; the sum over all places only loses this try."""
        for key, free in _keys(person, address, device):
            count = self._counts.get(key)
            if count and free == FREE_EVERYWHERE and count.wrong > 1:
                count.wrong -= 1
            else:
                self._counts.pop(key, None)

    def forgive(self, person: str) -> None:
        """Forget a person's wrong passwords: they have a new one."""
        for key in [key for key in self._counts if key[1] == person]:
            del self._counts[key]

    def _wait(self, key: Key, free: int) -> float:
        count = self._counts.get(key)
        if count is None or count.wrong < free:
            return 0
        since = self._clock() - count.last
        if since > FORGET_SECONDS:
            del self._counts[key]
            return 0
        return min(2.0 ** min(count.wrong - free + 1, 20), LONGEST_SECONDS) - since


def _keys(person: str, address: str, device: str) -> list[tuple[Key, int]]:
    if device:
        return [(("device", person, device), FREE)]
    return [(("place", person, address), FREE), (("everywhere", person), FREE_EVERYWHERE)]
