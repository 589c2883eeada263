"""The tests inside/ run where nbgrader is: in the image (test_image.py), or here if it is here."""

import importlib.util

collect_ignore = [] if importlib.util.find_spec("nbgrader") else ["inside"]
