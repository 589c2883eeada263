"""What can go wrong."""


class AcmeError(Exception):
    """Something that an operator can see to; its message says what."""
