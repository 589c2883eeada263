"""The loop: waits until a certificate is due, asks for it, and gives it to nginx."""

import signal
import sys
from datetime import UTC, datetime, timedelta

from semesterhub_acme import certbot, renewal_info, status
from semesterhub_acme.certificate import Certificate, join, load, new_request
from semesterhub_acme.errors import AcmeError
from semesterhub_acme.files import Folder, write_whole
from semesterhub_acme.schedule import due, retry_after
from semesterhub_acme.settings import Settings

# Clocks are set and authorities change their minds: the plan is made anew so often.
LONGEST_WAIT = timedelta(hours=6)
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)


class Loop:
    """One course's certificate."""

    def __init__(self, folder: Folder, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.status = status.load(folder.status)
        self.certificate = self._kept()
        self.wanted: datetime | None = None
        if self.status.settings != settings.digest:
            # What went wrong with other settings says nothing about these.
            self.status = status.Status(
                settings=settings.digest, last_success=self.status.last_success
            )
        self.status.running = False

    def _kept(self) -> Certificate | None:
        """Return the certificate of an earlier container, if it is for this domain."""
        try:
            kept = load(self.folder.certificate)
        except AcmeError as error:
            say(f"{self.folder.certificate}: {error}; a new certificate will be asked for")
            return None
        return kept if kept is not None and kept.covers(self.settings.domains) else None

    def run(self) -> None:
        """Go on until told to end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self._publish()
        while True:
            if self.certificate is not None:
                self.wanted = renewal_info.wanted(self.settings, self.certificate)
            now = datetime.now(UTC)
            moment = self.plan(now)
            if moment <= now:
                self.attempt()
                continue
            self.status.next = status.iso(moment)
            self.status.save(self.folder.status)
            told = wait(min(moment - now, LONGEST_WAIT))
            if told in (signal.SIGTERM, signal.SIGINT):
                return
            if told == signal.SIGUSR1:
                # An operator has seen to what was wrong.
                self.status.failures = 0

    def plan(self, now: datetime) -> datetime:
        """Return when the next attempt is due."""
        moment = due(self.certificate, self.wanted, now)
        if self.status.failures == 0 or self.status.last_attempt is None:
            return moment
        last = datetime.fromisoformat(self.status.last_attempt)
        return max(moment, last + retry_after(self.status.failures, self.certificate))

    def attempt(self) -> None:
        """Ask for a certificate once. What is served stays, whatever happens."""
        self.status.running = True
        self.status.last_attempt = status.iso(datetime.now(UTC))
        self.status.save(self.folder.status)
        say(f"asking {self.settings.directory} for a certificate for {self.settings.domain}")
        try:
            request = new_request(self.settings.domains)
            chain = certbot.obtain(self.settings, self.folder, request.csr)
            self.certificate = join(request.key, chain, self.settings.domains)
            write_whole(self.folder.certificate, self.certificate.pem, 0o600)
            self._publish()
        except (AcmeError, OSError) as error:
            self.status.failures += 1
            self.status.error = str(error)
            pause = retry_after(self.status.failures, self.certificate)
            say(f"no certificate: {error}; once more in {pause}")
        else:
            self.status.failures = 0
            self.status.error = None
            self.status.last_success = status.iso(datetime.now(UTC))
            say(f"a certificate of {self.certificate.issuer} until {self.certificate.ends}")
        self.status.running = False
        self.status.save(self.folder.status)

    def _publish(self) -> None:
        """Put the certificate where nginx finds it, or take away one that is for another name."""
        if self.certificate is None:
            self.folder.served.unlink(missing_ok=True)
        else:
            write_whole(self.folder.served, self.certificate.pem, 0o640)


def wait(time: timedelta) -> int | None:
    """Wait for a signal, and say which came."""
    told = signal.sigtimedwait(SIGNALS, max(0.0, time.total_seconds()))
    return None if told is None else told.si_signo


def say(text: str) -> None:
    """Write a line of the log."""
    sys.stdout.write(f"{text}\n")
