"""When each made-up student of a rehearsal does what: as a class does before a deadline."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

ARRIVE_SHARE, ARRIVE_MOST = 0.25, 120.0
"""They all come within a quarter of the time, and within two minutes: a lecture begins."""
HAND_IN_SHARE, HAND_IN_MOST = 0.25, 120.0
"""So near the end they hand in."""
THINK_LEAST, THINK_MOST = 10.0, 30.0
"""Seconds between two cells of one student."""


@dataclass(frozen=True)
class Plan:
    """How many students, for how long. The same plan is the same each time."""

    students: int
    minutes: float

    @property
    def seconds(self) -> float:
        """How long it takes, from the first student's coming to the last one's handing in."""
        return self.minutes * 60

    @property
    def arriving(self) -> float:
        """The seconds in which all come."""
        return min(self.seconds * ARRIVE_SHARE, ARRIVE_MOST)

    def arrival(self, number: int) -> float:
        """Return at which second a student opens the login page."""
        return self.arriving * number / self.students

    def hand_in(self, number: int) -> float:
        """Return at which second a student begins to hand in; the last ones to come, the last."""
        before = min(self.seconds * HAND_IN_SHARE, HAND_IN_MOST)
        return self.seconds - before + before * number / self.students

    def pauses(self, number: int) -> Iterator[float]:
        """Give the seconds that a student thinks before each cell."""
        chance = random.Random(number)  # noqa: S311 (not secret, and the same each time)
        while True:
            yield chance.uniform(THINK_LEAST, THINK_MOST)
