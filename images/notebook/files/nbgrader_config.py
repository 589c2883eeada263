"""nbgrader for the whole course; a course's own nbgrader_config.py adds its course_id and more."""

c = get_config()  # noqa: F821 (traitlets provides it)

c.Exchange.root = "/srv/nbgrader/exchange"
