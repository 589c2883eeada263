"""nbgrader for the whole course; a folder's own nbgrader_config.py is read after this one."""

import os

c = get_config()  # noqa: F821 (traitlets provides it)

c.Exchange.root = "/srv/nbgrader/exchange"
c.CourseDirectory.course_id = os.environ.get("SEMESTERHUB_COURSE", "")
