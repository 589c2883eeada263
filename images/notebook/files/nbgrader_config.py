"""nbgrader for the whole course; a folder's own nbgrader_config.py is read after this one."""

import os
import sys

c = get_config()  # noqa: F821 (traitlets provides it)

c.Exchange.root = "/srv/nbgrader/exchange"
c.CourseDirectory.course_id = os.environ.get("SEMESTERHUB_COURSE", "")
# The exchange's folders are made by the deployment, with groups that let each do what is theirs.
c.CourseDirectory.groupshared = True

if os.environ.get("SEMESTERHUB_GRADER") == "1":
    c.CourseDirectory.root = "/srv/course"
    # The gradebook is the grading service's alone, and students' code runs in its sandbox.
    steps = {
        "generate_assignment",
        "release_assignment",
        "collect",
        "autograde",
        "generate_feedback",
        "release_feedback",
        "export",
        "db",
    }
    if "nbgrader" in sys.argv[0].rpartition("/")[2] and steps & set(sys.argv[1:2]):
        sys.exit(
            f"nbgrader {sys.argv[1]}: this course does that in Formgrader, a tab of its own"
            " (Nbgrader > Formgrader in the menu), and by npm run assignment on the operator's"
            " computer."
        )
