"""Run a command."""

import sys

from semesterhub_backup.cli import main

if __name__ == "__main__":
    sys.exit(main())
