"""Something that is done again and again, beside what else a service does."""

import threading
from collections.abc import Callable


class Repeated:
    """A thread that does it, pauses, and does it again until it is told to stop.

    What is done says by itself what went wrong: an exception of its own would end the thread.
    """

    def __init__(self, name: str, every_seconds: float, do: Callable[[], object]) -> None:
        """Take what to do; nothing is done before the start."""
        self._every_seconds = every_seconds
        self._do = do
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after what is being done; nothing where it never began."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def stops_within(self, seconds: float) -> bool:
        """Pause for so long; answers at once, and yes, when it is told to stop."""
        return self._stop.wait(seconds)

    def _run(self) -> None:
        while True:
            self._do()
            if self.stops_within(self._every_seconds):
                return
