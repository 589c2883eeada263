"""When to ask for a certificate: pure functions of what is known."""

from datetime import datetime, timedelta

from semesterhub_acme.certificate import Certificate

# Let's Encrypt allows five failed checks of a name in an hour: these make four.
FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=1)
# What an authority asks for is done once a day at most, so that no mistake of its makes a storm.
ASKED_AGAIN = timedelta(days=1)


def due(certificate: Certificate | None, wanted: datetime | None, now: datetime) -> datetime:
    """Return when the next certificate is to be asked for.

    After two thirds of a lifetime, or earlier if the authority wants it.
    """
    if certificate is None:
        return now
    usual = certificate.starts + certificate.lifetime * 2 / 3
    if wanted is None:
        return usual
    return min(usual, max(wanted, certificate.starts + ASKED_AGAIN))


def retry_after(failures: int, certificate: Certificate | None) -> timedelta:
    """Return how long to wait after so many failures in a row.

    A certificate that holds for hours can't wait as long as one that holds for months.
    """
    first, longest = FIRST_RETRY, LONGEST_RETRY
    if certificate is not None:
        first = min(first, certificate.lifetime / 40)
        longest = min(longest, certificate.lifetime / 10)
    return min(longest, first * 2 ** min(failures - 1, 20))
