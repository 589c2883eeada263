"""An open folder of many files: listed in one go, and no more often than the server can afford.

Upstream asks its own interface for each entry: half a millisecond of a processor, and an event that
is checked against a schema. JupyterLab looks at an open folder every ten seconds, so 20,000 files
keep a processor busy for as long as the page is open.
"""

import mimetypes
import os
import stat
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anyio.to_thread import run_sync
from jupyter_core.paths import is_file_hidden

Model = dict[str, Any]

# A folder that has not changed is looked through again after this many times as long as it took,
# so at the most a twentieth of a processor goes into it. Sizes of its files are that old then.
SPARING = 20
REMEMBERED_FOLDERS = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Listing:
    changed_ns: int
    read_at: float
    took: float
    entries: list[Model]


class Listings:
    """The entries of folders, as jupyter_server's contents service tells them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, _Listing] = OrderedDict()

    def entries(self, manager: Any, path: str, folder: str) -> list[Model]:  # noqa: ANN401 (upstream's)
        """List a folder; `path` is what it is called in the interface."""
        changed_ns = os.stat(folder).st_mtime_ns  # noqa: PTH116 (a string, as upstream has it)
        kept = self._kept.get(folder)
        now = self._clock()
        fresh = kept is not None and now - kept.read_at < SPARING * kept.took
        if kept is None or not fresh or kept.changed_ns != changed_ns:
            entries = list(_read(manager, path, folder))
            kept = _Listing(changed_ns, now, self._clock() - now, entries)
            self._kept[folder] = kept
        self._kept.move_to_end(folder)
        while len(self._kept) > REMEMBERED_FOLDERS:
            self._kept.popitem(last=False)
        return kept.entries


def _read(manager: Any, path: str, folder: str) -> list[Model]:  # noqa: ANN401 (upstream's)
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if not manager.should_list(entry.name):
                continue
            try:
                model = _model(manager, path, entry)
            except OSError as error:  # gone meanwhile, or a link to itself
                manager.log.debug("%s is not listed: %s", entry.path, error)
                continue
            if model is not None:
                found.append(model)
    return found


def _model(manager: Any, path: str, entry: os.DirEntry[str]) -> Model | None:  # noqa: ANN401
    status = entry.stat(follow_symlinks=False)
    is_link = stat.S_ISLNK(status.st_mode)
    if not (is_link or stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        return None
    if is_link and not Path(entry.path).exists():
        return None
    if not manager.allow_hidden and is_file_hidden(entry.path, stat_res=status):
        return None
    is_folder = entry.is_dir()
    is_notebook = not is_folder and entry.name.endswith(".ipynb")
    is_file = not is_folder and not is_notebook
    return {
        "name": entry.name,
        "path": f"{path}/{entry.name}".strip("/"),
        "last_modified": _time(status.st_mtime),
        "created": _time(status.st_ctime),
        "content": None,
        "format": None,
        "mimetype": mimetypes.guess_type(entry.name)[0] if is_file else None,
        "size": None if is_folder else status.st_size,
        "writable": os.access(entry.path, os.W_OK),
        "hash": None,
        "hash_algorithm": None,
        "type": "directory" if is_folder else "notebook" if is_notebook else "file",
    }


def _time(seconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return _EPOCH


def install(manager_class: type) -> None:
    """Have jupyter_server's manager of contents list folders so."""
    upstream: Callable[..., Awaitable[Model]] = manager_class._dir_model
    listings = Listings()

    async def _dir_model(self: Any, path: str, content: bool = True) -> Model:  # noqa: ANN401, FBT001, FBT002
        # the folder itself, and whether it may be looked at, are upstream's to say
        model = await upstream(self, path, content=False)
        if content:
            folder = self._get_os_path(path)
            model["content"] = await run_sync(listings.entries, self, path, folder)
            model["format"] = "json"
        return model

    manager_class._dir_model = _dir_model
