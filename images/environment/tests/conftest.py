"""Lets tests import install.py, which is no package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
