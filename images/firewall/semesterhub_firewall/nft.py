"""nftables by its library: the nft command would spend 7 ms of CPU on starting itself, each time.

With a whole class logging in at once, that is the difference between closed at once and closed
after a second or two.
"""

from __future__ import annotations

import ctypes
import threading

# The library keeps a table of interfaces for the whole process, while each thread here may be in
# another network namespace: one command at a time. A command takes less than a millisecond.
_LOCK = threading.Lock()


class NftError(Exception):
    """A command was refused."""


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL("libnftables.so.1")
    context = ctypes.c_void_p
    library.nft_ctx_new.argtypes = [ctypes.c_uint32]
    library.nft_ctx_new.restype = context
    library.nft_ctx_free.argtypes = [context]
    library.nft_run_cmd_from_buffer.argtypes = [context, ctypes.c_char_p]
    for name in ("output", "error"):
        getattr(library, f"nft_ctx_buffer_{name}").argtypes = [context]
        reader = getattr(library, f"nft_ctx_get_{name}_buffer")
        reader.argtypes = [context]
        reader.restype = ctypes.c_char_p
    return library


class Nft:
    """The library; its commands act on the calling thread's network namespace."""

    def __init__(self) -> None:
        self._library = _library()

    def run(self, commands: str) -> str:
        """Run commands as one transaction; return what they print."""
        library = self._library
        with _LOCK:
            # A context is bound to the namespace that it was made in.
            context = library.nft_ctx_new(0)
            if not context:
                raise NftError("no netlink socket")
            try:
                library.nft_ctx_buffer_output(context)
                library.nft_ctx_buffer_error(context)
                status = library.nft_run_cmd_from_buffer(context, commands.encode())
                output = library.nft_ctx_get_output_buffer(context).decode()
                error = library.nft_ctx_get_error_buffer(context).decode()
            finally:
                library.nft_ctx_free(context)
        if status != 0:
            raise NftError(error.strip()[:500] or f"status {status}")
        return str(output)
