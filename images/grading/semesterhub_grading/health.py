"""Ask the running service whether it answers. Imports nothing heavy: it runs every few seconds."""

import sys
import urllib.error
import urllib.request
from http import HTTPStatus

from semesterhub_grading.settings import load_settings

PORT = 8000


def main() -> int:
    """Ask once; exit code 0 if it does."""
    address = f"http://127.0.0.1:{PORT}{load_settings().prefix}health"
    try:
        with urllib.request.urlopen(address, timeout=8) as answer:
            return 0 if answer.status == HTTPStatus.OK else 1
    except (urllib.error.URLError, OSError) as error:
        print(f"the grading service does not answer: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
