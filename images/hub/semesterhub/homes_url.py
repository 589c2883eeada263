"""Where the homes service is: by its unix socket, or over the network with TLS."""

from dataclasses import dataclass
from urllib.parse import urlsplit

HTTPS_PORT = 443


@dataclass(frozen=True)
class Address:
    """One of the two ways; the other's fields are empty."""

    socket: str = ""
    """Absolute path of a unix socket."""
    host: str = ""
    """What the service's certificate is for."""
    port: int = 0


def parse(url: str) -> Address:
    """Read `unix:///path` or `https://host[:port]`; raise ValueError for all else."""
    parts = urlsplit(url)
    # Read from the text too: urlsplit forgives what is empty, as in `https://homes?`.
    if parts.scheme == "unix" and url == f"unix://{parts.path}" and parts.path.startswith("/"):
        return Address(socket=parts.path)
    whole = url == f"https://{parts.netloc}" and "@" not in url
    if parts.scheme == "https" and parts.hostname and whole:
        return Address(host=parts.hostname, port=parts.port or HTTPS_PORT)
    raise ValueError(f"{url!r} is neither unix:///path nor https://host:port")
