"""The course's rules in an image that somebody else made."""
