"""Ask the service whether it is well: exit code 0 if so."""

import sys
from http import HTTPStatus

from semesterhub_homes.client import ask


def main() -> int:
    """Get /health once."""
    try:
        status, body = ask("GET", "/health")
    except OSError as error:
        print(f"the homes service does not answer: {error}", file=sys.stderr)
        return 1
    if status != HTTPStatus.OK:
        print(body.get("error", status), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
