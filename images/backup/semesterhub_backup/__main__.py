"""Run a command."""

import os
import sys

from semesterhub_backup.cli import main

if __name__ == "__main__":
    # Here and not in main: it is the whole process's.
    os.umask(0o077)
    sys.exit(main())
