"""Import this before JupyterHub: it halves the processor time of a hub's start.

jupyter_events asks jsonschema for a format checker, and that compiles a grammar for
internationalized URIs at import (1.6 of 3.3 CPU seconds), which nothing here ever checks.
jsonschema does without the package where it is not installed.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type] (None: there is no such module)
