"""What people are told when they can't get in: what happened, what to do, whom to ask."""

import math

WRONG = (
    "This name and password do not belong together. Names are written as in the class list; if you"
    " have not chosen a password yet, or have forgotten it, ask {contact} for a link."
)
NOT_TOGETHER = (
    "This name and password do not belong together, or the name is not on the class list."
)
WAITING = (
    "You have signed up, and somebody of the course has to confirm that it was you. Until then you"
    " can't log in. If it takes long, ask {contact}."
)
STRANGER = (
    "You are logged in as {name}, and this name is not on the class list of {title}. If you have"
    " another account, log out where you logged in and come again with that one. If this is the"
    " right one, ask {contact} to add “{name}” to the list."
)
NOT_ACCEPTED = (
    "The account that you logged in with is not one that {title} accepts. Log out there and come"
    " again with the account that the course told you to use; if you have no other, ask {contact}."
)
NAMELESS = (
    "Your login was right, but it did not tell {title} who you are: {provider} sent no “{field}”."
    " Ask {contact} and send them this sentence. They, or the university's computer centre, can"
    " have “{field}” released for this course."
)
NO_PROVIDER = (
    "{provider} did not answer as it should, so nobody can log in at the moment. Try again in a"
    " minute; if it goes on, tell {contact}."
)
LAUNCH_REFUSED = (
    "What the learning management system sent was not accepted: it may be too old, opened inside"
    " another page, or from another course. Open the course's link there again, in a tab of its"
    " own. If that does not help, tell {contact}."
)
LINK_BY_STAFF = "Links to {title} are made by the course's staff. If you are one, ask {contact}."
NOT_THE_PHRASE = (
    "This is not the pass phrase of {title}. It is written as on the slide, with its blanks;"
    " capital letters count. Staff log in with their name and the staff's own pass phrase."
)
FULL = (
    "{title} is full: all {seats} seats are taken. If you were here before, come again with the"
    " browser that you had then. Otherwise ask {contact}."
)
ENDED = (
    "{title} is over, and what was made in it is gone. If you came for another day, ask {contact}."
)
API_ONLY = "Passwords are taken by the login page only. Make a token there, on the page Token."
TOO_MANY_TOKENS = (
    "You have {count} tokens, and more are not kept for one person. Delete some on the page Token."
)
NO_ROOM = "The course's machines are full right now. Your server starts as soon as one has room."
NOT_A_SERVERS_NAME = (
    "A server can't have this name. Names begin with a small letter and have up to 30 small letters"
    " and digits, with single hyphens between them; “lab”, “tree” and other words of the servers'"
    " own addresses are taken."
)
NOT_A_TITLE = "A server's title has up to {most} letters, with no blanks at its ends or in a row."
TOO_MANY_SERVERS = (
    "You may have {most} servers at once beside your usual one. Stop one of them, then start this"
    " one again."
)
NO_NAMED_SERVERS = "This course has no servers beside the usual one any more."
ONE_WITH_GPUS = (
    "Another server of yours has a GPU, and one person has one such server at a time. Stop that"
    " one, then start this one again."
)
NAME_TAKEN = "Another service has your server's name. Please tell the course's staff."
NO_GPU = (
    "All GPUs are in use right now, or the machines that have them are full. Your server starts as"
    " soon as one is free; other kinds of servers may start at once."
)
LONG_NOTE = "A token's note may have {most} letters."


def wait(seconds: int, contact: str) -> str:
    """Say how long a login has to wait after wrong passwords."""
    minutes = math.ceil(seconds / 60)
    time = f"{seconds} seconds" if seconds < 90 else f"{minutes} minutes"  # noqa: PLR2004
    return (
        f"There were too many wrong passwords for this name. Try again in {time}. If you have"
        f" forgotten your password, ask {contact}."
    )
