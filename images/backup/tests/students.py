"""Students who ask for earlier versions, as their servers do."""

import json
import os
import time
from collections.abc import Callable
from typing import Any

from box import Box


class Students:
    """Asks as students' servers do, on a course whose container answers."""

    def __init__(self, box: Box) -> None:
        self.mail = box.storage / "exchange" / "ds101" / "earlier"
        self._number = 0

    def ask(self, uid: int, slug: str, **request: object) -> dict[str, Any]:
        """Ask and wait for the answer."""
        self._number += 1
        name = f"{self._number:032x}"
        new = self.mail.parent / name
        new.write_text(json.dumps(request))
        os.chown(new, uid, uid)
        answer = self.mail / "answers" / slug / f"{name}.json"
        until(answer.parent.is_dir)
        new.rename(self.mail / "asked" / name)
        until(answer.exists)
        known: dict[str, Any] = json.loads(answer.read_text())
        return known

    def states(self, path: str, count: int) -> list[dict[str, Any]]:
        """Wait until ada's path has so many states; gives them, the newest first."""
        end = time.monotonic() + 60
        while len(found := self.ask(20000, "ada", do="list", path=path)["states"]) != count:
            assert time.monotonic() < end, found
        return list(found)


def until(done: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)  # between two looks: another container's process does it
