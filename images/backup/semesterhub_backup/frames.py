"""How a reader tells what it reads: frames of a kind, a length and so many bytes, on a pipe."""

import struct
from typing import BinaryIO

HEAD = struct.Struct(">cI")
LARGEST = 1 << 24
WHERE_BYTES = 4096

ITEM = b"I"  # a line of the manifest
BEGIN = b"B"  # a content follows
DATA = b"D"
END = b"E"  # of a content: its file's line; nothing, if it could not be read to its end
PROBLEM = b"P"  # JSON: path and why
FAILED = b"X"  # JSON: why the tree can't be read
DONE = b"Z"


class BrokenFrameError(Exception):
    """The reader ended in the middle, or sent what is no frame."""


def pack(kind: bytes, payload: bytes) -> bytes:
    """Write a frame."""
    return HEAD.pack(kind, len(payload)) + payload


def read_frame(stream: BinaryIO) -> tuple[bytes, bytes]:
    """Read a frame."""
    kind, length = HEAD.unpack(_exactly(stream, HEAD.size))
    if length > LARGEST:
        raise BrokenFrameError("a frame is too long")
    return kind, _exactly(stream, length)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    payload = stream.read(length)
    if len(payload) != length:
        raise BrokenFrameError("the reader ended before it was done")
    return payload
