"""Which names are allowed, and the folder name that belongs to each."""

import hashlib
import re
import unicodedata

MAX_NAME = 255  # the width of JupyterHub's column
# A student's Swarm service is called semesterhub-STACK-student-SLUG: Swarm takes 63 characters, and
# the configuration lets a stack's name have 20.
MAX_SLUG = 22
PLAIN_SLUG = re.compile(rf"[a-z0-9-]{{1,{MAX_SLUG}}}")
DIGEST = 8
# Nobody on a roster has such a name (config/schema/names.ts, images/hub): the hub makes one for a
# check that the course answers, and removes it with everything.
CHECK_NAME = re.compile(r"course-check-[0-9a-f]{9}")
# Invisible or unprintable: two people would look the same in the index, or its lines would break.
REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class NameRefusedError(ValueError):
    """A username that no home is made for; the message says why."""


def check_username(username: object) -> str:
    """Return the username if a home may be made for it."""
    if not isinstance(username, str):
        raise NameRefusedError("username must be a string")
    if not username:
        raise NameRefusedError("username is empty")
    if len(username) > MAX_NAME:
        raise NameRefusedError(f"username is longer than {MAX_NAME} characters")
    for character in username:
        if unicodedata.category(character) in REFUSED_CATEGORIES:
            raise NameRefusedError(
                f"username {username!a} has a control, invisible or unassigned character"
            )
    if username != username.strip():
        raise NameRefusedError(f"username {username!r} begins or ends with a space")
    if username in {".", ".."} or "/" in username or "\\" in username:
        raise NameRefusedError(f"username {username!r} looks like a path")
    return username


def slug_for(username: str, attempt: int = 0) -> str:
    """Return the folder name for a username: itself if safe, else a safe prefix and a hash.

    A person may be called what another one's hashed slug happens to be; a later attempt then gives
    another name.
    """
    if attempt == 0 and PLAIN_SLUG.fullmatch(username):
        return username
    salted = username if attempt == 0 else f"{username}\0{attempt}"
    digest = hashlib.sha256(salted.encode()).hexdigest()[:DIGEST]
    plain = unicodedata.normalize("NFKD", username).encode("ascii", "ignore").decode().lower()
    prefix = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: MAX_SLUG - DIGEST - 1].rstrip("-")
    return f"{prefix or 'user'}-{digest}"
