"""Gather the static files of the image that this runs in, compressed once and for all.

`collect.py notebook DIR` or `collect.py hub DIR`. DIR then has the shape of the URLs below
/user/NAME/ or /hub/static/. The installed packages say where their files are; nothing here knows
a path of theirs.
"""

from __future__ import annotations

import gzip
import importlib.util
import shutil
import sys
from pathlib import Path

COMPRESSIBLE = {
    *(".css", ".csv", ".html", ".ico", ".js", ".json", ".md", ".mjs", ".svg", ".txt", ".wasm"),
    *(".eot", ".otf", ".ttf", ".xml"),
}
# What a browser asks for only with its developer tools open, or never. chp has it still.
LEFT_OUT = ("*.map", "*.ts", "*.scss", "*.less", "scss", "svgs*", "sprites*", "metadata")
WORTH = 1024


def package(name: str) -> Path:
    """Return where a package is installed."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"collect: this image has no package {name}")
    return Path(next(iter(spec.submodule_search_locations)))


def data(owner: str, *parts: str) -> Path:
    """Return a folder below share/ of the environment that has a package.

    The interpreter that runs this may be another one: a student's is Debian's own.
    """
    _site_packages, _version, _lib, prefix = package(owner).parents[:4]
    return prefix.joinpath("share", *parts)


def trees(kind: str) -> dict[str, Path]:
    """Return the folder that each part of the URL is served from. Later ones go on top."""
    if kind == "hub":
        return {"": data("jupyterhub", "jupyterhub", "static")}
    if kind == "notebook":
        return {
            "static": package("jupyter_server") / "static",
            "static/lab": data("jupyter_server", "jupyter", "lab", "static"),
            "static/notebook": package("notebook") / "static",
            "lab/extensions": data("jupyter_server", "jupyter", "labextensions"),
        }
    raise SystemExit(f'collect: "{kind}" is neither notebook nor hub')


def compress(file: Path) -> None:
    """Put FILE.gz beside a file, where that is shorter."""
    content = file.read_bytes()
    if file.suffix not in COMPRESSIBLE or len(content) < WORTH:
        return
    small = gzip.compress(content, 9, mtime=0)
    if len(small) < len(content):
        beside = file.with_name(file.name + ".gz")
        beside.write_bytes(small)
        # nginx serves both as one: the same age, so the same validators.
        shutil.copystat(file, beside)


def main(kind: str, target: Path) -> None:
    """Gather."""
    for where, source in trees(kind).items():
        if not source.is_dir():
            raise SystemExit(f"collect: {source} is missing")
        # Links are followed: the copy holds nothing but files.
        shutil.copytree(
            source, target / where, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*LEFT_OUT)
        )
    files = [file for file in target.rglob("*") if file.is_file()]
    for path in target.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    for file in files:
        compress(file)
    print(f"collect: {len(files)} files, {sum(one.stat().st_size for one in files) >> 20} MB")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
