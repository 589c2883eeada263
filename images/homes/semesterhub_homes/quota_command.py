"""`homes-quota`: show everybody's limit and use, or change one person's limit; in JSON."""

import argparse
import json
import sys
from http import HTTPStatus

from semesterhub_homes.client import PATIENT_SECONDS, ask


def main(argv: list[str] | None = None) -> int:
    """Run once."""
    parser = argparse.ArgumentParser(prog="homes-quota", description=__doc__)
    parser.add_argument("username", nargs="?")
    parser.add_argument("limit", nargs="?", help="bytes, or default: the course's")
    given = parser.parse_args(argv)
    try:
        if given.username is None:
            status, answer = ask("GET", "/quotas", timeout=PATIENT_SECONDS)
        else:
            limit = None if given.limit == "default" else int(given.limit or "")
            body = {"username": given.username, "bytes": limit}
            status, answer = ask("POST", "/quotas", body, timeout=PATIENT_SECONDS)
    except ValueError:
        print("the limit must be a number of bytes, or default", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"the homes service does not answer: {error}", file=sys.stderr)
        return 1
    if status != HTTPStatus.OK:
        print(answer["error"], file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
