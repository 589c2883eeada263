"""Run the service until it is told to stop."""

import logging
import os
import signal
import sys
import threading

from semesterhub_homes.server import HomesServer
from semesterhub_homes.service import HomesService
from semesterhub_homes.settings import SettingsError, read_settings

log = logging.getLogger("homes")


def main() -> int:
    """Serve; the exit code is 0 after an orderly stop."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)
    # Before the first thread, so that none of them takes a signal away from sigwait.
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        settings = read_settings(os.environ)
        service = HomesService(settings)
    except (SettingsError, OSError) as error:
        log.error("cannot start: %s", error)  # noqa: TRY400 (it says all)
        return 1
    server = HomesServer(settings.socket, service)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}).start()
    log.info("listening on %s", settings.socket)
    signal.sigwait(signals)
    server.stop()
    service.close()
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
