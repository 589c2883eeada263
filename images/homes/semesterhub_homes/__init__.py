"""The homes service: gives each person of a course a home, a UID of their own and a quota."""
