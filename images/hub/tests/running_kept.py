"""Run a course's hub as `semesterhub-hub` does, with running_hub.py's configuration."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import semesterhub.lean  # noqa: F401 (before anything that imports JupyterHub)
from semesterhub import hub

hub.CONFIG_FILE = str(Path(__file__).parent / "running_hub.py")
hub.main()
