"""The grading service: nbgrader's formgrader for everyone who grades, and what is behind it."""
