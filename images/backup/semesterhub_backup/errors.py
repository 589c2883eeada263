"""What can go wrong, and with which exit code a command says so."""

FAILED = 1
# 2 is argparse's own
REFUSED = 3
NOT_FOUND = 4


class BackupError(Exception):
    """A command can't do what it is for; the message says why and what to do."""

    exit_code = FAILED


class RefusedError(BackupError):
    """Something must be stopped first."""

    exit_code = REFUSED


class NotFoundError(BackupError):
    """There is no such student, path or time."""

    exit_code = NOT_FOUND
