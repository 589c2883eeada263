"""Run the server until it is told to stop; meanwhile write dumps."""

import logging
import os
import signal
import sys

from semesterhub_database.cluster import Cluster
from semesterhub_database.settings import DatabaseError, read_settings

log = logging.getLogger("database")


def main() -> int:
    """Serve; the exit code is 0 after an orderly stop."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)
    os.umask(0o077)
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        settings = read_settings()
        cluster = Cluster(settings)
        cluster.open()
    except (DatabaseError, OSError) as error:
        log.error("%s", error)  # noqa: TRY400 (it says all)
        return 1
    log.info("ready")
    while signal.sigtimedwait(signals, settings.dump_seconds) is None:
        if not cluster.runs:
            log.error("PostgreSQL ended")
            return 1
        try:
            cluster.dumps.write_if_changed()
        except OSError:
            log.exception("no dump was written; the next try is in %d s", settings.dump_seconds)
    try:
        cluster.close()
    except OSError:
        log.exception("the last dump was not written")
        return 1
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
