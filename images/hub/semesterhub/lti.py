"""Login from a learning management system, by LTI 1.1, for names on the roster only."""

from ltiauthenticator.lti11.auth import LTI11Authenticator

from semesterhub.auth import RosterOnly


class CourseLTIAuthenticator(RosterOnly, LTI11Authenticator):
    """LTI 1.1 launches signed by one of the configured consumers."""
