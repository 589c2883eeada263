"""Run a command."""

import sys

from semesterhub_acme.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
