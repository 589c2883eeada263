"""Run the service until it is told to stop."""

import contextlib
import logging
import os
import resource
import signal
import sys

from semesterhub_homes import health
from semesterhub_homes.repeated import Repeated
from semesterhub_homes.report import Reporter
from semesterhub_homes.server import HomesServer, TlsServer
from semesterhub_homes.service import HomesService
from semesterhub_homes.settings import Settings, SettingsError, read_settings
from semesterhub_homes.tls import server_context

log = logging.getLogger("homes")

EVERYWHERE = "0.0.0.0"  # noqa: S104 (the certificate says who may come)


def main() -> int:
    """Serve; the exit code is 0 after an orderly stop."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)
    # A student's folders in folders are open all at once while their home joins its quota.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # Before the first thread, so that none of them takes a signal away from sigwait.
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        settings = read_settings(os.environ)
        with contextlib.closing(HomesService(settings)) as service:
            listeners = listen(settings, service)
            reporter = Reporter(settings.report, lambda: service.quotas().body)
            for listener in listeners:
                listener.start()
            reporter.start()
            service.projects.start()
            health_keeper = Repeated("health", health.EVERY_SECONDS, health.look)
            health_keeper.start()
            port = f" and port {settings.tls.port}" if settings.tls else ""
            log.info("listening on %s%s", settings.socket, port)
            signal.sigwait(signals)
            health_keeper.stop()
            reporter.stop()
            service.projects.stop()
            for listener in listeners:
                listener.stop()
    except (SettingsError, OSError) as error:
        log.error("cannot start: %s", error)  # noqa: TRY400 (it says all)
        return 1
    log.info("stopped")
    return 0


def listen(settings: Settings, service: HomesService) -> list[HomesServer | TlsServer]:
    """Open what the settings name; the unix socket, which tells the service's health, last.

    Raise SettingsError or OSError where that is not possible.
    """
    if settings.tls is None:
        return [HomesServer(settings.socket, service)]
    network = TlsServer((EVERYWHERE, settings.tls.port), service, server_context(settings.tls))
    return [network, HomesServer(settings.socket, service, [network])]


if __name__ == "__main__":
    sys.exit(main())
