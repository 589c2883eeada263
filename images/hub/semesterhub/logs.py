"""Keep what opens doors out of the log, whoever writes it.

JupyterHub redacts the lines that it writes itself; Tornado writes the whole address of a request
that failed, with the code of an OAuth login or a token in it.
"""

import logging
import re

_SECRET = re.compile(r"\b(token|_xsrf|code|state|password|access_token|id_token)=[^&\s'\"]+")

# Two a minute of every server: they would be most of the log.
_ROUTINE = re.compile(r"200 POST \S*/api/course/news ")


class Redact(logging.Filter):
    """Replace values of telling parameters in addresses; drop what is routine."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite a record that holds such an address; drop a report that was taken."""
        message = record.getMessage()
        if _ROUTINE.match(message):
            return False
        redacted = _SECRET.sub(r"\1=[secret]", message)
        if redacted != message:
            record.msg, record.args = redacted, None
        return True


def redact() -> None:
    """Guard every handler there is: JupyterHub's own, Tornado's and the root's."""
    names = ["", "JupyterHub", "SemesterHub", *logging.root.manager.loggerDict]
    for name in names:
        for handler in logging.getLogger(name).handlers:
            if not any(isinstance(each, Redact) for each in handler.filters):
                handler.addFilter(Redact())
